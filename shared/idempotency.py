"""Answering a request that is sent twice as if it had been sent once."""

import hashlib
import json
from typing import Any

from sqlalchemy.orm import Session

from shared.errors import Unprocessable
from shared.models import IdempotencyKey


def recall(session: Session, user_id: int, key: str, request: dict[str, Any]) -> dict[str, Any] | None:
    """The answer kept for the user's key, None if there is none yet. Raises Unprocessable for another request.

    The caller holds the user's row, so that the second of two equal requests waits for the first.
    """
    kept = session.get(IdempotencyKey, (user_id, key))
    if kept is None:
        return None
    if kept.fingerprint != _fingerprint(request):
        raise Unprocessable("idempotency_key_reused", "This Idempotency-Key came with another request before.")
    return kept.answer


def remember(session: Session, user_id: int, key: str, request: dict[str, Any], answer: dict[str, Any]) -> None:
    """Keep the answer, in the transaction that does what was asked."""
    session.add(IdempotencyKey(user_id=user_id, key=key, fingerprint=_fingerprint(request), answer=answer))


def _fingerprint(request: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
