"""Which passwords may be chosen. Those that are there already stay as they are."""

from functools import cache
from pathlib import Path

from shared.accounts.names import folded

SHORTEST = 8
LONGEST = 128

# The 3,000 most common of at least eight characters, in Royce Williams's list that Django comes with (BSD licence).
_LIST = Path(__file__).with_name("common_passwords.txt")


def problem_with(password: str, username: str) -> str | None:
    """Why this user may not choose this password; None when they may."""
    if len(password) < SHORTEST:
        return f"Must have at least {SHORTEST} characters."
    if folded(password) == folded(username):
        return "Must not be the name."
    if password.casefold() in _common():
        return "Is one of the most common passwords."
    return None


@cache
def _common() -> frozenset[str]:
    return frozenset(_LIST.read_text().split())
