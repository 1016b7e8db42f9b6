"""How long the web process waits for slow clients, by a clock of the test's."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

import gunicorn_worker
from gunicorn_worker import ANSWER, HEAD, Patience, Waits

PATIENCE = Patience(seconds=10, most=2, crowded=1)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(gunicorn_worker, "monotonic", clock)
    return clock


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    """Ours and theirs."""
    pairs = [socket.socketpair() for _ in range(3)]
    yield pairs
    for ours, theirs in pairs:
        ours.close()
        theirs.close()


def is_cut(theirs: socket.socket) -> bool:
    """Whether nobody takes any more what it sends."""
    try:
        theirs.send(b"x")
    except BrokenPipeError:
        return True
    return False


def test_a_client_has_its_seconds_and_no_more(clock, pairs):
    waits, [(ours, theirs), *_] = Waits(PATIENCE, socket.SHUT_RD), pairs
    waits.begin(ours)
    clock.now += 9.9
    waits.begin(ours)  # begins nothing anew
    waits.cut_off()
    assert not is_cut(theirs)
    clock.now += 0.2
    waits.cut_off()
    assert is_cut(theirs)


def test_who_is_done_is_left_alone(clock, pairs):
    waits, [(ours, theirs), *_] = Waits(PATIENCE, socket.SHUT_RD), pairs
    waits.begin(ours)
    waits.end(ours)
    clock.now += 100
    waits.cut_off()
    assert not is_cut(theirs)


def test_in_a_crowd_the_longest_go_first_until_it_is_none(clock, pairs):
    waits = Waits(PATIENCE, socket.SHUT_RD)
    for ours, _ in pairs:
        waits.begin(ours)
        clock.now += 1.1
    waits.cut_off()
    assert [is_cut(theirs) for _, theirs in pairs] == [True, False, False]


def test_a_write_that_nobody_takes_ends(clock):
    waits = Waits(ANSWER, socket.SHUT_RDWR)
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as theirs,
        server.accept()[0] as ours,
        ThreadPoolExecutor(1) as pool,
    ):
        waits.begin(ours)
        write = pool.submit(ours.sendall, b"x" * 50_000_000)
        assert theirs.recv(1) == b"x"
        clock.now += ANSWER.seconds
        waits.cut_off()
        assert isinstance(write.exception(timeout=30), OSError)


def test_a_read_of_which_nothing_comes_ends(clock):
    waits, (ours, theirs) = Waits(HEAD, socket.SHUT_RD), socket.socketpair()
    with ours, theirs, ThreadPoolExecutor(1) as pool:
        waits.begin(ours)
        read = pool.submit(ours.recv, 100)
        clock.now += HEAD.seconds
        waits.cut_off()
        assert read.result(timeout=30) == b""


def test_a_connection_that_is_closed_meanwhile_does_no_harm(clock):
    waits, (ours, theirs) = Waits(PATIENCE, socket.SHUT_RD), socket.socketpair()
    with closing(theirs):
        waits.begin(ours)
        ours.close()
        clock.now += 100
        waits.cut_off()
