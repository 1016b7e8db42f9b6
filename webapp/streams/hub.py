"""All open streams of a process, and the one reader that fills them."""

import logging
import select
from collections.abc import Iterable, Sequence
from socket import socket
from threading import Event, Lock, Thread
from time import monotonic

from prometheus_client import Gauge
from redis import Redis
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from config import most_streams
from webapp.streams.event_log import CHUNK, EventLog, Position
from webapp.streams.stream import HEARTBEAT, Stream
from webapp.streams.subscriber import Subscriber

MOST_PER_USER = 10
TICK = 1.0  # seconds between looks for clients that are gone, and at the database while Redis is away
PATROL = 10.0  # seconds between looks at the database for what Redis did not tell; less than a heartbeat
TOGETHER = 200  # streams that one query reads for

OPEN = Gauge("event_streams_open", "Open event streams", multiprocess_mode="livesum")

log = logging.getLogger(__name__)


class TooManyOfOneUser(TooManyRequests):
    """The user has as many streams as a user may have. Closing their oldest would make two tabs fight for ever."""

    data = {"code": "too_many_streams"}

    def __init__(self) -> None:
        super().__init__(f"At most {MOST_PER_USER} streams for one user.", retry_after=int(2 * HEARTBEAT))


class Full(ServiceUnavailable):
    """The process has as many streams as it can have, or is about to end."""

    data = {"code": "streams_full"}

    def __init__(self) -> None:
        super().__init__("No more streams here; try again in a moment.", retry_after=5)


class Hub:
    """Opens streams and closes them. Its threads start with the first one."""

    def __init__(self, event_log: EventLog, redis: Redis) -> None:
        self._log = event_log
        self._subscriber = Subscriber(redis, self._news_of, self._look_at_all)
        self._streams: dict[int, set[Stream]] = {}
        self.count = 0
        self._lock = Lock()
        self._news = Event()
        self._stop = Event()
        self._threads: list[Thread] = []

    def open(self, position: Position, session_id: str, seconds: float, connection: socket | None) -> Stream:
        """Return a stream that lives so many seconds at most; the caller hands it to `close` in the end.

        Raises TooManyOfOneUser or Full.
        """
        stream = Stream(position, session_id, seconds, connection, hungry=self._news.set)
        with self._lock:
            own = self._streams.get(position.user_id, set())
            if self._stop.is_set() or self.count >= most_streams():
                raise Full
            if len(own) >= MOST_PER_USER:
                raise TooManyOfOneUser
            self._streams.setdefault(position.user_id, own).add(stream)
            self.count += 1
            self._start_threads()
        OPEN.inc()
        self._news.set()
        return stream

    def close(self, stream: Stream) -> None:
        """Forget a stream whose connection ends; a second time changes nothing."""
        user_id = stream.position.user_id
        with self._lock:
            own = self._streams.get(user_id, set())
            if stream not in own:
                return
            own.remove(stream)
            if not own:
                del self._streams[user_id]
            self.count -= 1
        OPEN.dec()

    def shut_down(self) -> None:
        """End all streams, now, and open no more."""
        self._stop.set()
        self._subscriber.stop()
        self._news.set()
        for stream in self._all():
            stream.end()

    def _start_threads(self) -> None:
        if not self._threads:
            runs = {"stream-reader": self._run, "stream-subscriber": self._subscriber.run}
            self._threads = [Thread(target=run, name=name, daemon=True) for name, run in runs.items()]
            for thread in self._threads:
                thread.start()

    def _news_of(self, user_ids: Iterable[int]) -> None:
        with self._lock:
            concerned = [stream for user_id in user_ids for stream in self._streams.get(user_id, ())]
        self._look_for(concerned)

    def _look_at_all(self) -> None:
        self._look_for(self._all())

    def _look_for(self, streams: Sequence[Stream]) -> None:
        for stream in streams:
            stream.behind = True
        if streams:
            self._news.set()

    def _all(self) -> list[Stream]:
        with self._lock:
            return [stream for own in self._streams.values() for stream in own]

    def _run(self) -> None:
        """Fill the streams until told to stop; what fails is tried again."""
        ticked = patrolled = monotonic()
        while not self._stop.is_set():
            self._news.wait(TICK)
            self._news.clear()
            now = monotonic()
            try:
                if now - ticked >= TICK:
                    ticked = now
                    end_those_gone(self._all())
                if now - patrolled >= (PATROL if self._subscriber.listening else TICK):
                    patrolled = now
                    self._end_logged_out()
                    self._look_at_all()
                self._read()
            except SQLAlchemyError as error:
                log.warning("the event log cannot be read: %s", error)
                self._stop.wait(TICK)
            except Exception:
                log.exception("the reader of the event log failed")
                self._stop.wait(TICK)

    def _read(self) -> None:
        hungry = [stream for stream in self._all() if stream.is_hungry]
        for start in range(0, len(hungry), TOGETHER):
            self._read_for(hungry[start : start + TOGETHER])

    def _read_for(self, streams: Sequence[Stream]) -> None:
        for stream in streams:
            stream.behind = False
        try:
            found = self._log.after([stream.position for stream in streams])
        except Exception:
            for stream in streams:
                stream.behind = True
            raise
        for stream, events in zip(streams, found, strict=True):
            if len(events) >= CHUNK:
                stream.behind = True
            if events:
                stream.put(events)

    def _end_logged_out(self) -> None:
        streams = self._all()
        if streams:
            ended = self._log.ended([stream.session_id for stream in streams])
            for stream in streams:
                if stream.session_id in ended:
                    stream.end()


def end_those_gone(streams: Sequence[Stream]) -> None:
    """End the streams whose clients have hung up; without it their threads would notice at the second heartbeat."""
    poller = select.poll()
    by_descriptor = {}
    for stream in streams:
        if stream.connection is not None and (descriptor := stream.connection.fileno()) >= 0:
            poller.register(descriptor, getattr(select, "POLLRDHUP", select.POLLHUP))
            by_descriptor[descriptor] = stream
    for descriptor, _ in poller.poll(0):
        by_descriptor[descriptor].end()
