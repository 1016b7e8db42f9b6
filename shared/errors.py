"""What a verb answers when it cannot do what was asked. The text is for people, `code` for machines."""

from typing import Any


class Refused(Exception):
    """A rule forbids it; nothing was changed. `told` are further members of the answer, fit for JSON."""

    def __init__(self, code: str, detail: str, **told: Any) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.told = told


class NotFound(Refused):
    """There is no such thing, or it belongs to somebody else."""


class Forbidden(Refused):
    """It is there, and not for who asks."""


class Conflict(Refused):
    """The state of the thing forbids it."""


class Unprocessable(Refused):
    """What is asked contradicts what was asked before."""
