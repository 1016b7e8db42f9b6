"""Becoming live: place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared import pricing
from shared.coupons.queries import rule_of, snapshot, usable_coupon
from shared.errors import Conflict, Refused
from shared.models import Course, Order, OrderCourse, User, UserCoupon, order_number_sequence
from shared.order_status import OrderStatus
from shared.orders.deadline import deadlines
from shared.orders.hold import take
from shared.pricing import Line, Quote, quote

ALIPAY = 0
LIVE_COUPON_INDEX = "uq_orders_live_coupon"


@dataclass(frozen=True)
class OrderRequest:
    """What a user asks for: the courses, how they would pay, and how they would lower the price."""

    user_id: int
    course_ids: Sequence[int]
    pay_type: int
    user_coupon_id: int | None
    credit: int


def place(session: Session, request: OrderRequest, timeout: int) -> Order:
    """Write the order, take its credit and coupon, and return it; it is due `timeout` seconds from now.

    An order with nothing left to pay is paid at once. Raises Refused when a rule forbids it, and
    Conflict when another order was quicker to take the coupon or the credit.
    """
    if request.pay_type != ALIPAY:
        raise Refused("pay_type_unavailable", "Only pay_type 0 can be chosen.")
    courses, coupon, price = _priced(session, request)
    order = _draft(session, request, price, coupon if price.takes_coupon else None, timeout)
    order.lines = [_order_line(course) for course in courses]
    insert_live(session, order)
    take(session, order)
    return order


def price_of(session: Session, request: OrderRequest) -> Quote:
    """What such an order would cost now. Raises Refused as `place` would."""
    return _priced(session, request)[2]


def credit_allowed(session: Session, request: OrderRequest) -> int:
    """The most credits the courses of such an order let it use."""
    return pricing.credit_allowed([Line.of(course) for course in _courses(session, request.course_ids)])


def insert_live(session: Session, order: Order) -> None:
    """Flush an order that is to be live. Raises Conflict when another live order holds its coupon."""
    session.add(order)
    try:
        session.flush()
    except IntegrityError as error:
        if LIVE_COUPON_INDEX not in str(error.orig):
            raise
        raise Conflict("coupon_held", "Another of your orders holds this coupon.") from None


def _priced(session: Session, request: OrderRequest) -> tuple[Sequence[Course], UserCoupon | None, Quote]:
    courses = _courses(session, request.course_ids)
    coupon = usable_coupon(session, request.user_id, request.user_coupon_id)
    balance = session.scalar(select(User.credit).where(User.id == request.user_id)) or 0
    rule = rule_of(coupon.coupon) if coupon else None
    return courses, coupon, quote([Line.of(course) for course in courses], rule, request.credit, balance)


def _courses(session: Session, course_ids: Sequence[int]) -> Sequence[Course]:
    courses = session.scalars(select(Course).where(Course.id.in_(course_ids)).order_by(Course.id)).all()
    if not courses:
        raise Refused("cart_empty", "No course is selected in the cart.")
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
