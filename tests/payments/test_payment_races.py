"""Money against the clock and against itself, on threads that start together."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from sqlalchemy import text

from lapse import batches
from shared import orders, payments
from shared.models import Order
from shared.orders import Receipt
from shared.payments.sandbox.keys import kept_keys
from shared.timeouts import ORDER
from tests.engine.shop import CREDIT, Shop
from tests.engine.test_races import at_once

ROUNDS = 40


def numbers(shop: Shop, ids: list[int]) -> dict[int, str]:
    with shop.sessions() as session:
        rows = session.execute(text("SELECT id, order_number FROM orders WHERE id = ANY(:ids)"), {"ids": ids})
        return {row.id: row.order_number for row in rows}


def test_settling_against_timing_out_has_one_order_of_things(sessions):
    """Whoever is first: the order is paid, its credit held once, its money kept."""
    shop = Shop(sessions)
    user = shop.user("u")
    ids = shop.orders(user, ROUNDS)
    paid_first = 0
    for order_id, number in numbers(shop, ids).items():

        def settle(number: str = number) -> str:
            with sessions() as session:
                return payments.record(session, Receipt(number, f"T{number}", 5)).payment.outcome

        outcome, _ = at_once(settle, lambda id=order_id: batches.run(sessions, ORDER, [id], "event"))
        assert outcome in ("paid", "honoured")
        paid_first += outcome == "paid"
        assert shop.scalar("SELECT status FROM orders WHERE id = :id", id=order_id) == 1
        assert shop.credit(user) == 0
    assert shop.give_backs(ids) == ROUNDS - paid_first


def test_a_session_that_read_the_order_before_settles_what_it_is_now(sessions):
    """A request reads the order, asks the provider for a second, and meanwhile the order times out."""
    shop = Shop(sessions)
    user = shop.user("u")
    [order_id] = shop.orders(user)
    with sessions() as session:
        read = session.get(Order, order_id)
        assert read.status == 0
        assert batches.run(sessions, ORDER, [order_id], "event")
        settled = orders.settle(session, Receipt(read.order_number, "T1", read.real_price))
        assert settled.payment.outcome == "honoured"
        session.commit()
    assert shop.credit(user) == 0
    assert shop.scalar("SELECT round FROM orders") == 2


def test_recovery_too_goes_by_what_the_order_is_now(sessions):
    shop = Shop(sessions)
    user = shop.user("u")
    [order_id] = shop.orders(user)
    with sessions() as session:
        read = session.get(Order, order_id)
        assert read.status == 0
        assert batches.run(sessions, ORDER, [order_id], "event")
        assert orders.recover(session, user, order_id, 900).status == 0
        session.commit()
    assert (shop.credit(user), shop.scalar("SELECT status FROM orders")) == (0, 0)


def test_one_notice_many_times_at_once_is_one_payment(sessions):
    shop = Shop(sessions)
    [order_id] = shop.orders(shop.user("u"))
    receipt = Receipt(numbers(shop, [order_id])[order_id], "T1", 5)

    def settle() -> bool:
        with sessions() as session:
            return payments.record(session, receipt).is_new

    assert sorted(at_once(*[settle] * 6)) == [False] * 5 + [True]
    assert shop.scalar("SELECT count(*) FROM payments") == 1


def test_two_payments_at_once_leave_one_kept(sessions):
    shop = Shop(sessions)
    [order_id] = shop.orders(shop.user("u"))
    receipt = Receipt(numbers(shop, [order_id])[order_id], "T0", 5)

    def settle(trade: str) -> str:
        with sessions() as session:
            return payments.record(session, replace(receipt, trade_no=trade)).payment.outcome

    outcomes = at_once(*[lambda trade=f"T{number}": settle(trade) for number in range(6)])
    assert sorted(outcomes) == ["paid"] + ["refunded"] * 5
    assert shop.scalar("SELECT sum(amount)::int FROM refunds") == 25


def test_a_late_payment_against_another_order_for_the_same_credit(sessions):
    """Either the money is honoured or the other order has the credit: never both, never neither."""
    shop = Shop(sessions)
    user = shop.user("u")
    ids = shop.orders(user, ROUNDS)
    batches.run(sessions, ORDER, ids, "event")
    for order_id, number in numbers(shop, ids).items():
        shop.execute("UPDATE users SET credit = :credit", credit=CREDIT)

        def settle(number: str = number) -> str:
            with sessions() as session:
                return payments.record(session, Receipt(number, f"T{number}", 5)).payment.outcome

        def spend() -> bool:
            with sessions.begin() as session:
                spent = text("UPDATE users SET credit = 0 WHERE credit = :credit RETURNING id")
                return session.execute(spent, {"credit": CREDIT}).first() is not None

        outcome, spent = at_once(settle, spend)
        assert (outcome, spent) in (("honoured", False), ("refunded", True))
        assert shop.scalar("SELECT status FROM orders WHERE id = :id", id=order_id) == (4 if spent else 1)


def test_processes_that_start_together_agree_on_the_keys(sessions):
    start = Barrier(4)

    def begin(_: int) -> tuple[object, object]:
        start.wait()
        with sessions() as session:
            keys = kept_keys(session)
        return keys.app.private_numbers(), keys.provider.private_numbers()

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(begin, range(4)))) == 1
