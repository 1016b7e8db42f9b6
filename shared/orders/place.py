"""Becoming live: place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared import pricing
from shared.catalogue import refuse_off_sale
from shared.coupons.queries import rule_of, snapshot, usable_coupon
from shared.errors import Conflict, Refused
from shared.models import Course, Order, OrderCourse, User, UserCoupon, order_number_sequence
from shared.order_status import OrderStatus
from shared.orders.deadline import deadlines
from shared.orders.hold import take
from shared.orders.owned import refuse_owned
from shared.pricing import Line, Quote, quote
from shared.stores.locks import lock_user

ALIPAY = 0
LIVE_COUPON_INDEX = "uq_orders_live_coupon"


@dataclass(frozen=True)
class OrderRequest:
    """What a user asks for: the courses, how they would pay and lower the price, and the price they were shown."""

    user_id: int
    course_ids: Sequence[int]
    pay_type: int
    user_coupon_id: int | None
    credit: int
    shown_price: Decimal | None = None


def place(session: Session, request: OrderRequest, timeout: int) -> Order:
    """Write the order, take its credit and coupon, and return it; it is due `timeout` seconds from now.

    An order with nothing left to pay is paid at once. Raises Refused when a rule forbids it, and Conflict when a course
    is owned or off sale, the price is not the one that was shown, or another order was quicker to take the coupon or
    the credit.
    """
    if request.pay_type != ALIPAY:
        raise Refused("pay_type_unavailable", "Only pay_type 0 can be chosen.")
    lock_user(session, request.user_id)
    refuse_owned(session, request.user_id, request.course_ids)
    courses, coupon, price = _priced(session, request, locking=True)
    _check_shown_price(session, request, courses, price)
    order = _draft(session, request, price, coupon if price.takes_coupon else None, timeout)
    order.lines = [_order_line(course) for course in courses]
    insert_live(session, order)
    take(session, order)
    return order


def offer(session: Session, request: OrderRequest) -> dict[str, Any]:
    """What such an order would cost now, the most credits it may use and what its user has.

    Raises Refused when the price cannot be lowered so, Conflict when a course is off sale.
    """
    courses, _, price = _priced(session, request)
    return _offered(session, request, courses, price)


def insert_live(session: Session, order: Order) -> None:
    """Flush an order that is to be live. Raises Conflict when another live order holds its coupon."""
    session.add(order)
    try:
        session.flush()
    except IntegrityError as error:
        if LIVE_COUPON_INDEX not in str(error.orig):
            raise
        raise Conflict("coupon_held", "Another of your orders holds this coupon.") from None


def _check_shown_price(session: Session, request: OrderRequest, courses: Sequence[Course], price: Quote) -> None:
    if request.shown_price not in (None, price.real_price):
        offered = _offered(session, request, courses, price)
        told = {name: f"{value:.2f}" if isinstance(value, Decimal) else value for name, value in offered.items()}
        raise Conflict("price_changed", f"The price is {price.real_price:.2f} now.", quote=told)


def _offered(session: Session, request: OrderRequest, courses: Sequence[Course], price: Quote) -> dict[str, Any]:
    return vars(price) | {
        "credit_allowed": pricing.credit_allowed([Line.of(course) for course in courses]),
        "balance": _balance(session, request.user_id),
    }


def _balance(session: Session, user_id: int) -> int:
    return session.scalar(select(User.credit).where(User.id == user_id)) or 0


def _priced(
    session: Session, request: OrderRequest, *, locking: bool = False
) -> tuple[Sequence[Course], UserCoupon | None, Quote]:
    courses = _courses(session, request.course_ids, locking)
    coupon = usable_coupon(session, request.user_id, request.user_coupon_id)
    rule = rule_of(coupon.coupon) if coupon else None
    lines = [Line.of(course) for course in courses]
    return courses, coupon, quote(lines, rule, request.credit, _balance(session, request.user_id))


def _courses(session: Session, course_ids: Sequence[int], locking: bool) -> Sequence[Course]:
    """The courses; with a shared lock nobody takes them off sale, or changes their price, before the order is there."""
    query = select(Course).where(Course.id.in_(course_ids)).order_by(Course.id)
    if locking:
        query = query.with_for_update(read=True).execution_options(populate_existing=True)
    courses = session.scalars(query).all()
    if not courses:
        raise Refused("cart_empty", "No course is selected in the cart.")
    refuse_off_sale(courses)
    return courses


def _draft(session: Session, request: OrderRequest, price: Quote, coupon: UserCoupon | None, timeout: int) -> Order:
    sequence, now = session.execute(select(order_number_sequence.next_value(), func.clock_timestamp())).one()
    paid_at_once = price.real_price == 0
    return Order(
        order_number=f"{now.astimezone(UTC):%Y%m%d}{request.user_id:08d}{sequence:08d}",
        user_id=request.user_id,
        status=OrderStatus.PAID if paid_at_once else OrderStatus.UNPAID,
        round=1,
        pay_type=request.pay_type,
        total_price=price.total_price,
        real_price=price.real_price,
        credit=price.credit,
        user_coupon_id=coupon.id if coupon else None,
        coupon=snapshot(coupon.coupon) if coupon else {},
        created_at=now,
        **deadlines(now, timeout),
        paid_at=now if paid_at_once else None,
    )


def _order_line(course: Course) -> OrderCourse:
    return OrderCourse(
        course_id=course.id,
        course_name=course.name,
        course_cover=course.cover,
        price=course.price,
        real_price=course.real_price,
        discount_name=course.discount_type or "",
    )
