"""What a user is told of and may have missed: derived from what happened, with one mark of how far they have read."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, cast, func, literal, null, or_, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.models import Coupon, CreditGrant, NotificationMark, Order, OrderEvent, UserCoupon
from shared.order_status import OrderStatus
from shared.orders.history import Happening
from shared.orders.money import HONOURED, REFUNDED
from shared.orders.own import is_own
from shared.pricing import GetType

CREDIT, COUPON = "credit", "coupon"
OF_ORDERS = (
    *(Happening.REMINDED, Happening.PAID, Happening.PAID_LATE, Happening.CANCELLED),
    *(Happening.TIMED_OUT, Happening.REFUNDED, Happening.PAYMENT_RETURNED, Happening.MONEY_BACK),
)
WHATS = (*(each.value for each in OF_ORDERS), CREDIT, COUPON)
"""What a notification tells; `credit` was granted or withdrawn, `coupon` was given by the school."""

_PAYMENT = OrderEvent.data["payment"].astext


def notifications_of(user_id: int) -> Select[*tuple[Any, ...]]:
    """What the user is told, newest first. Orders that they hid are not spoken of, nor what they did themselves."""
    rows = union_all(_of_orders(user_id), _of_credit(user_id), _of_coupons(user_id)).subquery()
    is_read = rows.c.created_at <= func.coalesce(_read_at(user_id), "-infinity")
    return select(rows, is_read.label("read")).order_by(rows.c.created_at.desc(), rows.c.id.desc())


def unread(session: Session, user_id: int) -> int:
    """How many of them came after the user last marked them as read."""
    rows = notifications_of(user_id).subquery()
    return session.scalars(select(func.count()).where(~rows.c.read)).one()


def mark_read(session: Session, user_id: int) -> None:
    """Let the user have read all that there is."""
    new = insert(NotificationMark).values(user_id=user_id, read_at=func.clock_timestamp())
    session.execute(new.on_conflict_do_update(index_elements=["user_id"], set_={"read_at": new.excluded.read_at}))


def _read_at(user_id: int) -> ColumnElement[Any]:
    return select(NotificationMark.read_at).where(NotificationMark.user_id == user_id).scalar_subquery()


def _of_orders(user_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            (literal("E") + cast(OrderEvent.id, Text)).label("id"),
            OrderEvent.created_at,
            _meaning().label("what"),
            Order.id.label("order_id"),
            Order.order_number,
            OrderEvent.data["amount"].astext.label("amount"),
            literal(0).label("credit"),
            literal("").label("coupon"),
            literal("").label("note"),
        )
        .join(Order, Order.id == OrderEvent.order_id)
        .where(OrderEvent.user_id == user_id, is_own(user_id), _is_told())
    )


def _is_told() -> ColumnElement[bool]:
    by_staff = OrderEvent.data["by"].astext == "staff"
    return or_(
        OrderEvent.kind != "status",
        OrderEvent.status == OrderStatus.TIMED_OUT,
        _PAYMENT.is_not(None),
        OrderEvent.status.in_([OrderStatus.CANCELLED, OrderStatus.REFUNDED]) & by_staff,
    )


def _meaning() -> ColumnElement[str]:
    """As `shared.orders.history.meaning` has it."""
    return case(
        (OrderEvent.kind == "reminder", Happening.REMINDED.value),
        (OrderEvent.kind == "refund", Happening.MONEY_BACK.value),
        (_PAYMENT == REFUNDED, Happening.PAYMENT_RETURNED.value),
        (_PAYMENT == HONOURED, Happening.PAID_LATE.value),
        (OrderEvent.status == OrderStatus.PAID, Happening.PAID.value),
        (OrderEvent.status == OrderStatus.CANCELLED, Happening.CANCELLED.value),
        (OrderEvent.status == OrderStatus.REFUNDED, Happening.REFUNDED.value),
        else_=Happening.TIMED_OUT.value,
    )


def _of_credit(user_id: int) -> Select[*tuple[Any, ...]]:
    nothing = (null(), null(), null())
    return select(
        literal("G") + cast(CreditGrant.id, Text),
        CreditGrant.created_at,
        literal(CREDIT),
        *nothing,
        CreditGrant.amount,
        literal(""),
        CreditGrant.note,
    ).where(CreditGrant.user_id == user_id)


def _of_coupons(user_id: int) -> Select[*tuple[Any, ...]]:
    """Coupons that users take themselves are no news to them."""
    nothing = (null(), null(), null())
    return (
        select(
            literal("C") + cast(UserCoupon.id, Text),
            UserCoupon.created_at,
            literal(COUPON),
            *nothing,
            literal(0),
            Coupon.name,
            literal(""),
        )
        .join(Coupon, Coupon.id == UserCoupon.coupon_id)
        .where(UserCoupon.user_id == user_id, Coupon.get_type != GetType.TAKEN)
    )
