"""Random interleavings of everything that can happen to orders, with the books checked after each step.

Contract, section 8: no credit is made or lost, a coupon is held by at most one live order, and no money is kept
for an order that is not paid. A model of the states says which verb must succeed.
"""

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from redis import Redis
from sqlalchemy import select, text

from lapse import batches
from shared import effects, orders
from shared.coupons import queries, wallet
from shared.errors import Conflict, Refused
from shared.models import Order
from shared.order_status import OrderStatus, transition_by
from shared.orders import OrderRequest, Receipt
from shared.timeouts import COUPON, ORDER
from tests.deadlines import let_time_be_over
from tests.engine.shop import Shop

STEPS = 2000
LOADED = 300  # credits of each user at the start
PRICE = 100  # of the course; its orders may use up to 500 credits
TIMEOUT = 900

CREDIT_KEPT = """
SELECT username, credit, (SELECT coalesce(sum(o.credit), 0) FROM orders o WHERE user_id = u.id AND status IN (0, 1))
FROM users u
"""
LEDGER_AGREES = """
SELECT o.id, kind, o.status,
       sum(CASE action WHEN 'take' THEN amount ELSE -amount END) AS held,
       max(CASE kind WHEN 'credit' THEN o.credit ELSE 1 END) AS holds
FROM ledger JOIN orders o ON o.id = order_id GROUP BY o.id, kind, o.status
"""
COUPON_HELD_TWICE = """
SELECT user_coupon_id FROM orders WHERE status IN (0, 1) AND user_coupon_id IS NOT NULL
GROUP BY user_coupon_id HAVING count(*) > 1
"""
MONEY_KEPT = """
SELECT o.id, o.status, o.real_price,
       coalesce((SELECT sum(amount) FROM payments WHERE order_id = o.id), 0)
       - coalesce((SELECT sum(r.amount) FROM refunds r JOIN payments p ON p.id = payment_id WHERE order_id = o.id), 0)
FROM orders o
"""

TABLES = (  # each before those it refers to
    "refunds", "payments", "order_courses", "orders", "user_coupons", "coupons", "courses", "categories", "directions",
    "users", "ledger", "order_events", "wallet_outbox",
)  # fmt: skip


@dataclass
class World:
    """What the machine acts on."""

    shop: Shop
    redis: Redis
    steps: Counter


class Orders(RuleBasedStateMachine):
    """Two users, a few coupons, and everything that can be done to orders, in any sequence."""

    world: World
    placed = Bundle("placed")

    @initialize()
    def open_the_shop(self) -> None:
        shop = self.world.shop
        for table in TABLES:
            shop.execute(f"DELETE FROM {table}")
        self.world.redis.flushall()
        self.sessions = shop.sessions
        self.users = [shop.user(name, LOADED) for name in ("a", "b")]
        self.coupons = {user: [shop.coupon(user), shop.coupon(user)] for user in self.users}
        shop.execute("INSERT INTO directions (id, name) VALUES (1, 'd')")
        shop.execute("INSERT INTO categories (id, name, direction_id) VALUES (1, 'c', 1)")
        shop.execute(
            "INSERT INTO courses (id, name, price, credit, direction_id, category_id) VALUES (1, 'c', :p, 500, 1, 1)",
            p=PRICE,
        )
        self.owner: dict[int, int] = {}
        self.state: dict[int, OrderStatus] = {}
        self.trades = 0

    @rule(
        target=placed,
        user=st.integers(0, 1),
        coupon=st.sampled_from([None, 0, 1]),
        credit=st.sampled_from([0, 10, 200]),
    )
    def place(self, user: int, coupon: int | None, credit: int):
        user_id = self.users[user]
        user_coupon_id = None if coupon is None else self.coupons[user_id][coupon]
        try:
            with self.sessions.begin() as session:
                order = orders.place(session, OrderRequest(user_id, [1], 0, user_coupon_id, credit), TIMEOUT)
                order_id, status = order.id, OrderStatus(order.status)
        except Refused:
            return multiple()
        self.owner[order_id] = user_id
        self.moved(order_id, status, "place")
        self.tell_redis(order_id)
        return order_id

    @rule(order=placed)
    def cancel(self, order: int) -> None:
        self.attempt(order, orders.cancel)

    @rule(order=placed)
    def refund(self, order: int) -> None:
        self.attempt(order, orders.refund)

    @rule(order=placed)
    def recover(self, order: int) -> None:
        """May also fail because the credit or the coupon is gone."""
        try:
            with self.sessions.begin() as session:
                orders.recover(session, self.owner[order], order, TIMEOUT)
        except Conflict:
            return
        self.moved(order, OrderStatus.UNPAID, "recover")
        self.tell_redis(order)

    @rule(order=placed, again=st.booleans(), short=st.booleans())
    def pay(self, order: int, again: bool, short: bool) -> None:
        """In time, late, twice, with the same notice again, or with a wrong amount."""
        self.trades += 1
        with self.sessions.begin() as session:
            found = session.scalars(select(Order).where(Order.id == order)).one()
            receipt = Receipt(
                found.order_number, f"T{self.trades}", found.real_price + 1 if short else found.real_price
            )
        if not receipt.amount:
            return
        for _ in range(1 + again):
            with self.sessions.begin() as session:
                outcome = orders.settle(session, receipt).payment.outcome
        before = self.state[order]
        if short or before in (OrderStatus.PAID, OrderStatus.REFUNDED):
            assert outcome == "refunded"
        elif before is OrderStatus.UNPAID:
            assert outcome == "paid"
            self.moved(order, OrderStatus.PAID, "settle")
        else:
            self.moved(order, OrderStatus.PAID if outcome == "honoured" else OrderStatus.REFUNDED, "settle")
        self.tell_redis(order)

    @rule(order=placed)
    def let_its_time_pass(self, order: int) -> None:
        let_time_be_over(self.sessions, order, ago=1)

    @rule(some=st.lists(placed, max_size=5))
    def events(self, some: list[int]) -> None:
        """Early, late, twice and for orders that are long closed."""
        self.timed_out(batches.run(self.sessions, ORDER, some, "event"))

    @rule()
    def sweep(self) -> None:
        self.timed_out(batches.sweep(self.sessions, ORDER))

    @rule(some=st.lists(placed, min_size=1, max_size=5))
    def listener_dies_in_a_batch(self, some: list[int]) -> None:
        """Before its commit, that is; after it, what is missing is only what `resync` does."""
        with self.sessions() as session:
            orders.time_out(session, some)
            session.rollback()

    @rule(user=st.integers(0, 1), coupon=st.integers(0, 1))
    def coupon_ends(self, user: int, coupon: int) -> None:
        ended = self.coupons[self.users[user]][coupon]
        self.world.shop.execute(
            "UPDATE coupons SET end_time = now() WHERE id = (SELECT coupon_id FROM user_coupons WHERE id = :id)",
            id=ended,
        )
        batches.run(self.sessions, COUPON, [ended], "event")
        self.coupons[self.users[user]][coupon] = self.world.shop.coupon(self.users[user])

    @rule()
    def redis_is_emptied(self) -> None:
        self.world.redis.flushall()

    @rule()
    def resync(self) -> None:
        with self.sessions() as session:
            while wallet.project_pending(session, self.world.redis):
                pass

    @invariant()
    def the_books_agree(self) -> None:
        self.world.steps["all"] += 1
        with self.sessions() as session:
            for user, credit, held in session.execute(text(CREDIT_KEPT)):
                assert credit == LOADED - held, f"user {user}"
            for order, kind, status, held, holds in session.execute(text(LEDGER_AGREES)):
                assert held == (holds if OrderStatus(status).is_live else 0), f"{kind} of order {order}"
            assert session.execute(text(COUPON_HELD_TWICE)).all() == []
            for order, status, price, kept in session.execute(text(MONEY_KEPT)):
                assert kept == (price if status == OrderStatus.PAID else 0), f"money of order {order}"
                assert status == self.state[order], f"order {order}"

    def teardown(self) -> None:
        """Whatever happened: one sweep and one resync later nothing is overdue and the wallets are right."""
        if not hasattr(self, "sessions"):
            return
        while batches.sweep(self.sessions, ORDER):
            pass
        with self.sessions.begin() as session:
            wallet.resync_all(session)
        self.resync()
        overdue = "SELECT count(*) FROM orders WHERE status = 0 AND expires_at <= now()"
        assert self.world.shop.scalar(overdue) == 0
        for user in self.users:
            with self.sessions() as session:
                free = {f"coupon:{user}:{each.id}".encode() for each in queries.wallet(session, user)}
            assert set(self.world.redis.keys(f"coupon:{user}:*")) == free

    def attempt(self, order: int, verb) -> None:
        """A verb that succeeds from the state of its transition and is refused from all others."""
        change = transition_by(verb.__name__)
        if self.state[order] is change.before:
            with self.sessions.begin() as session:
                verb(session, self.owner[order], order)
            self.moved(order, change.after, change.verb)
            self.tell_redis(order)
        else:
            with self.sessions.begin() as session, pytest.raises(Conflict):
                verb(session, self.owner[order], order)

    def timed_out(self, batch) -> None:
        for each in batch:
            self.moved(each.id, OrderStatus.TIMED_OUT, "time_out")

    def moved(self, order: int, after: OrderStatus, verb: str) -> None:
        """Note what a verb did, which must be one of its transitions."""
        before = self.state.get(order)
        assert (before, after, verb) in {(each.before, each.after, each.verb) for each in OrderStatus.TRANSITIONS}
        self.state[order] = after

    def tell_redis(self, order: int) -> None:
        with self.sessions() as session:
            effects.changed(session, self.world.redis, session.get_one(Order, order))


def test_no_interleaving_breaks_the_books(shop, redis):
    steps: Counter = Counter()
    machine = type("Machine", (Orders,), {"world": World(shop, redis, steps)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=75,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert steps["all"] >= STEPS
