"""A user's cart: a hash in Redis that others may write too, kept safe by a table in PostgreSQL.

What the hash says is the cart. Where the hash is gone it is resynced from the table; while Redis is away the table
is the cart.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.models import CartItem
from shared.stores import redis_keys
from shared.stores.locks import lock_user

log = logging.getLogger(__name__)

SELECTED, NOT_SELECTED = b"1", b"0"


class Cart:
    """One user's cart for the length of a request; it asks Redis no more once Redis has failed it."""

    def __init__(self, session: Session, redis: Redis, user_id: int) -> None:
        self._session = session
        self._redis: Redis | None = redis
        self.user_id = user_id
        self._key = redis_keys.cart(user_id)

    def items(self) -> dict[int, bool]:
        """Course ids, in order, and whether each is selected."""
        entries = self._ask_redis(lambda redis: redis.hgetall(self._key))
        if entries:
            return _parsed(entries)
        kept = self._kept()
        if entries is None or not kept:
            return kept
        return self._resync()

    def selected(self) -> list[int]:
        """The ids of the courses that are selected, in order."""
        return [course_id for course_id, is_selected in self.items().items() if is_selected]

    def put(self, items: Mapping[int, bool]) -> None:
        """Add courses, or change whether they are selected, and commit."""
        if not items:
            return
        self.items()  # a hash that is gone is resynced first, or it would hold these courses alone
        rows = [{"user_id": self.user_id, "course_id": id, "selected": on} for id, on in sorted(items.items())]
        upsert = insert(CartItem).values(rows)
        newest = {"selected": upsert.excluded.selected}
        self._session.execute(upsert.on_conflict_do_update(index_elements=["user_id", "course_id"], set_=newest))
        self._session.commit()
        self._write(items)

    def remove(self, course_id: int) -> None:
        """Remove a course, and commit."""
        self._forget({course_id})
        self._session.commit()
        self.drop({course_id})

    def lock(self) -> None:
        """Hold the user's row until the transaction ends: their orders, and this, then happen one after another."""
        lock_user(self._session, self.user_id)

    def check_out(self, course_ids: Collection[int]) -> None:
        """Remove courses in the caller's transaction, which holds `lock`; if it fails, `undo_check_out`.

        The hash comes before the commit, and `drop` after it does so again for what was added meanwhile: whoever
        waits for the lock must not find the courses any more.
        """
        self._forget(course_ids)
        self.drop(course_ids)

    def undo_check_out(self, course_ids: Collection[int]) -> None:
        """Select in the hash again what `check_out` removed before its transaction failed."""
        self._write(dict.fromkeys(course_ids, True))

    def drop(self, course_ids: Collection[int]) -> None:
        """Remove courses from the hash."""
        self._ask_redis(lambda redis: redis.hdel(self._key, *map(str, course_ids)))

    def _forget(self, course_ids: Collection[int]) -> None:
        mine = delete(CartItem).where(CartItem.user_id == self.user_id)
        self._session.execute(mine.where(CartItem.course_id.in_(course_ids)))

    def _kept(self) -> dict[int, bool]:
        rows = select(CartItem.course_id, CartItem.selected).where(CartItem.user_id == self.user_id)
        return dict(self._session.execute(rows.order_by(CartItem.course_id)).all())

    def _resync(self) -> dict[int, bool]:
        """Copy the table into the hash; holds `lock`, for an order in progress may yet commit what it checked out."""
        self.lock()
        kept = self._kept()
        self._write(kept)
        return kept

    def _write(self, items: Mapping[int, bool]) -> None:
        if items:
            mapping: dict[Any, Any] = {
                str(id): SELECTED if selected else NOT_SELECTED for id, selected in items.items()
            }
            self._ask_redis(lambda redis: redis.hset(self._key, mapping=mapping))

    def _ask_redis(self, command: Callable[[Redis], Any]) -> Any:
        """What Redis answers; None when it is away."""
        if self._redis is None:
            return None
        try:
            return command(self._redis)
        except RedisError as error:
            log.warning("cart of user %s without Redis: %s", self.user_id, error)
            self._redis = None
            return None


def _parsed(entries: Mapping[bytes, bytes]) -> dict[int, bool]:
    """The entries that make sense; what somebody else wrote into the hash may be anything."""
    readable = ((field, value) for field, value in entries.items() if field.isdigit() and len(field) <= 18)
    return dict(sorted((int(field), value == SELECTED) for field, value in readable))
