"""Races on real PostgreSQL, each with a control: the same race without the guard, which must go wrong."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from lapse import batches
from shared import orders
from shared.errors import Conflict
from shared.order_status import OrderStatus
from shared.orders import OrderRequest
from shared.timeouts import ORDER
from tests.engine.shop import CREDIT, Shop

ORDERS = 1000


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run the calls on threads that start together; exceptions are among the results."""
    start = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        start.wait()
        try:
            return call()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def unguarded_close(shop: Shop, order_id: int, user_id: int, decided: Barrier) -> None:
    """What other shops do: read, decide, then write by id."""
    with shop.sessions.begin() as session:
        status = session.scalars(text("SELECT status FROM orders WHERE id = :id"), {"id": order_id}).one()
        decided.wait()
        if status == OrderStatus.UNPAID:
            session.execute(text("UPDATE orders SET status = 3 WHERE id = :id"), {"id": order_id})
            session.execute(
                text("UPDATE users SET credit = credit + :credit WHERE id = :id"), {"credit": CREDIT, "id": user_id}
            )


def test_cancel_against_time_out_has_one_winner(shop, sessions):
    user = shop.user("u")
    ids = shop.orders(user, 60)

    def cancel(order_id: int) -> None:
        with sessions.begin() as session:
            orders.cancel(session, user, order_id)

    def time_out(order_id: int) -> int:
        return len(batches.run(sessions, ORDER, [order_id], "event"))

    cancelled = 0
    for order_id in ids:
        result, _ = at_once(lambda id=order_id: cancel(id), lambda id=order_id: time_out(id))
        assert result is None or isinstance(result, Conflict)
        cancelled += result is None
    assert shop.count(OrderStatus.CANCELLED) == cancelled
    while batches.sweep(sessions, ORDER):  # what was locked when its turn came
        pass
    assert shop.count(OrderStatus.TIMED_OUT) == len(ids) - cancelled
    assert shop.credit(user) == len(ids) * CREDIT
    assert shop.give_backs(ids) == len(ids)


def test_control_without_the_guard_both_win(shop):
    user = shop.user("u")
    [order] = shop.orders(user)
    decided = Barrier(2)
    at_once(*[lambda: unguarded_close(shop, order, user, decided)] * 2)
    assert shop.credit(user) == 2 * CREDIT


def test_two_listeners_on_one_backlog_close_each_order_once(shop, sessions):
    users = [shop.user(f"u{number}") for number in range(10)]
    ids = sorted(id for user in users for id in shop.orders(user, ORDERS // 10))
    parts = [ids[start : start + 100] for start in range(0, ORDERS, 100)]

    def hear_everything() -> int:
        return sum(len(batches.run(sessions, ORDER, part, "event")) for part in parts)

    def sweep_everything() -> int:
        closed = 0
        while batch := batches.sweep(sessions, ORDER):
            closed += len(batch)
        return closed

    counts = at_once(hear_everything, hear_everything, sweep_everything)
    assert sum(counts) + sweep_everything() == ORDERS
    assert all(shop.credit(user) == ORDERS // 10 * CREDIT for user in users)
    assert shop.give_backs(ids) == ORDERS


def test_a_thousand_orders_of_one_user_at_once_lose_no_credit(shop, sessions):
    user = shop.user("u")
    ids = shop.orders(user, ORDERS)
    parts = [ids[start::4] for start in range(4)]
    at_once(*[lambda part=part: batches.run(sessions, ORDER, part, "event") for part in parts])
    while batches.sweep(sessions, ORDER):
        pass
    assert shop.count(OrderStatus.TIMED_OUT) == ORDERS
    assert shop.credit(user) == ORDERS * CREDIT


def test_control_read_modify_write_loses_credit(shop, sessions):
    user = shop.user("u")
    decided = Barrier(2)

    def add() -> None:
        with sessions.begin() as session:
            credit = session.scalars(text("SELECT credit FROM users WHERE id = :id"), {"id": user}).one()
            decided.wait()
            session.execute(text("UPDATE users SET credit = :c WHERE id = :id"), {"c": credit + CREDIT, "id": user})

    at_once(add, add)
    assert shop.credit(user) == CREDIT


@pytest.mark.attack
def test_one_coupon_in_two_concurrent_orders(shop, sessions):
    user, course = shop.user("u"), _course(shop)
    for _ in range(20):
        coupon = shop.coupon(user)
        results = at_once(*[partial(_place, sessions, user, course, coupon)] * 2)
        assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
        held = "SELECT count(*) FROM orders WHERE user_coupon_id = :id AND status IN (0, 1)"
        assert shop.scalar(held, id=coupon) == 1


def test_control_without_the_index_both_orders_take_the_coupon(shop, sessions):
    user, course, coupon = shop.user("u"), _course(shop), None
    coupon = shop.coupon(user)
    shop.execute("DROP INDEX uq_orders_live_coupon")
    at_once(*[lambda: _place(sessions, user, course, coupon)] * 2)
    assert shop.scalar("SELECT count(*) FROM orders WHERE user_coupon_id = :id", id=coupon) == 2


@pytest.mark.attack
def test_credit_spent_by_two_orders_at_once_is_spent_once(shop, sessions):
    user, course = shop.user("u", credit=100), _course(shop)
    results = at_once(*[lambda: _place(sessions, user, course, None, credit=100)] * 2)
    assert sum(isinstance(result, int) for result in results) == 1
    assert shop.credit(user) == 0


def test_an_order_somebody_has_locked_stops_nobody_else(shop, sessions):
    user, other = shop.user("a"), shop.user("b")
    locked, owned_by_locked, free = [shop.orders(owner)[0] for owner in (user, other, user)]
    with sessions() as blocker:
        blocker.execute(text("SELECT 1 FROM orders WHERE id = :id FOR UPDATE"), {"id": locked})
        blocker.execute(text("SELECT 1 FROM users WHERE id = :id FOR UPDATE"), {"id": other})
        closed = batches.run(sessions, ORDER, [locked, owned_by_locked, free], "event")
        assert [each.id for each in closed] == [free]
    assert len(batches.sweep(sessions, ORDER)) == 2


def _course(shop: Shop) -> int:
    shop.execute("INSERT INTO directions (id, name) VALUES (1, 'd')")
    shop.execute("INSERT INTO categories (id, name, direction_id) VALUES (1, 'c', 1)")
    return shop.scalar(
        "INSERT INTO courses (name, price, credit, direction_id, category_id) VALUES ('c', 100, 500, 1, 1) RETURNING id"
    )


def _place(sessions: Callable[[], Session], user: int, course: int, coupon: int | None, credit: int = 0) -> int:
    with sessions() as session, session.begin():
        return orders.place(session, OrderRequest(user, [course], 0, coupon, credit), 900).id
