"""Orders and their money."""

from typing import Any, ClassVar

from flask_admin.contrib.sqla.filters import FilterEqual, IntEqualFilter

from shared.models import (
    Order,
    Payment,
    PaymentDifference,
    QuarantinedTimeout,
    Reconciliation,
    Refund,
)
from shared.order_status import OrderStatus
from shared.orders import story
from webapp.admin import links, story_words
from webapp.admin.audit import After, Before
from webapp.admin.order_ends import OrderEnds
from webapp.admin.order_filters import AtLeast, AtMost, OfUser, WithCourse, is_meant
from webapp.admin.view import ReadOnly, Table
from webapp.admin.words import say
from webapp.current import session

MENU = "Orders"

STATES = [(int(status), status.words) for status in OrderStatus]


def state(view: Any, context: Any, row: Any, name: str) -> str:
    """The state of an order in words."""
    return say(OrderStatus(row.status).words)


class OrderView(OrderEnds, ReadOnly):
    """Orders, found by what has an index and not counted, and on a page of its own the story of each."""

    table, menu = Order, ("Orders", MENU)
    details_template = "lapse/order.html"
    column_list = (
        "id",
        "order_number",
        "user.username",
        "status",
        "total_price",
        "real_price",
        "credit",
        "created_at",
        "expires_at",
        "paid_at",
    )
    column_details_list = (*column_list, "round", "recoveries", "user_coupon_id", "coupon", "hidden", "remind_at")
    column_labels: ClassVar[dict[str, str]] = {"user.username": "User"}
    column_formatters: ClassVar[dict[str, Any]] = {
        "status": state,
        "user.username": lambda view, context, order, name: links.to_user(order.user_id, order.user.username),
    }
    column_formatters_detail = column_formatters
    column_select_related_list = (Order.user,)
    column_sortable_list = ("id", "created_at", "real_price")
    column_default_sort = ("created_at", True)
    column_searchable_list = ("order_number", "user.username")
    column_filters = (
        IntEqualFilter(Order.status, "Status", options=STATES),
        FilterEqual(Order.order_number, "Number"),
        OfUser(Order.user_id, "User"),
        WithCourse(Order.id, "Course"),
        After(Order.created_at, "Placed"),
        Before(Order.created_at, "Placed"),
        AtLeast(Order.real_price, "Amount"),
        AtMost(Order.real_price, "Amount"),
    )
    simple_list_pager = True

    def tables(self, model: Order) -> list[Table]:
        """Its courses, and all that happened to it in one line of time."""
        lines = [[line.course_id, line.course_name, line.price, line.real_price] for line in model.lines]
        told = [
            [row["at"], story_words.what(row), story_words.more(row)]
            for row in story.tell(story.records(session(), model))
        ]
        return [
            ("Courses", ["Course", "Name", "Price", "Real price"], lines),
            ("What happened", ["When", "What", "More"], told),
        ]

    def _apply_search(self, query: Any, count_query: Any, joins: Any, count_joins: Any, search: str) -> Any:
        """By the whole number or the whole name: whatever contains a part of it would have to be looked for in all."""
        return query.filter(is_meant(search.strip())), count_query, joins, count_joins


class PaymentView(ReadOnly):
    """Money that came in."""

    table, menu = Payment, ("Payments", MENU)
    column_list = column_details_list = (
        "id",
        "order.order_number",
        "trade_no",
        "amount",
        "outcome",
        "reason",
        "created_at",
    )
    column_labels: ClassVar[dict[str, str]] = {"order.order_number": "Order"}
    column_formatters: ClassVar[dict[str, Any]] = {
        "order.order_number": lambda view, context, row, name: links.to_order(row.order_id, row.order.order_number)
    }
    column_formatters_detail = column_formatters
    column_select_related_list = (Payment.order,)
    column_searchable_list = ("trade_no", "order.order_number")


class RefundView(ReadOnly):
    """Money that goes back."""

    table, menu = Refund, ("Refunds", MENU)
    column_list = column_details_list = (
        "id",
        "payment.trade_no",
        "request_no",
        "amount",
        "reason",
        "attempts",
        "error",
        "retry_at",
        "done_at",
        "created_at",
    )
    column_labels: ClassVar[dict[str, str]] = {"payment.trade_no": "Trade"}
    column_select_related_list = (Refund.payment,)
    column_searchable_list = ("request_no",)


class DifferenceView(ReadOnly):
    """Where our books differ from the provider's bills."""

    table, menu = PaymentDifference, ("Differences", MENU)
    column_list = column_details_list = (
        "id",
        "kind",
        "order_number",
        "trade_no",
        "request_no",
        "ours",
        "theirs",
        "first_seen",
        "last_seen",
        "resolved_at",
    )
    column_searchable_list = ("order_number", "trade_no")
    column_filters = ("kind", "resolved_at")


class ReconciliationView(ReadOnly):
    """Days whose bills were compared, or are to be."""

    table, menu = Reconciliation, ("Bills", MENU)
    column_list = ("day", "done_at", "error", "retry_at")
    column_default_sort = ("day", True)
    can_view_details = False


class QuarantineView(ReadOnly):
    """Timeouts that failed by themselves and wait to be tried again."""

    table, menu = QuarantinedTimeout, ("Quarantine", MENU)
    column_list = ("kind", "subject_id", "error", "attempts", "first_at", "retry_at")
    column_default_sort = ("first_at", True)
    can_view_details = False
