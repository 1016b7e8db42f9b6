"""What staff do with what the school offers."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from shared.errors import Conflict
from shared.models import Course


def refuse_if_it_has_courses(session: Session, category_id: int) -> None:
    """Raise Conflict when courses are in the category: in another direction they would not fit it any more."""
    if session.scalar(select(exists().where(Course.category_id == category_id))):
        raise Conflict("category_in_use", "There are courses in this category; move or delete those first.")
