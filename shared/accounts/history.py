"""What a user's account went through: purchases and money."""

from typing import Any

from sqlalchemy import Select, Text, case, cast, func, literal, select, union_all

from shared.lessons import count_done, count_in
from shared.models import Course, Order, OrderCourse, Payment, Refund
from shared.order_status import OrderStatus
from shared.reviews import reviewed_by


def courses_of(user_id: int) -> Select[*tuple[Any, ...]]:
    """The courses of the user's paid orders, the latest purchase first."""
    return (
        select(
            OrderCourse.course_id,
            OrderCourse.course_name,
            Course.name_en.label("course_name_en"),
            OrderCourse.course_cover,
            Order.id.label("order_id"),
            Order.order_number,
            Order.paid_at,
            reviewed_by(user_id, OrderCourse.course_id).label("reviewed"),
            count_in(OrderCourse.course_id).label("lessons"),
            count_done(user_id, OrderCourse.course_id).label("lessons_done"),
        )
        .join(Course, Course.id == OrderCourse.course_id)
        .join(Order, Order.id == OrderCourse.order_id)
        .where(Order.user_id == user_id, Order.status == OrderStatus.PAID)
        .order_by(Order.paid_at.desc(), OrderCourse.id)
    )


def bills_of(user_id: int) -> Select[*tuple[Any, ...]]:
    """The money that the user paid and that went back to them, newest first; `state` is `done` or `pending`."""
    paid = (
        select(
            cast(literal("P") + cast(Payment.id, Text), Text).label("id"),
            Payment.created_at,
            literal("payment").label("kind"),
            Payment.amount,
            Order.id.label("order_id"),
            Order.order_number,
            literal("done").label("state"),
        )
        .join(Order, Order.id == Payment.order_id)
        .where(Order.user_id == user_id)
    )
    back = (
        select(
            cast(literal("R") + cast(Refund.id, Text), Text),
            func.coalesce(Refund.done_at, Refund.created_at),
            literal("refund"),
            Refund.amount,
            Order.id,
            Order.order_number,
            case((Refund.done_at.is_(None), "pending"), else_="done"),
        )
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Order, Order.id == Payment.order_id)
        .where(Order.user_id == user_id)
    )
    rows = union_all(paid, back).subquery()
    return select(rows).order_by(rows.c.created_at.desc(), rows.c.id.desc())
