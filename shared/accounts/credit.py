"""Credit that staff give or take."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from shared.accounts import audit
from shared.accounts.audit import Action, Fact, OwnAccount
from shared.errors import Conflict
from shared.models import CreditGrant, User


def grant(session: Session, user_id: int, amount: int, note: str, staff_id: int) -> CreditGrant:
    """Change the user's credit by `amount` and put down who did so, and why.

    Raises OwnAccount when it is their own, Conflict if too little is there.
    """
    if user_id == staff_id:
        raise OwnAccount
    enough = update(User).where(User.id == user_id, User.credit + amount >= 0).values(credit=User.credit + amount)
    credit = session.scalar(enough.returning(User.credit).execution_options(synchronize_session=False))
    if credit is None:
        raise Conflict("credit_gone", "The account does not have that much credit.")
    given = CreditGrant(user_id=user_id, staff_id=staff_id, amount=amount, note=note)
    session.add(given)
    told = Fact("user", user_id, {"credit": credit - amount}, {"credit": credit, "note": note})
    audit.record(session, Action.CREDIT_GRANTED, told)
    return given
