"""An independent record of every change of an order's state, kept by the database itself."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

_KEEP = """
CREATE TABLE witnessed (
    id bigserial PRIMARY KEY, order_id bigint, before smallint, after smallint,
    expires_at timestamptz, at timestamptz DEFAULT clock_timestamp()
);
CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO witnessed (order_id, before, after, expires_at) VALUES (NEW.id, NULL, NEW.status, NEW.expires_at);
    ELSIF NEW.status <> OLD.status THEN
        INSERT INTO witnessed (order_id, before, after, expires_at)
        VALUES (NEW.id, OLD.status, NEW.status, OLD.expires_at);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION witness();
"""
_SEEN = """
SELECT order_id, before, after, extract(epoch FROM expires_at)::float AS due, extract(epoch FROM at)::float AS at,
       extract(epoch FROM pg_xact_commit_timestamp(xmin))::float AS committed
FROM witnessed ORDER BY id
"""


@dataclass(frozen=True)
class Change:
    """One change of state. `due` was the deadline before it; times are seconds since 1970 by the database's clock."""

    order_id: int
    before: int | None
    after: int
    due: float
    at: float
    committed: float


def keep(session: Session) -> None:
    """Begin to record, in the transaction of the change itself."""
    session.execute(text(_KEEP))
    session.commit()


def seen(session: Session) -> list[Change]:
    """All changes so far, oldest first."""
    return [Change(*row) for row in session.execute(text(_SEEN))]
