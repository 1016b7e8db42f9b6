"""`create-admin`."""

import click
from flask.cli import with_appcontext
from marshmallow import ValidationError
from sqlalchemy.exc import IntegrityError

from shared.models import User
from webapp.cli.outcome import plain_errors
from webapp.current import session
from webapp.passwords import hash_password
from webapp.schemas.accounts import RegistrationSchema


@click.command("create-admin")
@click.argument("username")
@click.password_option()
@with_appcontext
@plain_errors
def create_admin(username: str, password: str) -> None:
    """Make a member of the staff."""
    try:
        RegistrationSchema().load({"username": username, "password": password})
    except ValidationError as error:
        lines = [f"{field}: {' '.join(problems)}" for field, problems in error.normalized_messages().items()]
        raise click.ClickException(" ".join(lines)) from None
    session().add(User(username=username, password_hash=hash_password(password), is_staff=True))
    try:
        session().commit()
    except IntegrityError:
        raise click.ClickException(f"{username}: somebody else has this name.") from None
    click.echo(f"{username} is a member of the staff.")
