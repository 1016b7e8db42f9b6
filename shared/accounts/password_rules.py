"""Which passwords may be chosen. Those that are there already stay as they are."""

from functools import cache
from pathlib import Path

from shared.models.names import folded

SHORTEST = 8
LONGEST = 128

# The 3,000 most common of at least eight characters, the most common first, in Royce Williams's list that Django comes
# with (BSD licence).
_LIST = Path(__file__).with_name("common_passwords.txt")
AT_REGISTRATION = 100
"""So many of them are refused to a new user: clients that register users have long done so with others of the list."""


def problem_with(password: str, username: str, most: int | None = None) -> str | None:
    """Why this user may not choose this password, of whose common ones the first `most` count; None when they may."""
    if len(password) < SHORTEST:
        return f"Must have at least {SHORTEST} characters."
    if folded(password) == folded(username):
        return "Must not be the name."
    if password.casefold() in _common()[:most]:
        return "Is one of the most common passwords."
    return None


@cache
def _common() -> tuple[str, ...]:
    return tuple(_LIST.read_text().split())
