"""Which provider a database is for: the first web process or listener decides, and for good.

So orders of trials and orders of real money are never in one database, and web and listener cannot differ.
"""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from shared.models import PaymentProvider

_UNDEFINED_TABLE = "42P01"


class WrongProvider(Exception):
    """The database's orders are paid through another provider; the text is one line that names the variable."""

    def __init__(self, ours: str, kept: str) -> None:
        remedy = f"set it to {kept}, or take another database"
        super().__init__(f"PAYMENT_PROVIDER: is {ours}, but the database of DATABASE_URL is for {kept}; {remedy}")


def agree(session: Session, provider: str, *, decide: bool = True) -> bool:
    """Whether this database is known to be for `provider`; if nobody has decided, do so and commit.

    False before the migrations, and, where a command may not `decide`, before somebody did. Raises WrongProvider
    when it is for another one, and DBAPIError when the database is away.
    """
    try:
        if decide:
            session.execute(insert(PaymentProvider).values(name=provider).on_conflict_do_nothing())
        kept = session.scalar(select(PaymentProvider.name))
    except DBAPIError as error:
        if getattr(error.orig, "pgcode", None) != _UNDEFINED_TABLE:
            raise
        session.rollback()
        return False
    session.commit()
    if kept not in (None, provider):
        raise WrongProvider(provider, kept)
    return kept is not None


def agree_if_possible(session: Session, provider: str, *, decide: bool = True) -> bool:
    """As `agree`, for a process that starts: False also while the database is away."""
    try:
        return agree(session, provider, decide=decide)
    except DBAPIError:
        session.invalidate()
        return False


def agree_or_exit(sessions: sessionmaker[Session], provider: str) -> bool:
    """As `agree_if_possible`, but SystemExit with the one line when the database is for another provider."""
    try:
        with sessions() as session:
            return agree_if_possible(session, provider)
    except WrongProvider as wrong:
        raise SystemExit(str(wrong)) from None
