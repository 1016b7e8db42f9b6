"""Every way out of a live state, with its guard."""

from dataclasses import replace
from itertools import product

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from shared import orders
from shared.errors import Conflict, NotFound
from shared.models import Order
from shared.order_status import OrderStatus, transition_by
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
    """Also when something else wrote the state: the order here is unpaid again, and its round the same."""
    user = shop.user("u")
    [order] = shop.orders(user)
    with sessions.begin() as session:
        orders.time_out(session, [order])
    shop.execute("UPDATE orders SET status = :unpaid", unpaid=int(OrderStatus.UNPAID))
    with sessions() as session, pytest.raises(IntegrityError, match="uq_ledger"):
        orders.time_out(session, [order])
    assert shop.credit(user) == CREDIT


def test_closing_is_one_of_the_transitions_and_looks_at_the_state_itself(shop, sessions):
    user = shop.user("u")
    [order] = shop.orders(user, status=OrderStatus.PAID)
    with sessions() as session:
        assert close(session, transition_by("cancel"), "id = :id OR true", {"id": order}) == []
        for wrong in (replace(transition_by("cancel"), before=OrderStatus.PAID), transition_by("recover")):
            with pytest.raises(ValueError, match="no order is closed"):
                close(session, wrong, "id = :id", {"id": order})
    assert shop.status(order) is OrderStatus.PAID


@pytest.mark.parametrize(("before", "after"), list(product((None, *ALL), ALL)))
def test_the_model_refuses_what_is_no_transition(before, after):
    made = Order()
    if before is not None:
        set_committed_value(made, "status", before)
    if (before, after) in {(each.before, each.after) for each in OrderStatus.TRANSITIONS}:
        made.status = after
    else:
        with pytest.raises(ValueError, match="does not go"):
            made.status = after


@pytest.mark.parametrize("status", ALL)
def test_live_is_the_same_in_python_and_in_sql(shop, sessions, status):
    [order] = shop.orders(shop.user("u"), status=status)
    with sessions() as session:
        found = session.get_one(Order, order)
        assert session.scalars(select(Order.is_live)).one() is found.is_live is OrderStatus(found.status).is_live


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
