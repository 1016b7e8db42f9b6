"""What a verb answers when it cannot do what was asked. The text is for people, `code` for machines."""


class Refused(Exception):
    """A rule forbids it; nothing was changed."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class NotFound(Refused):
    """There is no such thing, or it belongs to somebody else."""


class Conflict(Refused):
    """The state of the thing forbids it."""


class Unprocessable(Refused):
    """What is asked contradicts what was asked before."""
