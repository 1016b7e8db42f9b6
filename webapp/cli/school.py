"""`load` and `demo-data`."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from shared.coupons import wallet
from webapp import school
from webapp.cli.outcome import plain_errors
from webapp.current import after_commit, session

DEMO = Path(school.__file__).with_name("demo.json")


@click.command("load")
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
@plain_errors
def load_file(file: Path) -> None:
    """Load a school from FILE; what is there already is left as it is."""
    load(file)
    click.echo(f"{file} is loaded.")


@click.command("demo-data")
@with_appcontext
@plain_errors
def demo_data() -> None:
    """Load a small school to try things out on."""
    demo = load(DEMO)
    click.echo("Demo users:")
    for user in demo["users"]:
        about = "member of the staff" if user["is_staff"] else f"{user['credit']} credits"
        click.echo(f"  {user['username']:<10} password {user['password']:<14} {about}")


def load(file: Path) -> school.file.School:
    """Load the file and return what is in it, or end the command with a line for each problem."""
    try:
        content = school.read(file.read_bytes())
        new = school.load(session(), content)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    except school.BadFile as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        raise click.exceptions.Exit(1) from None
    session().commit()
    after_commit(wallet.project, new)
    return content
