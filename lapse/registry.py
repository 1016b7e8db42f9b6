"""The kinds of one application, under one key prefix: what its listener runs."""

from collections.abc import Iterator

from lapse import metrics
from lapse.keys import Id, Keys
from lapse.kind import Kind


class Timeouts:
    """A registry of kinds. Its `prefix` begins each Redis key, so that several applications can share one Redis."""

    def __init__(self, prefix: str) -> None:
        self.keys = Keys(prefix)
        self._kinds: dict[str, Kind] = {}

    def add(self, kind: Kind) -> Kind:
        """Add a kind and return it. Raises ValueError when there is one of that name, or it is in a registry."""
        if kind.name in self._kinds:
            raise ValueError(f"there are two kinds named {kind.name}")
        kind.belong_to(self.keys)
        self._kinds[kind.name] = kind
        metrics.begin(kind.name)
        return kind

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name]

    def find(self, key: bytes) -> tuple[Kind, Id] | None:
        """The kind and the subject that a key is the timer of; None for a key of somebody else."""
        for kind in self._kinds.values():
            id = kind.parse(key)
            if id is not None:
                return kind, id
        return None
