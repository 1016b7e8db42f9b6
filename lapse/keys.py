"""The engine's Redis keys: each builder and, where one is needed, its parser."""

import re
from uuid import UUID

Id = int | UUID


class Keys:
    """The keys of one registry. They all begin with its prefix, so that several engines can share one Redis."""

    def __init__(self, prefix: str) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", prefix):
            raise ValueError(f"a prefix must be of letters, digits, _, . and -, at most 40, not {prefix!r}")
        self.prefix = prefix

    def timer(self, kind: str, id: object) -> str:
        """`seats:timer:booking:42` for booking 42; its `expired` event is what the listener acts on."""
        return f"{self.prefix}:timer:{kind}:{id}"

    def deadlines(self, kind: str, tag: str = "") -> str:
        """Sorted set of one kind's keys by their deadlines: milliseconds since 1970, by the database's clock.

        In a cluster there are several, told apart and placed by a hash tag; see `lapse.shards`.
        """
        return self._placed(f"{self.prefix}:deadlines:{kind}", tag)

    def armed(self, tag: str = "") -> str:
        """There while Redis holds what it was given; absent after it was emptied."""
        return self._placed(f"{self.prefix}:armed", tag)

    def canary(self, listener: str, tag: str) -> str:
        """The self-expiring probe of one listener on the primary that the hash tag leads to."""
        return self._placed(f"{self.prefix}:canary:{listener}", tag)

    @staticmethod
    def _placed(key: str, tag: str) -> str:
        return f"{key}:{{{tag}}}" if tag else key


def expired_channel(database: int) -> str:
    """The channel on which Redis announces the expired keys of a logical database."""
    return f"__keyevent@{database}__:expired"


def parse_id(prefix: bytes, key: bytes, ids: type[Id] = int) -> Id | None:
    """The id after the prefix, or None where there is none: Redis announces the keys of others too."""
    if not key.startswith(prefix):
        return None
    rest = key.removeprefix(prefix)
    return parse_number(rest) if ids is int else _parse_uuid(rest)


def parse_number(digits: bytes) -> int | None:
    """The number, at most 18 digits long, or None."""
    return int(digits) if digits.isdigit() and len(digits) <= 18 else None


def _parse_uuid(text: bytes) -> UUID | None:
    try:
        found = UUID(text.decode("ascii"))
    except ValueError:
        return None
    return found if str(found).encode() == text else None
