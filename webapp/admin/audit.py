"""The audit log, to look at."""

from datetime import UTC, datetime
from typing import Any

from flask_admin.contrib.sqla.filters import DateTimeGreaterFilter, DateTimeSmallerFilter, FilterEqual

from shared.accounts.audit import Action
from shared.models import AuditEntry
from webapp.admin.view import ReadOnly

ACTIONS = [(str(action), action.replace("_", " ")) for action in Action]


class After(DateTimeGreaterFilter):
    """A moment in UTC."""

    def clean(self, value: str) -> datetime:
        """Read it. Raises ValueError."""
        return super().clean(value).replace(tzinfo=UTC)  # type: ignore[no-any-return]


class Before(DateTimeSmallerFilter):
    """A moment in UTC."""

    def clean(self, value: str) -> datetime:
        """Read it. Raises ValueError."""
        return super().clean(value).replace(tzinfo=UTC)  # type: ignore[no-any-return]


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
        After(AuditEntry.at, "When (UTC)"),
        Before(AuditEntry.at, "When (UTC)"),
    )
    simple_list_pager = True
