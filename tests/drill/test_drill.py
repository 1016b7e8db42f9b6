"""The drill: a short seeded run, a build that is broken on purpose, and the parts that its verdict rests on."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import count

import pytest

from config import ROOT
from drill import serving
from drill.proxy import Network
from drill.serving import DATABASE, Serving

SECONDS = 20
NO_TIMING = "600"  # seconds: how late is judged by `make drill`, on a machine that does nothing else


@pytest.fixture
def drill(tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a drill, with its files where they are cleared away."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        # The tests beside it come first: some of them bound what a user may have to wait.
        command = ["nice", sys.executable, "-m", "drill", f"--seconds={SECONDS}", f"--bound={NO_TIMING}", *arguments]
        environment = os.environ | {"TMPDIR": str(tmp_path)}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    return run


@pytest.mark.processes
def test_whatever_breaks_the_books_agree(drill):
    done = drill("--seeds", "5")
    assert "0 violations" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


@pytest.mark.processes
def test_a_build_that_believes_every_event_is_found_out(drill):
    done = drill("--seeds", "5", "--broken", "guard")
    assert "VIOLATION: " in done.stdout, done.stdout + done.stderr
    assert "History of order" in done.stdout
    assert done.returncode == 1


def test_the_longest_time_of_service(monkeypatch):
    moments = count(10, 10)
    monkeypatch.setattr(serving, "time", lambda: float(next(moments)))
    served = Serving(["a", "b"])
    served.set("a", "killed", True)  # b still works
    served.set("b", "killed", True)  # nobody does from 10 on
    served.set("b", "killed", False)  # at 20
    served.set(DATABASE, "killed", True)  # at 30
    served.set(DATABASE, "killed", False)  # at 40
    assert served.longest_within(0, 5) == 5
    assert served.longest_within(12, 18) == 0
    assert served.longest_within(8, 26) == 6
    assert served.longest_within(8, 100) == 60


@pytest.fixture
def carried():
    """A connection through a proxy: the client's end, the server's end, the proxy."""
    network = Network()
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        proxy = network.proxy(server.getsockname()[1])
        with closing(socket.create_connection(("127.0.0.1", proxy.port), 20)) as client:
            other, _ = server.accept()
            with closing(other):
                yield client, other, proxy
    network.close()


def test_a_proxy_carries_swallows_and_cuts(carried):
    client, server, proxy = carried
    server.settimeout(20)
    client.sendall(b"one")
    assert server.recv(10) == b"one"
    proxy.swallow()
    client.sendall(b"two")
    server.setblocking(False)
    with pytest.raises(BlockingIOError):
        server.recv(10)
    server.settimeout(20)
    proxy.let_through()
    assert server.recv(10) == b"two"
    proxy.cut()
    with pytest.raises(ConnectionResetError):
        client.recv(10)
