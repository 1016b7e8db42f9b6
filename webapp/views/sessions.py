"""A user's own password and logins."""

from typing import Any

from flask import Response
from sqlalchemy import select
from webargs.flaskparser import abort

from shared.accounts import logins, password_rules, standing
from shared.accounts.audit import Action, Fact
from shared.errors import NotFound, Refused
from shared.models import Login
from webapp import audit, auth, rate_limits
from webapp.auth import login_required
from webapp.blueprint import Blueprint
from webapp.current import session
from webapp.passwords import hash_password, matches
from webapp.schemas.accounts import PasswordChangeSchema, SessionSchema

MOST = 100

blueprint = Blueprint("sessions", __name__, url_prefix="/users/me", description="One's password and logins")


@blueprint.route("/password/", methods=["PUT"])
@login_required
@blueprint.arguments(PasswordChangeSchema)
@blueprint.response(204)
@rate_limits.of_password_changes
def change_password(body: dict[str, str]) -> Response:
    """Change one's password; every other login ends."""
    user = auth.user()
    problem = password_rules.problem_with(body["new_password"], user.username)
    if problem:
        abort(422, messages={"json": {"new_password": [problem]}})
    if not matches(user.password_hash, body["old_password"]):
        audit.refused(Action.PASSWORD_CHANGE_REFUSED, Fact("user", user.id))
        raise Refused("wrong_password", "This is not your password.")
    standing.change_password(session(), user.id, hash_password(body["new_password"]), keep=auth.session_id())
    session().commit()
    return Response(status=204)


@blueprint.route("/sessions/")
@login_required
@blueprint.response(200, SessionSchema(many=True))
def listing() -> list[dict[str, Any]]:
    """List one's logins, newest first, at most 100."""
    mine = select(Login).where(Login.user_id == auth.user().id).order_by(Login.id.desc()).limit(MOST)
    return [vars(login) | {"current": login.session_id == auth.session_id()} for login in session().scalars(mine)]


@blueprint.route("/sessions/<id:login_id>/", methods=["DELETE"])
@login_required
@blueprint.response(204)
def end(login_id: int) -> Response:
    """End one of one's logins."""
    if not logins.end(session(), auth.user().id, Login.id == login_id):
        raise NotFound("not_found", "There is no such login.")
    session().commit()
    return Response(status=204)


@blueprint.route("/sessions/", methods=["DELETE"])
@login_required
@blueprint.response(204)
def end_all() -> Response:
    """End all of one's logins, this one too."""
    logins.end(session(), auth.user().id)
    session().commit()
    return Response(status=204)
