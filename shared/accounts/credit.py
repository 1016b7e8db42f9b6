"""Credit that staff give or take."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from shared.errors import Conflict
from shared.models import CreditGrant, User


def grant(session: Session, user_id: int, amount: int, note: str, staff_id: int) -> CreditGrant:
    """Change the user's credit by `amount` and put down who did so, and why. Raises Conflict if too little is there."""
    enough = update(User).where(User.id == user_id, User.credit + amount >= 0).values(credit=User.credit + amount)
    changed = session.scalar(enough.returning(User.id).execution_options(synchronize_session=False))
    if changed is None:
        raise Conflict("credit_gone", "The account does not have that much credit.")
    given = CreditGrant(user_id=user_id, staff_id=staff_id, amount=amount, note=note)
    session.add(given)
    return given
