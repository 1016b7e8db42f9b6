"""Timeouts that failed by themselves: put aside, so that they stop nobody else, and tried again with growing pauses."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from lapse.keys import Id
from lapse.kind import Kind

_WAITING = text("SELECT subject_id FROM quarantined_timeouts WHERE kind = :kind AND retry_at > now()")
_RELEASE = text("DELETE FROM quarantined_timeouts WHERE kind = :kind AND subject_id = ANY(:ids)")
_RETRY_NOW = text("UPDATE quarantined_timeouts SET retry_at = now() WHERE kind = ANY(:kinds)")
_KINDS = text("SELECT DISTINCT kind FROM quarantined_timeouts")
_PUT_ASIDE = text("""
INSERT INTO quarantined_timeouts (kind, subject_id, error, retry_at)
VALUES (:kind, :id, :error, now() + interval '10 s')
ON CONFLICT (kind, subject_id) DO UPDATE SET
    error = excluded.error,
    attempts = quarantined_timeouts.attempts + 1,
    retry_at = now() + interval '10 s' * 2 ^ least(quarantined_timeouts.attempts, 8)
""")


def waiting(session: Session, kind: Kind) -> Sequence[Id]:
    """Those of the kind that are not to be tried yet."""
    return [kind.ids(each) for each in session.scalars(_WAITING, {"kind": kind.name})]


def put_aside(session: Session, kind: Kind, id: Id, error: str) -> None:
    """Let that subject be tried again after 10 s, later after up to 2,560 s."""
    session.execute(_PUT_ASIDE, {"kind": kind.name, "id": str(id), "error": error.replace("\0", "")})


def retry_now(session: Session, kinds: Sequence[str]) -> None:
    """Let all of these kinds be tried again at once."""
    session.execute(_RETRY_NOW, {"kinds": list(kinds)})


def kinds_in(session: Session) -> set[str]:
    """The names of the kinds of which something is put aside."""
    return set(session.scalars(_KINDS))


def release(session: Session, kind: Kind, ids: Sequence[Id]) -> None:
    """Forget what was known of these: they timed out."""
    session.execute(_RELEASE, {"kind": kind.name, "ids": [str(id) for id in ids]})
