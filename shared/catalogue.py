"""What staff do with what the school offers, and what that means for who orders."""

from collections.abc import Collection, Iterable

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from shared.accounts import audit
from shared.accounts.audit import Action, Fact
from shared.errors import Conflict
from shared.models import Coupon, Course

Sold = type[Course] | type[Coupon]


def take_off_sale(session: Session, sold: Sold, ids: Collection[int]) -> int:
    """Sell these courses, or hand out these coupons, no more; returns for how many that is new.

    Waits for the orders that are just being placed: `shared.orders.place` shares the courses' rows.
    """
    return _set(session, sold, ids, off_sale=True)


def put_on_sale(session: Session, sold: Sold, ids: Collection[int]) -> int:
    """Sell these again; returns for how many that is new."""
    return _set(session, sold, ids, off_sale=False)


def refuse_off_sale(courses: Iterable[Course]) -> None:
    """Raise Conflict, naming them, when some of the courses are off sale."""
    gone = [course for course in courses if not course.on_sale]
    if gone:
        listed = ", ".join(f"{course.id} ({course.name})" for course in gone)
        ids = [course.id for course in gone]
        raise Conflict("course_off_sale", f"No longer sold: course {listed}.", course_ids=ids)


def refuse_if_it_has_courses(session: Session, category_id: int) -> None:
    """Raise Conflict when courses are in the category: in another direction they would not fit it any more."""
    if session.scalar(select(exists().where(Course.category_id == category_id))):
        raise Conflict("category_in_use", "There are courses in this category; move or delete those first.")


def _set(session: Session, sold: Sold, ids: Collection[int], *, off_sale: bool) -> int:
    other = sold.withdrawn_at.is_(None) if off_sale else sold.withdrawn_at.is_not(None)
    rows = select(sold.id, sold.withdrawn_at).where(sold.id.in_(ids), other).order_by(sold.id)
    before = dict(session.execute(rows.with_for_update(key_share=True)).all())
    value = func.statement_timestamp() if off_sale else None
    changed = update(sold).where(sold.id.in_(before)).values(withdrawn_at=value)
    after = session.execute(changed.returning(sold.id, sold.withdrawn_at)).all()
    action = Action.TAKEN_OFF_SALE if off_sale else Action.PUT_ON_SALE
    kind = sold.__name__.lower()
    facts = [Fact(kind, id, {"withdrawn_at": before[id]}, {"withdrawn_at": since}) for id, since in sorted(after)]
    audit.record(session, action, *facts)
    return len(facts)
