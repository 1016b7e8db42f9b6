"""The base of all views: a list, and forms that end in a verb of ours."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlencode

from flask import Response, flash, redirect, request
from flask_admin.actions import action
from flask_admin.base import expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.form import BaseForm
from redis import Redis
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from shared.accounts import audit as audit_log
from shared.accounts.audit import Action, Fact, OwnAccount
from shared.coupons import wallet
from shared.errors import Refused
from shared.models import Base
from webapp import audit
from webapp.admin import csv_files
from webapp.admin.formats import FORMATTERS, shown
from webapp.admin.pages import Pages
from webapp.admin.problems import explain, numbers
from webapp.admin.words import say
from webapp.current import after_commit, session
from webapp.database import db

WALLETS_AT_ONCE = 500
"""How many wallet entries a request brings in step itself; the listener does the rest."""

Table = tuple[str, list[str], list[list[Any]]]
"""A title, headings and rows."""


def _project(session: Session, redis: Redis) -> None:
    wallet.project_pending(session, redis, WALLETS_AT_ONCE)


class View(Pages, ModelView):
    """A table that staff work with. `create`, `change` and `remove` may be replaced; they do not commit."""

    table: ClassVar[type[Base]]
    menu: ClassVar[tuple[str, str | None]]
    """Its name, and the name of the menu it is in."""

    list_template = "lapse/list.html"
    create_template = "lapse/create.html"
    edit_template = "lapse/edit.html"
    details_template = "lapse/details.html"
    page_size = 20
    can_set_page_size = True
    page_size_options = (20, 50, 100)
    can_view_details = True
    column_display_pk = True
    column_default_sort: Any = ("id", True)
    column_type_formatters = FORMATTERS
    column_type_formatters_detail = FORMATTERS
    tells_itself: ClassVar[bool] = False
    """Whether the verbs write the audit log's entries, so that nothing is left to tell here."""

    can_export = True
    export_max_rows = 10_000
    has_imports: ClassVar[bool] = False
    """Whether records come from files too, see `webapp.admin.imports`."""

    row_links: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    """Icon, endpoint and title of what else can be done with a row."""

    @classmethod
    def build(cls) -> "View":
        """The view, ready to be added."""
        name, category = cls.menu
        path = str(cls.table.__table__)
        return cls(cls.table, db, name=name, category=category, endpoint=f"admin_{path}", url=path)

    def create(self, form: BaseForm) -> Any:
        """Make what the form says; returns it."""
        model = self.table()
        form.populate_obj(model)
        session().add(model)
        session().flush()
        return model

    def change(self, form: BaseForm, model: Any) -> None:
        """Change it to what the form says."""
        form.populate_obj(model)
        session().flush()

    def remove(self, model: Any) -> None:
        """Delete it."""
        session().delete(model)
        session().flush()

    shown = staticmethod(shown)

    def tables(self, model: Any) -> list[Table]:
        """What else to show of it."""
        return []

    def _export_csv(self, return_url: str) -> Response:
        """The list, as it is narrowed down, as a file; that somebody took it away is put down."""
        _, rows = self._export_data()
        columns = [name for name, _ in self._export_columns]
        cells = [
            ["" if (cell := self.get_export_value(row, name)) is None else cell for name in columns] for row in rows
        ]
        self._tell(Action.EXPORTED, Fact(self._kind, after={"records": len(rows)}))
        session().commit()
        return csv_files.attachment(str(self.table.__table__), csv_files.written(columns, cells))

    def create_model(self, form: BaseForm) -> Any:
        """Make it and commit; False, and a line above the form, when that cannot be."""
        return self.carry_out(partial(self._create, form))

    def update_model(self, form: BaseForm, model: Any) -> bool:
        """Change it and commit; False, and a line above the form, when that cannot be."""
        return self.carry_out(partial(self._change, form, model)) is not False

    def delete_model(self, model: Any) -> bool:
        """Delete it and commit; False, and a line above the list, when that cannot be."""
        return self.carry_out(partial(self._remove, model)) is not False

    def carry_out(self, verb: Callable[[], Any]) -> Any:
        """Run and commit, then bring wallets in step; returns what the verb did, or False when it was refused."""
        try:
            done = verb()
            session().commit()
        except (Refused, IntegrityError) as error:
            session().rollback()
            if isinstance(error, OwnAccount):
                audit.refused(Action.OWN_ACCOUNT_REFUSED, Fact("page", request.path))
            flash(explain(error), "error")
            return False
        except (StaleDataError, InvalidRequestError):
            session().rollback()
            flash("Somebody else has deleted it meanwhile.", "error")
            return False
        after_commit(_project)
        return done

    def _create(self, form: BaseForm) -> Any:
        model = self.create(form)
        if not self.tells_itself:
            self._tell(Action.CREATED, Fact(self._kind, model.id, after=audit.fields(model)))
        return model

    def _change(self, form: BaseForm, model: Any) -> None:
        if self.tells_itself:
            return self.change(form, model)
        session().refresh(model, with_for_update={"key_share": True})  # what it is before nobody else changes now
        before = audit.fields(model)
        self.change(form, model)
        session().flush()
        session().refresh(model)
        self._tell(Action.CHANGED, *audit_log.changes(self._kind, model.id, before, audit.fields(model)))

    def _remove(self, model: Any) -> None:
        if self.tells_itself:
            return self.remove(model)
        session().refresh(model, with_for_update=True)
        fact = Fact(self._kind, model.id, before=audit.fields(model))
        self.remove(model)
        self._tell(Action.DELETED, fact)

    @property
    def _kind(self) -> str:
        return self.table.__name__.lower()

    def _tell(self, done: Action, *facts: Fact) -> None:
        audit_log.record(session(), done, *facts)

    @action("delete", "Delete", "Delete the selected records?")
    def action_delete(self, ids: list[str]) -> None:
        """Delete those of the selected that can be."""
        models = [model for id in ids if (model := self.get_one(id)) is not None]
        deleted = sum(self.delete_model(model) for model in models)
        flash(say("%(count)s deleted.", count=deleted), "success" if deleted else "info")

    @expose("/")
    def index_view(self) -> Any:
        """The list, at an address without the filters that were left empty: a form sends all."""
        said = list(request.args.items(multi=True))
        kept = [(name, value) for name, value in said if value or not name.startswith("flt")]
        if len(kept) < len(said):
            return redirect(f"{request.path}?{urlencode(kept)}")
        return super().index_view()

    def get_one(self, id: Any) -> Any:
        """The record with that id, None for an id that no record has."""
        ids = numbers([str(id)])
        return session().get(self.table, ids[0]) if ids else None


class ReadOnly(View):
    """A table that staff only look at."""

    can_create = False
    can_edit = False
    can_delete = False


def asked_ids() -> list[int]:
    """The ids that the query names as `user`."""
    return numbers(request.args.getlist("user"))
