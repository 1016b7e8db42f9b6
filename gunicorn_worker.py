"""Gunicorn's threaded worker, which by itself waits for its clients without end.

A thread of the pool reads a request and writes the answer on a blocking socket. Here each of these waits has an end,
and an earlier one when many wait at the same time: however many sockets somebody opens, threads are left for others.
"""

from contextlib import suppress
from socket import SHUT_RD, SHUT_RDWR, socket
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple

from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

EVENT_STREAM = "/orders/events/"


class Patience(NamedTuple):
    """How many seconds a client may take, and how many while more than `most` are waited for."""

    seconds: float
    most: int
    crowded: float


HEAD = Patience(10.0, 128, 0.5)
BODY = Patience(15.0, 128, 0.5)
ANSWER = Patience(60.0, 128, 10.0)
MOST_WAITED_FOR = HEAD.most + BODY.most + ANSWER.most


class Waits:
    """Clients that threads wait for; those that took too long are cut off."""

    def __init__(self, patience: Patience, how: int) -> None:
        self._patience = patience
        self._how = how
        self._since: dict[socket, float] = {}  # the longest first
        self._lock = Lock()

    def begin(self, client: socket) -> None:
        """Wait for this client from now on; does not begin anew while it is waited for."""
        with self._lock:
            self._since.setdefault(client, monotonic())

    def end(self, client: socket) -> None:
        """Wait for this client no longer."""
        with self._lock:
            self._since.pop(client, None)

    def cut_off(self) -> None:
        """Shut the connections of those that took too long: who waits for them sees their end."""
        for client in self._overdue(monotonic()):
            with suppress(OSError):
                client.shutdown(self._how)

    def _overdue(self, now: float) -> list[socket]:
        overdue = []
        with self._lock:
            for client, since in list(self._since.items()):
                crowded = len(self._since) > self._patience.most
                if now - since < (self._patience.crowded if crowded else self._patience.seconds):
                    break
                overdue.append(client)
                del self._since[client]
        return overdue


class Worker(ThreadWorker):
    """Cuts off whoever is slow to send a request or to take its answer, and waits for nobody to hang up."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._heads = Waits(HEAD, SHUT_RD)
        self._bodies = Waits(BODY, SHUT_RD)
        self._answers = Waits(ANSWER, SHUT_RDWR)

    def enqueue_req(self, conn: Any) -> None:
        self._heads.begin(conn.sock)
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        try:
            outcome = super().handle(conn)
        finally:
            for waits in (self._heads, self._bodies, self._answers):
                waits.end(conn.sock)
        if outcome is False:
            # Else the worker's only loop waits up to two seconds for each client that does not hang up.
            with suppress(OSError):
                conn.sock.shutdown(SHUT_RD)
        return outcome

    def handle_request(self, req: Any, conn: Any) -> Any:
        self._heads.end(conn.sock)
        if req.path != EVENT_STREAM:
            self._answers.begin(conn.sock)
        req.body.reader = Reader(req.body.reader, self._bodies, conn.sock)
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """Goes with every turn of the loop, at least once a second."""
        super().murder_pending()
        for waits in (self._heads, self._bodies, self._answers):
            waits.cut_off()


class Reader:
    """Reads a body as gunicorn's own reader does, with one deadline for all of it."""

    def __init__(self, reader: Any, waits: Waits, client: socket) -> None:
        self._reader = reader
        self._waits = waits
        self._client = client

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, fewer when the client was cut off. Raises OSError when it sends nonsense."""
        self._waits.begin(self._client)
        try:
            data: bytes = self._reader.read(size)
        except ParseException as error:
            raise OSError(str(error)) from error
        if len(data) < size:
            self._waits.end(self._client)
        return data
