"""What every kind of timeout reports."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimedOut:
    """A subject that timed out, its user, and how many seconds after its deadline."""

    subject_id: int
    user_id: int
    late: float
