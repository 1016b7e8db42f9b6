"""Answering a request that is sent twice as if it had been sent once."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from shared.errors import Conflict, Unprocessable
from shared.models import IdempotencyKey

KEPT = timedelta(hours=24)
"""How long a key is known; after that it is as good as a new one."""

Done = TypeVar("Done")


def recall(session: Session, user_id: int, key: str, request: dict[str, Any]) -> dict[str, Any] | None:
    """The answer kept for the user's key, None if there is none yet. Raises Unprocessable for another request.

    The caller holds the user's row, so that the second of two equal requests waits for the first.
    """
    mine = (IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
    kept = session.scalar(select(IdempotencyKey).where(*mine, IdempotencyKey.created_at > func.now() - KEPT))
    if kept is None:
        return None
    if kept.fingerprint != _fingerprint(request):
        raise Unprocessable("idempotency_key_reused", "This Idempotency-Key came with another request before.")
    return kept.answer


def remember(session: Session, user_id: int, key: str, request: dict[str, Any], answer: dict[str, Any]) -> None:
    """Keep the answer, in the transaction that does what was asked; what of the user's is too old goes."""
    old = (IdempotencyKey.user_id == user_id, IdempotencyKey.created_at <= func.now() - KEPT)
    session.execute(delete(IdempotencyKey).where(*old))
    session.add(IdempotencyKey(user_id=user_id, key=key, fingerprint=_fingerprint(request), answer=answer))


def once(
    session: Session, user_id: int, key: str | None, request: dict[str, Any], verb: Callable[[], Done]
) -> Done | None:
    """What the verb did; None if it did so for the same key and request before. The caller commits.

    Raises what the verb raises, and Unprocessable for another request. Needs no lock: of two equal requests at once
    the verb refuses the second, which then finds the key of the first.
    """
    if key is None:
        return verb()
    if recall(session, user_id, key, request) is not None:
        return None
    try:
        done = verb()
    except Conflict:
        session.rollback()
        if recall(session, user_id, key, request) is None:
            raise
        return None
    remember(session, user_id, key, request, {})
    return done


def _fingerprint(request: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
