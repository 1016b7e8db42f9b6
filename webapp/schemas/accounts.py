"""Users and their tokens."""

import marshmallow as ma

from webapp.fields import Body, Text, WholeNumber


class RegistrationSchema(Body):
    """A new user."""

    username = Text(min=1, max=150, required=True)
    password = Text(min=6, max=128, required=True)

    @ma.validates("username")
    def check_username(self, value: str, data_key: str) -> None:
        """Refuse names that look like another's."""
        if value != value.strip() or not value.isprintable():
            raise ma.ValidationError("Must be printable, with no space around it.")


class RegisteredSchema(ma.Schema):
    """The user that was made."""

    id = ma.fields.Integer(required=True)
    username = ma.fields.String(required=True)


class CredentialsSchema(Body):
    """A login."""

    username = Text(max=150, required=True)
    password = Text(max=128, required=True)


class TokenSchema(ma.Schema):
    """A new access token."""

    token = ma.fields.String(required=True)


class TokensSchema(TokenSchema):
    """An access token, good for an hour, and one that gets new ones, good for 30 days."""

    refresh_token = ma.fields.String(required=True)


class ProfileSchema(ma.Schema):
    """A user as he sees himself."""

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
