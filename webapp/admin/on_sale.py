"""Taking what the school sells off sale, and putting it on sale again."""

from collections.abc import Callable

from flask import flash
from flask_admin.actions import action

from shared import catalogue
from webapp.admin.problems import numbers
from webapp.admin.view import View
from webapp.admin.words import say
from webapp.current import session


class OnSale(View):
    """A table of what is sold."""

    @action("withdraw", "Take off sale", "Sell the selected no more? Who has them keeps them.")
    def action_withdraw(self, ids: list[str]) -> None:
        """Sell them no more."""
        self._set(catalogue.take_off_sale, ids, "%(count)s taken off sale.")

    @action("offer", "Put on sale again")
    def action_offer(self, ids: list[str]) -> None:
        """Sell them again."""
        self._set(catalogue.put_on_sale, ids, "%(count)s put on sale again.")

    def _set(self, verb: Callable[..., int], ids: list[str], done: str) -> None:
        count = self.carry_out(lambda: verb(session(), self.table, numbers(ids)))
        flash(say(done, count=count), "success" if count else "info")
