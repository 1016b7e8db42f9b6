"""Users: who they are and how they log in."""

from typing import Any

from flask import Response
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from webargs.flaskparser import abort

from shared.errors import Conflict
from shared.models import User
from webapp import auth, guesses, rate_limits
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
    TokenSchema,
    TokensSchema,
)

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
@guesses.limited
def login(body: dict[str, str]) -> dict[str, str]:
    """Get an access token and one to renew it with."""
    user = session().scalar(select(User).where(User.username == body["username"]))
    if not matches(user.password_hash if user else None, body["password"]) or user is None:
        abort(401, description="Wrong name or password.", code="bad_credentials")
    return auth.new_session(user.id)


@blueprint.route("/refresh/", methods=["POST"])
@refresh_token_required
@blueprint.response(200, TokenSchema)
@rate_limits.of_refreshes
def refresh() -> dict[str, str]:
    """Get a new access token for the refresh token."""
    return {"token": auth.renewed_token()}


@blueprint.route("/logout/", methods=["POST"])
@any_token_required
@blueprint.response(204)
def logout() -> Response:
    """End this login: neither of its tokens works any more."""
    auth.end_session()
    return Response(status=204)


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
    for name, value in body.items():
        setattr(user, name, value)
    session().commit()
    return user
