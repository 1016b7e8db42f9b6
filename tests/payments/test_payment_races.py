"""Money against the clock and against itself, on threads that start together.

Each race has a control: the same without what guards it, which must go wrong.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from lapse import batches
from shared import orders, payments
from shared.models import Order
from shared.order_status import OrderStatus
from shared.orders import Receipt
from shared.payments.sandbox.keys import kept_keys
from shared.timeouts import ORDER
from tests.engine.shop import CREDIT, Shop
from tests.engine.test_races import at_once
from tests.unguarded import LOCK, believing_what_was_read, unguarded

pytestmark = pytest.mark.attack

ROUNDS = 40


def numbers(shop: Shop, ids: list[int]) -> dict[int, str]:
    with shop.sessions() as session:
        rows = session.execute(text("SELECT id, order_number FROM orders WHERE id = ANY(:ids)"), {"ids": ids})
        return {row.id: row.order_number for row in rows}


def receipt_for(shop: Shop, order_id: int, trade: str = "T1") -> Receipt:
    return Receipt(numbers(shop, [order_id])[order_id], trade, Decimal(5))


def settled(sessions, receipt: Receipt) -> str:
    """What becomes of the money."""
    with sessions() as session:
        return payments.record(session, receipt).payment.outcome


def test_settling_against_timing_out_has_one_order_of_things(sessions):
    """Whoever is first: the order is paid, its credit held once, its money kept."""
    shop = Shop(sessions)
    user = shop.user("u")
    ids = shop.orders(user, ROUNDS)
    paid_first = 0
    for order_id, number in numbers(shop, ids).items():

        def settle(number: str = number) -> str:
            with sessions() as session:
                return payments.record(session, Receipt(number, f"T{number}", Decimal(5))).payment.outcome

        outcome, _ = at_once(settle, lambda id=order_id: batches.run(sessions, ORDER, [id], "event"))
        assert outcome in ("paid", "honoured")
        paid_first += outcome == "paid"
        assert shop.scalar("SELECT status FROM orders WHERE id = :id", id=order_id) == 1
        assert shop.credit(user) == 0
    assert shop.give_backs(ids) == ROUNDS - paid_first


def test_control_without_the_lock_the_order_is_paid_and_its_credit_given_back(sessions):
    shop = Shop(sessions)
    user = shop.user("u")
    [order_id] = shop.orders(user)
    receipt = receipt_for(shop, order_id)

    def time_out() -> object:
        return batches.run(sessions, ORDER, [order_id], "event")

    with unguarded(sessions, LOCK, after="FROM orders", meanwhile=time_out) as careless:
        assert settled(careless, receipt) == "paid"
    assert shop.scalar("SELECT status FROM orders") == OrderStatus.PAID
    assert shop.credit(user) == CREDIT


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


def test_control_a_session_that_believes_what_it_read_keeps_money_and_gives_credit_back(sessions):
    shop = Shop(sessions)
    user = shop.user("u")
    [order_id] = shop.orders(user)
    with believing_what_was_read(sessions)() as session:
        read = session.get(Order, order_id)
        assert batches.run(sessions, ORDER, [order_id], "event")
        assert orders.settle(session, Receipt(read.order_number, "T1", read.real_price)).payment.outcome == "paid"
        session.commit()
    assert shop.scalar("SELECT status FROM orders") == OrderStatus.PAID
    assert shop.credit(user) == CREDIT


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


def test_control_a_session_that_believes_what_it_read_cannot_recover(sessions):
    """The transitions stop it: for that session the order is unpaid all the time."""
    shop = Shop(sessions)
    user = shop.user("u")
    [order_id] = shop.orders(user)
    with believing_what_was_read(sessions)() as session:
        read = session.get(Order, order_id)
        assert batches.run(sessions, ORDER, [order_id], "event")
        with pytest.raises(ValueError, match="does not go from 0 to 0"):
            orders.recover(session, user, order_id, 900)
        assert read.status == OrderStatus.UNPAID
    assert shop.scalar("SELECT status FROM orders") == OrderStatus.TIMED_OUT


def test_one_notice_many_times_at_once_is_one_payment(sessions):
    shop = Shop(sessions)
    [order_id] = shop.orders(shop.user("u"))
    receipt = Receipt(numbers(shop, [order_id])[order_id], "T1", 5)

    def settle() -> bool:
        with sessions() as session:
            return payments.record(session, receipt).is_new

    assert sorted(at_once(*[settle] * 6)) == [False] * 5 + [True]
    assert shop.scalar("SELECT count(*) FROM payments") == 1


def test_control_without_the_lock_the_second_of_two_equal_notices_fails(sessions):
    shop = Shop(sessions)
    [order_id] = shop.orders(shop.user("u"))
    receipt = receipt_for(shop, order_id)
    again = unguarded(sessions, LOCK, after="FROM payments", meanwhile=lambda: settled(sessions, receipt))
    with again as careless, pytest.raises(IntegrityError, match="uq_payments_trade_no"):
        settled(careless, receipt)


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


def test_control_without_the_lock_both_payments_are_kept(sessions):
    shop = Shop(sessions)
    [order_id] = shop.orders(shop.user("u"))
    one, other = receipt_for(shop, order_id, "T1"), receipt_for(shop, order_id, "T2")
    with unguarded(sessions, LOCK, after="FROM orders", meanwhile=lambda: settled(sessions, other)) as careless:
        assert settled(careless, one) == "paid"
    assert shop.scalar("SELECT count(*) FROM payments WHERE outcome = 'paid'") == 2
    assert shop.scalar("SELECT count(*) FROM refunds") == 0


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
                return payments.record(session, Receipt(number, f"T{number}", Decimal(5))).payment.outcome

        def spend() -> bool:
            with sessions.begin() as session:
                spent = text("UPDATE users SET credit = 0 WHERE credit = :credit RETURNING id")
                return session.execute(spent, {"credit": CREDIT}).first() is not None

        outcome, spent = at_once(settle, spend)
        assert (outcome, spent) in (("honoured", False), ("refunded", True))
        assert shop.scalar("SELECT status FROM orders WHERE id = :id", id=order_id) == (4 if spent else 1)


def test_control_without_the_guard_the_credit_is_spent_twice(sessions):
    """With the constraint gone too, which would stop it as the last one."""
    shop = Shop(sessions)
    user = shop.user("u")
    [order_id] = shop.orders(user)
    batches.run(sessions, ORDER, [order_id], "event")
    receipt = receipt_for(shop, order_id)
    shop.execute("ALTER TABLE users DROP CONSTRAINT ck_users_credit_not_negative")

    def spend() -> bool:
        shop.execute("UPDATE users SET credit = credit - :credit", credit=CREDIT)
        return True

    with unguarded(sessions, r" AND credit >= \S+", after="FROM orders", meanwhile=spend) as careless:
        assert settled(careless, receipt) == "honoured"
    assert shop.credit(user) == -CREDIT


def test_processes_that_start_together_agree_on_the_keys(sessions):
    start = Barrier(4)

    def begin(_: int) -> tuple[object, object]:
        start.wait()
        with sessions() as session:
            keys = kept_keys(session)
        return keys.app.private_numbers(), keys.provider.private_numbers()

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(begin, range(4)))) == 1


def test_control_without_on_conflict_the_second_process_does_not_start(sessions):
    def begin(sessions) -> object:
        with sessions() as session:
            return kept_keys(session)

    guard = " ON CONFLICT DO NOTHING"
    first = unguarded(sessions, guard, after="FROM sandbox_keys", meanwhile=lambda: begin(sessions))
    with first as careless, pytest.raises(IntegrityError, match="pk_sandbox_keys"):
        begin(careless)
