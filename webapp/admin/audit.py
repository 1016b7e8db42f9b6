"""The audit log, to look at."""

from datetime import datetime
from typing import Any

from flask_admin.contrib.sqla.filters import DateTimeGreaterFilter, DateTimeSmallerFilter, FilterEqual

from shared.accounts.audit import Action
from shared.models import AuditEntry
from webapp.admin import zone
from webapp.admin.view import ReadOnly

ACTIONS = [(str(action), action.replace("_", " ")) for action in Action]


class ByClock:
    """Goes before a filter of Flask-Admin's: it takes a moment by the reader's clock."""

    def __init__(self, column: Any, name: str) -> None:
        super().__init__(column, name)  # type: ignore[call-arg]
        self.data_type = "moment"

    def clean(self, value: str) -> datetime:
        """Read it. Raises ValueError."""
        return zone.typed(datetime.fromisoformat(value))


class After(ByClock, DateTimeGreaterFilter):
    """Later than a moment."""


class Before(ByClock, DateTimeSmallerFilter):
    """Earlier than a moment."""


class AuditView(ReadOnly):
    """Newest first, and looked for by what has an index; nobody counts the table, which only grows."""

    table, menu = AuditEntry, ("Audit log", None)
    column_list = ("id", "at", "actor", "address", "action", "subject_kind", "subject_id", "before", "after")
    column_details_list: Any = (*column_list[:2], "actor_id", *column_list[2:])
    column_sortable_list = ("id",)
    column_filters = (
        FilterEqual(AuditEntry.actor, "Who"),
        FilterEqual(AuditEntry.action, "What", options=ACTIONS),
        FilterEqual(AuditEntry.subject_kind, "Kind of subject"),
        FilterEqual(AuditEntry.subject_id, "Subject"),
        After(AuditEntry.at, "When"),
        Before(AuditEntry.at, "When"),
    )
    simple_list_pager = True
