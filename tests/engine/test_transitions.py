"""Every way out of a live state, with its guard."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from shared import orders
from shared.errors import Conflict, NotFound
from shared.order_status import OrderStatus
from shared.orders.give_back import close
from tests.engine.shop import CREDIT

ALL = list(OrderStatus)


@pytest.mark.parametrize("status", ALL)
def test_only_an_unpaid_order_times_out(shop, sessions, status):
    user = shop.user("u")
    [order] = shop.orders(user, status=status)
    with sessions.begin() as session:
        closed = orders.time_out(session, [order])
    unpaid = status is OrderStatus.UNPAID
    assert [each.id for each in closed] == ([order] if unpaid else [])
    assert shop.status(order) is (OrderStatus.TIMED_OUT if unpaid else status)
    assert shop.credit(user) == (CREDIT if unpaid else 0)


def test_an_order_before_its_deadline_does_not_time_out(shop, sessions):
    [order] = shop.orders(shop.user("u"), due_in=60)
    with sessions.begin() as session:
        assert orders.time_out(session, [order]) == []
    assert shop.status(order) is OrderStatus.UNPAID


def test_timing_out_twice_gives_back_once(shop, sessions):
    user = shop.user("u", credit=7)
    [order] = shop.orders(user)
    for _ in range(2):
        with sessions.begin() as session:
            orders.time_out(session, [order, order, 999_999])
    assert shop.credit(user) == 7 + CREDIT
    assert shop.give_backs([order]) == 1


@pytest.mark.parametrize("status", ALL)
def test_only_an_unpaid_order_is_cancelled(shop, sessions, status):
    user = shop.user("u")
    [order] = shop.orders(user, status=status, due_in=60)
    if status is OrderStatus.UNPAID:
        with sessions.begin() as session:
            orders.cancel(session, user, order)
        assert shop.status(order) is OrderStatus.CANCELLED
        assert shop.credit(user) == CREDIT
    else:
        with sessions.begin() as session, pytest.raises(Conflict):
            orders.cancel(session, user, order)
        assert shop.status(order) is status
        assert shop.credit(user) == 0


def test_nobody_cancels_the_order_of_another(shop, sessions):
    owner, other = shop.user("a"), shop.user("b")
    [order] = shop.orders(owner, due_in=60)
    with sessions.begin() as session, pytest.raises(NotFound):
        orders.cancel(session, other, order)
    assert shop.status(order) is OrderStatus.UNPAID


def test_each_user_gets_back_what_his_own_orders_held(shop, sessions):
    first, second = shop.user("a", credit=1), shop.user("b", credit=2)
    ids = shop.orders(first, 3) + shop.orders(second, 1)
    with sessions.begin() as session:
        assert len(orders.time_out(session, ids)) == 4
    assert (shop.credit(first), shop.credit(second)) == (1 + 3 * CREDIT, 2 + CREDIT)


def test_a_closed_order_frees_its_coupon_and_tells_of_it(shop, sessions):
    user = shop.user("u")
    coupon = shop.coupon(user)
    [order] = shop.orders(user, coupon_id=coupon)
    with sessions.begin() as session:
        orders.time_out(session, [order])
    assert shop.give_backs([order], "coupon") == 1
    assert shop.scalar("SELECT user_coupon_id FROM wallet_outbox") == coupon
    assert shop.scalar("SELECT status FROM order_events WHERE order_id = :id", id=order) == OrderStatus.TIMED_OUT
    shop.orders(user, due_in=60, coupon_id=coupon)  # the live-coupon index lets another order have it


def test_the_database_refuses_to_give_back_twice_in_one_round(shop, sessions):
    """Also for a verb that is wrong: the guard here lets a timed-out order through."""
    user = shop.user("u")
    [order] = shop.orders(user)
    with sessions.begin() as session:
        orders.time_out(session, [order])
    with sessions() as session, pytest.raises(IntegrityError, match="uq_ledger"):
        close(session, OrderStatus.TIMED_OUT, "id = :id", {"id": order})
    assert shop.credit(user) == CREDIT


def test_two_live_orders_cannot_name_one_coupon(shop):
    user = shop.user("u")
    coupon = shop.coupon(user)
    shop.orders(user, due_in=60, coupon_id=coupon)
    with pytest.raises(IntegrityError, match="uq_orders_live_coupon"):
        shop.orders(user, due_in=60, coupon_id=coupon)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET credit = -1",
        "UPDATE orders SET status = 5",
        "UPDATE orders SET status = 1",  # paid, and no time of payment
        "UPDATE orders SET real_price = total_price + 1",
        "UPDATE orders SET credit = -1",
    ],
)
def test_wrong_states_cannot_be_written(shop, sessions, statement):
    shop.orders(shop.user("u"))
    with sessions() as session, pytest.raises(IntegrityError, match="ck_"):
        session.execute(text(statement))
