"""Orders at the desk: found, told as a story, cancelled and refunded for their users."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, text

from shared import orders
from shared.order_status import OrderStatus
from shared.orders import Receipt
from tests.audit import entries
from tests.deadlines import let_time_be_over
from tests.shop import shopper
from webapp.database import db

STATUS, NUMBER, USER, COURSE, SINCE, UNTIL, LEAST, MOST = range(8)
DAY = timedelta(days=1)


@pytest.fixture
def pay(sessions):
    """Let the provider's money come in for an order."""

    def settle(order):
        with sessions.begin() as session:
            orders.settle(session, Receipt(order["order_number"], f"T{order['id']}", Decimal(order["real_price"])))

    return settle


@pytest.fixture
def two(u1, u2):
    """An order of 100.00 and one of 200.00, by different users."""
    return u1.ordered(2), u2.ordered(3)


def found(boss, query):
    """The numbers of the orders in the list."""
    return re.findall(r'col-order_number"[^>]*>\s*(\d+)', boss.get(f"/orders/?{query}").text)


def moment(days):
    return f"{datetime.now(UTC) + days * DAY:%Y-%m-%d %H:%M:%S}"


def test_they_are_found_by_number_user_course_date_and_amount(boss, two):
    first, second = (order["order_number"] for order in two)
    assert found(boss, "") == [second, first]
    for query, wanted in (
        (f"search={first}", [first]),
        ("search=+u2+", [second]),
        ("search=u", []),
        (f"flt0_{NUMBER}={second}", [second]),
        (f"flt0_{USER}=u1", [first]),
        (f"flt0_{COURSE}=100%25+py", [first]),
        (f"flt0_{COURSE}=v%25e", []),
        (f"flt0_{SINCE}={moment(-1)}", [second, first]),
        (f"flt0_{SINCE}={moment(1)}", []),
        (f"flt0_{UNTIL}={moment(-1)}", []),
        (f"flt0_{LEAST}=100.01", [second]),
        (f"flt0_{MOST}=100", [first]),
        (f"flt0_{LEAST}=1&flt1_{MOST}=300&flt2_{USER}=u2&flt3_{STATUS}=0", [second]),
    ):
        assert found(boss, query) == wanted, query


@pytest.mark.attack
def test_what_makes_no_sense_is_said_to_be_so(boss, two):
    for field in (SINCE, UNTIL, LEAST, MOST):
        for value in ("x", "-1", "1e3", "1.001", "9" * 40, "2001-13-45 00:00:00", "0x1", "nan"):
            page = boss.get(f"/orders/?flt0_{field}={value}")
            assert page.status_code == 200
            assert [value in line for line in boss.messages(page)] == [True], (field, value)


def test_neither_counted_nor_searched_through(app, boss, sessions, u1):
    order = u1.ordered(2)
    with sessions.begin() as session:
        session.execute(text(MANY_ORDERS), {"user": u1.id})
    with sessions.begin() as session:
        session.execute(text("ANALYZE"))
    asked = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda c, k, statement, values, *_: asked.append((statement, values)))
    queries = ["", f"search={order['order_number']}", f"flt0_{USER}=u1", f"flt0_{COURSE}=Redis", f"flt0_{LEAST}=9000"]
    queries += [f"flt0_{SINCE}={moment(-900)}&flt1_{UNTIL}={moment(-899)}", f"flt0_{NUMBER}={order['order_number']}"]
    for query in queries:
        asked.clear()
        assert boss.get(f"/orders/?{query}").status_code == 200
        [(statement, values)] = [each for each in asked if "FROM orders" in each[0] and "orders_id" in each[0]]
        with engine.connect() as connection:
            plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars())
        assert "Seq Scan on orders" not in plan, (query, plan)
        assert "Seq Scan on order_courses" not in plan, (query, plan)


MANY_ORDERS = """
WITH placed AS (
    INSERT INTO orders (order_number, user_id, status, pay_type, total_price, real_price, created_at, expires_at)
    SELECT 'n' || n, :user, 2, 0, n % 997, n % 997, now() - n * interval '1 hour', now()
    FROM generate_series(1, 30000) n
    RETURNING id
)
INSERT INTO order_courses (order_id, course_id, course_name, course_cover, price, real_price)
SELECT id, 2, '', '', 1, 1 FROM placed
"""


def story(boss, order):
    """The lines of an order's page: what happened, and what is said beside it."""
    page = boss.get(f"/orders/details/?id={order['id']}").text
    assert page
    rows = re.findall(r"<tr>(.*?)</tr>", page.split("What happened</h2>")[1], re.DOTALL)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [" | ".join(part.strip() for part in row[1:] if part.strip()) for row in cells if row]


def test_a_story_from_placing_to_paying_late(app, boss, u1, sessions, pay):
    order = u1.ordered(2, user_coupon_id=next(iter(u1.wallet())), credit=10)
    let_time_be_over(sessions, order["id"], ago=90)
    assert shopper(app, "boss").post("/ops/timeouts/sweep/").status_code == 200
    pay(order)
    told = "\n".join(story(boss, order))
    for line in (
        r"Placed, to be paid",
        r"10 credits held",
        r"Coupon \d+ held",
        r"Timed out by a sweep, 9\d\.\d{3} s after the deadline",
        r"10 credits given back",
        r"Paid late, and honoured",
        r"Payment of 69\.00, trade T\d+: late, and honoured",
    ):
        assert re.search(line, told), (line, told)
    assert told.index("Placed") < told.index("Timed out") < told.index("Paid late")


def test_from_an_order_to_its_user(boss, two, u1):
    for path in ("/orders/", f"/orders/details/?id={two[0]['id']}"):
        assert f'<a href="/admin/users/details/?id={u1.id}">u1</a>' in boss.get(path).text


def end(boss, verb, order, reason="they asked"):
    return boss.post(f"/orders/{verb}/?id={order['id']}", {"reason": reason}, follow_redirects=True)


def test_cancelled_for_its_user(boss, u1, sessions, redis):
    order = u1.ordered(2, credit=10)
    page = boss.get(f"/orders/cancel/?id={order['id']}").text
    assert order["order_number"] in page
    assert boss.messages(end(boss, "cancel", order)) == ["The order is cancelled."]
    assert u1.get(f"/orders/{order['id']}/").json["order_status"] == OrderStatus.CANCELLED
    assert u1.credit() == 500
    assert not redis.exists(f"order:timeout:{order['id']}")
    [entry] = entries(sessions, "order_cancelled")
    assert (entry.actor, entry.after["reason"]) == ("boss", "they asked")
    assert "boss: order cancelled | they asked" in story(boss, order)
    assert "Cancelled by staff" in story(boss, order)


def test_refunded_for_its_user(boss, u1, sessions, pay):
    order = u1.ordered(2, credit=10)
    pay(order)
    assert "Refund the order" in boss.get(f"/orders/details/?id={order['id']}").text
    assert boss.messages(end(boss, "refund", order)) == ["The order is refunded."]
    assert u1.get(f"/orders/{order['id']}/").json["order_status"] == OrderStatus.REFUNDED
    assert u1.credit() == 500
    told = story(boss, order)
    assert "Refunded by staff" in told
    assert any(line.startswith(f"Refund R1 of {order['real_price']} is due") for line in told)


@pytest.mark.attack
@pytest.mark.parametrize(("verb", "done"), [("cancel", "order_cancelled"), ("refund", "order_refunded")])
class TestEnding:
    """What must not end an order, or not twice."""

    @pytest.fixture
    def order(self, verb, u1, pay):
        order = u1.ordered(2, credit=10)
        if verb == "refund":
            pay(order)
        return order

    def test_sent_twice_it_is_done_once(self, boss, u1, sessions, order, verb, done):
        end(boss, verb, order)
        again = end(boss, verb, order)
        assert again.status_code == 200
        assert "The order is" in boss.messages(again)[0]
        assert (len(entries(sessions, done)), u1.credit()) == (1, 500)
        with sessions() as session:
            assert session.scalar(text("SELECT count(*) FROM refunds")) == (verb == "refund")

    def test_it_wants_a_reason(self, boss, u1, order, verb, done):
        for reason in ("", "  ", "x" * 201):
            assert boss.errors(end(boss, verb, order, reason))
        assert u1.get(f"/orders/{order['id']}/").json["order_status"] == order_status(verb)

    def test_asking_is_not_doing(self, boss, u1, order, verb, done):
        assert boss.get(f"/orders/{verb}/?id={order['id']}&reason=x").status_code == 200
        assert u1.get(f"/orders/{order['id']}/").json["order_status"] == order_status(verb)

    def test_not_without_staff_or_a_token(self, app, boss, u1, order, verb, done):
        path = f"/admin/orders/{verb}/?id={order['id']}"
        assert boss.client.post(path, data={"reason": "x"}).status_code == 400
        assert app.test_client().post(path, data={"reason": "x"}).location.startswith("/admin/login/")
        assert u1.post(path).status_code == 303
        assert u1.get(f"/orders/{order['id']}/").json["order_status"] == order_status(verb)

    def test_not_in_another_state(self, boss, u2, pay, sessions, order, verb, done):
        other = u2.ordered(3)
        if verb == "cancel":
            pay(other)
        assert f"/orders/{verb}/" not in boss.get(f"/orders/details/?id={other['id']}").text
        assert boss.messages(end(boss, verb, other)) == [
            "The order is paid." if verb == "cancel" else "The order is unpaid."
        ]
        assert entries(sessions, done) == []

    def test_not_ones_own(self, app, boss, pay, sessions, order, verb, done):
        own = shopper(app, "boss").ordered(3)
        if verb == "refund":
            pay(own)
        assert "ask a colleague" in boss.messages(end(boss, verb, own))[0]
        assert entries(sessions, done) == []
        assert len(entries(sessions, "own_account_refused")) == 1


def order_status(verb):
    return OrderStatus.UNPAID if verb == "cancel" else OrderStatus.PAID
