"""What systemd hears of a listener."""

import socket
from threading import Event, Thread

import pytest

from expiry_listener.service_manager import ServiceManager
from expiry_listener.status import STUCK

PATIENCE = 30.0  # seconds; a bound against hanging


@pytest.fixture
def systemd(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(PATIENCE)
        yield listening


@pytest.fixture
def environ(systemd):
    return {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "2000"}


def test_it_hears_of_start_and_end(systemd, environ):
    manager = ServiceManager(environ)
    manager.ready()
    manager.stopping()
    assert [systemd.recv(64), systemd.recv(64)] == [b"READY=1", b"STOPPING=1"]


def test_the_watchdog_is_fed_again_and_again_while_the_listener_is_alive(systemd, environ):
    stop = Event()
    feeding = Thread(target=ServiceManager(environ).feed_until, args=(stop, lambda: True))
    feeding.start()
    heard = [systemd.recv(64) for _ in range(3)]
    stop.set()
    feeding.join(PATIENCE)
    assert heard == [b"WATCHDOG=1"] * 3
    assert not feeding.is_alive()


def test_a_listener_that_is_stuck_does_not_feed_it(systemd, environ):
    stop, looks = Event(), []

    def is_stuck() -> bool:
        looks.append(None)
        if len(looks) == 3:
            stop.set()
        return False

    ServiceManager(environ).feed_until(stop, is_stuck)
    systemd.setblocking(False)
    with pytest.raises(BlockingIOError):
        systemd.recv(64)


def test_without_systemd_nothing_is_said_and_the_end_is_waited_for():
    stop = Event()
    stop.set()
    manager = ServiceManager({})
    manager.ready()
    manager.feed_until(stop, lambda: pytest.fail("nobody asks"))


def test_a_service_manager_that_is_gone_stops_nothing(tmp_path, caplog):
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()
    assert "does not hear us" in caplog.text


def test_alive_is_who_begins_sweeps(status):
    assert status.is_alive()
    status.looked -= status.sweep_interval + STUCK
    assert not status.is_alive()
