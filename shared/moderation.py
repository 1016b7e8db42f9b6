"""What staff do with reviews: keep them from being shown, and let them be shown again, each with a reason."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.accounts import audit
from shared.accounts.audit import Action, Fact
from shared.errors import Conflict
from shared.models import Review


def hide(session: Session, review_id: int, reason: str) -> None:
    """Let nobody read the review, nor let it count. Raises Conflict when that is so already, or it is gone."""
    review = _locked(session, review_id, hidden=False)
    review.hidden_at = session.scalars(select(func.statement_timestamp())).one()
    _tell(session, Action.REVIEW_HIDDEN, review, reason)


def show(session: Session, review_id: int, reason: str) -> None:
    """Let it be read, and count, again. Raises Conflict when it is not hidden, or gone."""
    review = _locked(session, review_id, hidden=True)
    review.hidden_at = None
    _tell(session, Action.REVIEW_SHOWN, review, reason)


def _locked(session: Session, review_id: int, *, hidden: bool) -> Review:
    state = Review.hidden_at.is_not(None) if hidden else Review.hidden_at.is_(None)
    locked = select(Review).where(Review.id == review_id, state).with_for_update(key_share=True)
    review = session.scalar(locked.execution_options(populate_existing=True))
    if review is None:
        raise Conflict("review_state", "Somebody else has done so meanwhile.")
    return review


def _tell(session: Session, action: Action, review: Review, reason: str) -> None:
    told = {"course": review.course_id, "user": review.user_id, "rating": review.rating, "content": review.content}
    audit.record(session, action, Fact("review", review.id, after=told | {"reason": reason}))
