"""The shop's days: plots with the same figures in a table."""

from typing import Any

from flask import request
from flask_admin import BaseView
from flask_admin.base import expose

from shared.orders.daily import per_day
from webapp.admin import zone
from webapp.admin.pages import Pages
from webapp.admin.plot import HEIGHT, WIDTH, plot
from webapp.current import session

PERIODS = (30, 90)
PLOTTED = {
    "sales": "Sales",
    "refunded": "Refunded",
    "paid": "Paid orders",
    "paid_late": "Paid late",
    "timed_out": "Timed out",
    "recovered": "Recovered",
}


class FiguresView(Pages, BaseView):
    """Sales, time-outs, recoveries and late payments of each day."""

    @classmethod
    def build(cls) -> "FiguresView":
        """The view, ready to be added."""
        return cls(name="Figures", endpoint="admin_figures", url="figures")

    @expose("/")
    def index(self) -> Any:
        """Show the days up to today, as the reader's clock counts them."""
        wanted = request.args.get("days", type=int)
        period = wanted if wanted in PERIODS else PERIODS[0]
        days = per_day(session(), period, zone.name())
        plots = [plot(name, [getattr(day, field) for day in days]) for field, name in PLOTTED.items()]
        size = {"width": WIDTH, "height": HEIGHT}
        return self.render(
            "lapse/figures.html", days=days, fields=PLOTTED, plots=plots, period=period, periods=PERIODS, size=size
        )
