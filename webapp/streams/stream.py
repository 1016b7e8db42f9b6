"""One open connection, seen from its thread and from the hub."""

import random
from collections.abc import Callable, Iterator, Sequence
from socket import socket
from threading import Condition
from time import monotonic

from webapp.streams.event_log import Event, Position

HEARTBEAT = 12.0  # seconds; clients and proxies take silence for a dead connection
RETRY = (1000, 3000)  # milliseconds, drawn anew each time: a restart's clients do not all come back at once


class Stream:
    """A mailbox that the hub fills and the connection's thread empties.

    `behind` says that there may be events after `position`; whoever learns of some sets it, and the hub's reader
    clears it right before it looks, so that what is told meanwhile makes it look again.
    """

    def __init__(
        self, position: Position, session_id: str, seconds: float, connection: socket | None, hungry: Callable[[], None]
    ) -> None:
        self.position = position
        self.session_id = session_id
        self.connection = connection
        self.behind = True
        self._ends_at = monotonic() + seconds
        self._hungry = hungry
        self._events: list[Event] = []
        self._ended = False
        self._changed = Condition()

    @property
    def is_hungry(self) -> bool:
        """Whether to look for its next events: not while its client has not taken the last ones."""
        return self.behind and not self._events

    def put(self, events: Sequence[Event]) -> None:
        """Hand over the events after `position`."""
        with self._changed:
            self._events.extend(events)
            self.position = events[-1].position
            self._changed.notify()

    def end(self) -> None:
        """End it as soon as what it holds is written."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def frames(self) -> Iterator[bytes]:
        """What to write, waiting for it; stops when the stream has ended or its token expired."""
        yield f"retry: {random.randint(*RETRY)}\n: hello\n\n".encode()  # noqa: S311 - spreads load
        while (left := self._ends_at - monotonic()) > 0:
            events = self._take(min(HEARTBEAT, left))
            if events:
                yield b"".join(event.frame for event in events)
                if self.behind:
                    self._hungry()
            elif self._ended:
                return
            else:
                yield b": still here\n\n"

    def _take(self, seconds: float) -> list[Event]:
        with self._changed:
            self._changed.wait_for(lambda: self._events or self._ended, seconds)
            taken, self._events = self._events, []
            return taken
