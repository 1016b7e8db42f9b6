"""What buyers wrote of courses, and keeping it from being shown."""

from typing import Any, ClassVar

from flask import flash, redirect, request
from flask_admin.base import expose
from flask_admin.form import BaseForm

from shared import moderation
from shared.models import Review
from webapp.admin.fields import name_field
from webapp.admin.view import ReadOnly
from webapp.admin.words import say
from webapp.current import session


class ReasonForm(BaseForm):
    """Why."""

    reason = name_field("Reason", 200)


class ReviewView(ReadOnly):
    """Reviews."""

    table, menu = Review, ("Reviews", "Catalogue")
    column_list = column_details_list = (
        "id",
        "course.name",
        "user.username",
        "rating",
        "content",
        "hidden_at",
        "created_at",
    )
    column_labels: ClassVar[dict[str, str]] = {
        "course.name": "Course",
        "user.username": "User",
        "hidden_at": "Hidden since",
    }
    column_select_related_list = (Review.course, Review.user)
    column_searchable_list = ("content", "course.name", "user.username")
    row_links = (("fa fa-eye-slash", "admin_reviews.moderate", "Hide or show"),)

    @expose("/moderate/", methods=("GET", "POST"))
    def moderate(self) -> Any:
        """Hide a review, or show one that is hidden; either with a reason."""
        review = self.get_one(request.args.get("id", ""))
        if review is None:
            flash(say("Record does not exist."), "error")
            return redirect(self.get_url(".index_view"))
        form = ReasonForm(request.form)
        if request.method == "POST" and form.validate() and self._decide(review, form.reason.data):
            return redirect(self.get_url(".details_view", id=review.id), 303)
        return self.render("lapse/moderate.html", form=form, review=review, return_url=self.get_url(".index_view"))

    def _decide(self, review: Review, reason: str) -> bool:
        hiding = request.form.get("hide") == "1"
        verb = moderation.hide if hiding else moderation.show
        done = self.carry_out(lambda: (verb(session(), review.id, reason),))
        if done is not False:
            flash(say("It is hidden now." if hiding else "It is shown now."), "success")
        return done is not False
