"""`create-admin` and `users`."""

import click
from flask.cli import AppGroup, with_appcontext
from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from shared.accounts import audit, second_factor, standing
from shared.accounts.audit import Action, Fact
from shared.accounts.password_rules import problem_with
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
    user = User(username=username, password_hash=hash_password(password), is_staff=True)
    session().add(user)
    try:
        session().flush()
        audit.record(session(), Action.STAFF_MADE, Fact("user", user.id, after={"username": username}))
        session().commit()
    except IntegrityError:
        raise click.ClickException(f"{username}: somebody else has this name.") from None
    click.echo(f"{username} is a member of the staff.")


users = AppGroup("users", help="Disable users, and help those who cannot log in.")


@users.command("disable")
@click.argument("username")
@plain_errors
def disable(username: str) -> None:
    """Let a user log in no more, and end their logins."""
    standing.disable(session(), _user(username).id)
    session().commit()
    click.echo(f"{username} is disabled.")


@users.command("enable")
@click.argument("username")
@plain_errors
def enable(username: str) -> None:
    """Let a user log in again."""
    standing.enable(session(), _user(username).id)
    session().commit()
    click.echo(f"{username} may log in.")


@users.command("reset-password")
@click.argument("username")
@click.password_option()
@plain_errors
def reset_password(username: str, password: str) -> None:
    """Give a user another password, and end their logins."""
    user = _user(username)
    problem = problem_with(password, username)
    if problem:
        raise click.ClickException(f"password: {problem}")
    standing.change_password(session(), user.id, hash_password(password))
    session().commit()
    click.echo(f"{username} has another password.")


@users.command("reset-second-factor")
@click.argument("username")
@plain_errors
def reset_second_factor(username: str) -> None:
    """Take a user's second factor away, for who has lost it."""
    second_factor.remove(session(), _user(username).id)
    session().commit()
    click.echo(f"{username} has no second factor.")


def _user(username: str) -> User:
    found = session().scalar(select(User).where(User.username == username))
    if found is None:
        raise click.ClickException(f"{username}: there is no such user.")
    return found
