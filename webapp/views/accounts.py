"""Users: who they are and how they log in."""

from typing import Any

from flask import Response
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from webargs.flaskparser import abort

from shared.accounts import avatars, logins, second_factor
from shared.errors import Conflict
from shared.models import Login, User
from webapp import auth, guesses, rate_limits, tokens
from webapp.auth import any_token_required, login_required, refresh_token_required
from webapp.blueprint import Blueprint
from webapp.current import session
from webapp.passwords import hash_password, matches
from webapp.schemas.accounts import (
    CredentialsSchema,
    ProfileChangeSchema,
    ProfileSchema,
    RegisteredSchema,
    RegistrationSchema,
    TokensSchema,
)

IN_COOKIES = "The tokens are in cookies; what is no GET must send `lapse_csrf` (refreshing: `lapse_refresh_csrf`) back"

blueprint = Blueprint("users", __name__, url_prefix="/users", description="Users and their tokens")


@blueprint.route("/register/", methods=["POST"])
@blueprint.arguments(RegistrationSchema)
@blueprint.response(201, RegisteredSchema)
@rate_limits.of_registrations
def register(body: dict[str, str]) -> User:
    """Make a user."""
    user = User(username=body["username"], password_hash=hash_password(body["password"]))
    session().add(user)
    try:
        session().commit()
    except IntegrityError:
        raise Conflict("username_taken", "Somebody else has this name.") from None
    return user


@blueprint.route("/login/", methods=["POST"])
@blueprint.arguments(CredentialsSchema)
@blueprint.response(200, TokensSchema)
@blueprint.alt_response(204, description=IN_COOKIES)
@guesses.limited
def login(body: dict[str, Any]) -> Any:
    """Get an access token and one to renew it with."""
    user = session().scalar(select(User).where(User.username == body["username"]))
    if not matches(user.password_hash if user else None, body["password"]) or user is None:
        abort(401, description="Wrong name or password.", code="bad_credentials")
    if user.is_disabled:
        abort(403, description="This account was disabled.", code="account_disabled")
    if not second_factor.passes(session(), user.id, body.get("code")):
        abort(401, description="The second factor's code is missing or wrong.", code="second_factor_required")
    try:
        made = auth.new_session(user.id)
    except logins.NotAllowed:
        abort(401, description="Wrong name or password.", code="bad_credentials")
    return _answer(made, in_cookies=body["cookie"])


@blueprint.route("/refresh/", methods=["POST"])
@refresh_token_required
@blueprint.response(200, TokensSchema)
@blueprint.alt_response(204, description=IN_COOKIES)
@rate_limits.of_refreshes
def refresh() -> Any:
    """Get new tokens for the refresh token, which is then used up.

    It is taken again for seconds only, for two tabs that refresh at once. Whoever comes with it later ends the login.
    """
    return _answer(auth.renewed(), in_cookies=tokens.in_cookies())


@blueprint.route("/logout/", methods=["POST"])
@any_token_required
@blueprint.response(204)
def logout() -> Response:
    """End this login: neither of its tokens works any more."""
    logins.end(session(), auth.user().id, Login.session_id == auth.session_id())
    session().commit()
    return tokens.take_out_of_cookies(Response(status=204))


@blueprint.route("/me/")
@login_required
@blueprint.response(200, ProfileSchema)
def me() -> User:
    """Read one's profile."""
    return auth.user()


@blueprint.route("/me/", methods=["PATCH"])
@login_required
@blueprint.arguments(ProfileChangeSchema)
@blueprint.response(200, ProfileSchema)
def change_me(body: dict[str, Any]) -> User:
    """Change one's profile."""
    user = auth.user()
    avatars.wear(session(), user, body.pop("avatar", user.avatar))
    for name, value in body.items():
        setattr(user, name, value)
    session().commit()
    return user


def _answer(made: dict[str, str], *, in_cookies: bool) -> Any:
    return tokens.put_in_cookies(made, Response(status=204)) if in_cookies else made
