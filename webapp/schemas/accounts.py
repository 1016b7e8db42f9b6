"""Users and their tokens."""

from typing import Any

import marshmallow as ma

from shared.accounts import password_rules
from shared.models.names import folded_or_none
from webapp.fields import Body, Flag, Moment, Text, WholeNumber


class RegistrationSchema(Body):
    """A new user."""

    username = Text(min=1, max=150, required=True)
    password = Text(min=password_rules.SHORTEST, max=password_rules.LONGEST, required=True)

    @ma.validates("username")
    def check_username(self, value: str, data_key: str) -> None:
        """Refuse names that nobody can read."""
        if value != value.strip() or not value.isprintable() or folded_or_none(value) is None:
            raise ma.ValidationError("Must be printable, with no space around it.")

    @ma.validates_schema
    def check_password(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse passwords that are guessed first."""
        problem = password_rules.problem_with(data["password"], data["username"], password_rules.AT_REGISTRATION)
        if problem:
            raise ma.ValidationError(problem, "password")


class RegisteredSchema(ma.Schema):
    """The user that was made."""

    id = ma.fields.Integer(required=True)
    username = ma.fields.String(required=True)


class CredentialsSchema(Body):
    """A login."""

    username = Text(max=150, required=True)
    password = Text(max=128, required=True)
    code = Text(max=20, metadata={"description": "Of the second factor, for those who have one."})
    cookie = Flag(load_default=False, metadata={"description": "Put the tokens in cookies instead of the answer."})


class TokensSchema(ma.Schema):
    """An access token, good for an hour, and one that gets new ones once, good for 30 days."""

    token = ma.fields.String(required=True)
    refresh_token = ma.fields.String(required=True)


class PasswordChangeSchema(Body):
    """The password as it is, and as it shall be."""

    old_password = Text(max=128, required=True)
    new_password = Text(min=password_rules.SHORTEST, max=password_rules.LONGEST, required=True)


class SessionSchema(ma.Schema):
    """A login: where it began, when it was last in use (to five minutes), and whether it is the one that asks."""

    id = ma.fields.Integer(required=True)
    created_time = Moment(required=True, attribute="created_at")
    last_seen = Moment(required=True, attribute="last_seen_at")
    address = ma.fields.String(required=True)
    user_agent = ma.fields.String(required=True)
    admin = ma.fields.Boolean(required=True, attribute="in_admin")
    current = ma.fields.Boolean(required=True)


class ProfileSchema(ma.Schema):
    """A user as they see themselves."""

    id = ma.fields.Integer(required=True)
    username = ma.fields.String(required=True)
    nickname = ma.fields.String(required=True)
    avatar = ma.fields.String(required=True)
    position = ma.fields.String(required=True)
    city = ma.fields.String(required=True)
    gender = ma.fields.Integer(required=True)
    signature = ma.fields.String(required=True)
    credit = ma.fields.Integer(required=True)
    is_staff = ma.fields.Boolean(required=True)


class ProfileChangeSchema(ma.Schema):
    """What a user may change about himself. Anything else is refused: ignoring it would look like success."""

    class Meta:
        unknown = ma.RAISE

    nickname = Text(max=50)
    avatar = Text(max=255)
    position = Text(max=50)
    city = Text(max=50)
    gender = WholeNumber(min=0, max=2)
    signature = Text(max=255)
