"""The cart's hash on fakeredis, over a table that stands in for PostgreSQL's.

What it cannot show: the lock that keeps two orders from one cart, and the upsert (tests/webapp/test_cart.py and
test_stores_away.py).
"""

from typing import Any

import pytest
from sqlalchemy import Delete, Select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import Insert

from shared.cart import Cart
from tests.fast.table import Rows

KEY = "cart_7"


class Kept:
    """A session whose one table is user 7's cart."""

    def __init__(self) -> None:
        self.rows: dict[int, bool] = {}
        self.commits = 0

    def execute(self, statement: Any) -> Rows:
        values = statement.compile(dialect=postgresql.dialect()).params
        match statement:
            case Insert():
                count = sum(name.startswith("course_id") for name in values)
                self.rows |= {values[f"course_id_m{each}"]: values[f"selected_m{each}"] for each in range(count)}
            case Delete():
                gone = values["course_id_1"]
                self.rows = {id: on for id, on in self.rows.items() if id not in gone}
            case Select():
                return Rows(sorted(self.rows.items()))
        return Rows()

    def commit(self) -> None:
        self.commits += 1


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def cart(kept, redis):
    """The cart, as each request makes it."""
    return lambda: Cart(kept, redis, 7)


def test_what_is_put_is_in_the_hash_and_the_table(cart, kept, redis):
    cart().put({2: True, 1: False})
    assert redis.hgetall(KEY) == {b"1": b"0", b"2": b"1"}
    assert (kept.rows, kept.commits) == ({1: False, 2: True}, 1)
    assert cart().items() == {1: False, 2: True}
    assert cart().selected() == [2]


def test_the_hash_is_the_cart_whoever_wrote_it_and_nonsense_in_it_is_passed_over(cart, redis):
    redis.hset(KEY, mapping={"3": "1", "1": "0", "x": "1", "-1": "1", "9" * 19: "1", "4": "yes"})
    assert cart().items() == {1: False, 3: True, 4: False}


def test_a_hash_that_is_gone_is_resynced(cart, kept, redis):
    cart().put({1: True, 2: False})
    redis.flushall()
    assert cart().items() == {1: True, 2: False}
    assert redis.hgetall(KEY) == {b"1": b"1", b"2": b"0"}
    redis.flushall()
    cart().put({3: True})  # it would otherwise be a cart of this course alone
    assert set(redis.hgetall(KEY)) == {b"1", b"2", b"3"}


def test_removed_and_checked_out_leave_both(cart, kept, redis):
    cart().put({1: True, 2: True, 3: True})
    cart().remove(1)
    cart().check_out([2])
    assert (set(redis.hgetall(KEY)), kept.rows) == ({b"3"}, {3: True})
    cart().undo_check_out([2])
    assert redis.hget(KEY, "2") == b"1"


def test_with_redis_away_the_table_is_the_cart_and_redis_is_asked_once(cart, kept, redis_server, caplog):
    cart().put({1: True})
    redis_server.connected = False
    requested = cart()
    assert requested.items() == {1: True}
    requested.put({2: False})
    requested.remove(1)
    assert requested.items() == {2: False}
    assert len(caplog.records) == 1
    assert "cart of user 7 without Redis" in caplog.text


def test_a_redis_that_comes_back_emptied_has_the_cart_again(cart, redis, redis_server):
    cart().put({1: True})
    redis_server.connected = False
    cart().put({2: True})
    redis_server.connected = True
    redis.flushall()
    assert cart().items() == {1: True, 2: True}
    assert len(redis.hgetall(KEY)) == 2
