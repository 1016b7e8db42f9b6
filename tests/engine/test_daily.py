"""Figures per day: by the reader's clock, complete, and without a look at what came before the period."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, text

from shared import orders
from shared.models import Order
from shared.order_status import OrderStatus
from shared.orders import Receipt
from shared.orders.daily import per_day

MANY = 60_000
FILL = {
    "order_events": "(order_id, user_id, kind, status, created_at) SELECT n, 1, 'status', n % 4",
    "payments": "(order_id, trade_no, amount, outcome, created_at) SELECT :order, 't' || n, 1, 'paid'",
    "refunds": "(payment_id, request_no, amount, created_at) SELECT id, 'r' || id, 1",
}


@pytest.fixture
def days(sessions):
    def ask(count=3, zone="UTC"):
        with sessions() as session:
            return per_day(session, count, zone)

    return ask


def test_each_day_is_there_though_nothing_happened(days):
    found = days(30)
    assert [each.day for each in found] == [found[-1].day - timedelta(days=29 - each) for each in range(30)]
    assert {each.sales for each in found} == {Decimal(0)}


def test_what_happened_today(shop, sessions, days):
    user = shop.user("u")
    paid, late, again, refunded = shop.orders(user, 4)
    with sessions.begin() as session:
        orders.time_out(session, [late, again])
    shop.execute("UPDATE users SET credit = 1000")
    with sessions.begin() as session:
        for order in (late, paid, refunded):
            number = session.get_one(Order, order).order_number
            orders.settle(session, Receipt(number, f"T{order}", Decimal(5)))
        orders.recover(session, user, again, 900)
        orders.refund(session, user, refunded)
    today = days()[-1]
    assert (today.sales, today.refunded) == (Decimal(15), Decimal(5))
    assert (today.paid, today.paid_late, today.timed_out, today.recovered) == (3, 1, 2, 1)


def test_money_that_could_not_be_kept_is_no_sale(shop, sessions, days):
    [order] = shop.orders(shop.user("u"))
    with sessions.begin() as session:
        number = session.scalars(text("SELECT order_number FROM orders")).one()
        orders.settle(session, Receipt(number, "T1", Decimal(4)))
    today = days()[-1]
    assert shop.status(order) is OrderStatus.UNPAID
    assert (today.sales, today.refunded, today.paid) == (0, 0, 0)


@pytest.mark.parametrize(("zone", "day"), [("UTC", 1), ("Asia/Shanghai", 2), ("America/New_York", 1)])
def test_a_day_is_one_of_the_readers_clock(shop, sessions, days, zone, day):
    [order] = shop.orders(shop.user("u"))
    with sessions.begin() as session:
        orders.time_out(session, [order])
    at = days(2)[0].day
    shop.execute("UPDATE order_events SET created_at = :at", at=f"{at} 20:00:00Z")
    counted = {each.day for each in days(3, zone) if each.timed_out}
    assert counted == {at + timedelta(days=day - 1)}


def test_the_period_alone_is_read_however_much_came_before(shop, sessions):
    [order] = shop.orders(shop.user("u"))
    with sessions.begin() as session:
        for table, columns in FILL.items():
            source = "payments" if table == "refunds" else f"generate_series(1, {MANY}) AS n"
            when = "created_at" if table == "refunds" else f"now() - ({MANY} - n) * interval '20 minutes'"
            session.execute(text(f"INSERT INTO {table} {columns}, {when} FROM {source} ORDER BY 1"), {"order": order})
    shop.execute("ANALYZE")
    asked = []
    with sessions() as session:
        engine = session.get_bind()
        event.listen(
            engine, "before_cursor_execute", lambda c, k, statement, values, *_: asked.append((statement, values))
        )
        found = per_day(session, 30, "UTC")
        statement, values = asked[-1]
        plan = "\n".join(session.connection().exec_driver_sql(f"EXPLAIN {statement}", values).scalars())
    assert 29 * 72 / 4 <= sum(each.timed_out for each in found) <= 30 * 72 / 4
    for table in FILL:
        assert re.search(rf"Bitmap Index Scan on ix_{table}_created_at", plan), plan
        assert f"Seq Scan on {table}" not in plan, plan
