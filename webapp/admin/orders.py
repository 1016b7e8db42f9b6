"""Orders and their money, to look at."""

from typing import Any, ClassVar

from flask_admin.contrib.sqla.filters import IntEqualFilter
from sqlalchemy import Select, select

from shared.models import (
    LedgerEntry,
    Order,
    OrderEvent,
    Payment,
    PaymentDifference,
    QuarantinedTimeout,
    Reconciliation,
    Refund,
)
from shared.order_status import OrderStatus
from webapp.admin.view import ReadOnly, Table
from webapp.current import session

MENU = "Orders"

STATES = [(int(status), status.words) for status in OrderStatus]
EVENTS = (OrderEvent.created_at, OrderEvent.kind, OrderEvent.status, OrderEvent.data)
LEDGER = (
    LedgerEntry.created_at,
    LedgerEntry.round,
    LedgerEntry.action,
    LedgerEntry.kind,
    LedgerEntry.amount,
    LedgerEntry.user_coupon_id,
)
PAYMENTS = (Payment.created_at, Payment.trade_no, Payment.amount, Payment.outcome, Payment.reason)
REFUNDS = (Refund.created_at, Refund.request_no, Refund.amount, Refund.reason, Refund.attempts, Refund.done_at)


def state(view: Any, context: Any, row: Any, name: str) -> str:
    """The state of an order in words."""
    return OrderStatus(row.status).words


class OrderView(ReadOnly):
    """Orders, with all that happened to them."""

    table, menu = Order, ("Orders", MENU)
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
    column_formatters: ClassVar[dict[str, Any]] = {"status": state}
    column_formatters_detail = column_formatters
    column_select_related_list = (Order.user,)
    column_searchable_list = ("order_number", "user.username")
    column_filters = (IntEqualFilter(Order.status, "Status", options=STATES),)

    def tables(self, model: Order) -> list[Table]:
        """Its courses, its history, what it took and gave back, and its money."""
        lines = [[line.course_id, line.course_name, line.price, line.real_price] for line in model.lines]
        events = _rows(select(*EVENTS).where(OrderEvent.order_id == model.id).order_by(OrderEvent.id))
        ledger = select(*LEDGER).where(LedgerEntry.order_id == model.id).order_by(LedgerEntry.id)
        payments = select(*PAYMENTS).where(Payment.order_id == model.id).order_by(Payment.id)
        refunds = select(*REFUNDS).join(Payment).where(Payment.order_id == model.id).order_by(Refund.id)
        return [
            ("Courses", ["Course", "Name", "Price", "Real price"], lines),
            ("History", ["When", "What", "Status", "Data"], [_with_state(event) for event in events]),
            ("Ledger", ["When", "Round", "Action", "Kind", "Amount", "User coupon"], _rows(ledger)),
            ("Payments", ["When", "Trade", "Amount", "Outcome", "Reason"], _rows(payments)),
            ("Refunds", ["When", "Request", "Amount", "Reason", "Attempts", "Done"], _rows(refunds)),
        ]


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


def _rows(query: Select[*tuple[Any, ...]]) -> list[list[Any]]:
    return [list(row) for row in session().execute(query)]


def _with_state(event: list[Any]) -> list[Any]:
    when, kind, status, data = event
    return [when, kind, OrderStatus(status).words, data]
