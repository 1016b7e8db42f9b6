"""Clients that stop in the middle, or never hang up, cost nobody but themselves. On the real web process."""

import re
from collections.abc import Iterator

import pytest

from tests import processes
from tests.attacks.sockets import (
    GOODBYE,
    HALF_A_HEAD,
    NOT_HTTP,
    half_a_body,
    half_a_chunk,
    opened,
    rest_of,
    status_of,
)
from tests.processes import Process

pytestmark = pytest.mark.processes

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def web(settings, school_data, tmp_path) -> Iterator[Process]:
    with processes.web(settings, tmp_path) as web:
        yield web


def beginnings(token: str) -> list[bytes]:
    """One of each kind that stops in the middle."""
    return [
        b"",
        HALF_A_HEAD,
        half_a_body("/orders/", token=token),
        half_a_body("/orders/"),
        half_a_body("/users/login/"),
        half_a_body("/payments/alipay/notify/", FORM),
        half_a_chunk("/payments/alipay/notify/"),
        half_a_body("/sandbox/cashier/", FORM),
        half_a_body("/admin/login/", FORM),
        half_a_body("/healthz"),
        half_a_body("/nowhere"),
    ]


def is_no_service(answer: bytes) -> bool:
    """Whether it is what a client that stopped in the middle may get: nothing, or that it was bad or late."""
    return answer == b"" or re.match(rb"HTTP/1\.1 4(00|01|08|04|05) ", answer) is not None


@pytest.mark.parametrize("words", [GOODBYE, NOT_HTTP])
def test_clients_that_do_not_hang_up_delay_nobody(web, words):
    with opened(web.port, [words] * 60):
        for _ in range(5):
            assert status_of(web.port) == 200


def test_half_requests_hold_nothing_that_others_need(web, u1):
    with opened(web.port, beginnings(u1.token) * 8) as slow:
        for _ in range(5):
            assert status_of(web.port) == 200
            assert status_of(web.port, "/orders/quote/", "POST", {}, u1.token) == 400
        answers = [rest_of(connection) for connection in slow]
    assert [answer for answer in answers if not is_no_service(answer)] == []
    assert b"HTTP/1.1 408 " in b"".join(answers)
    assert status_of(web.port) == 200
    assert "Traceback" not in web.log.read_text()


def test_two_thousand_half_requests_are_too_few_to_stop_it(web, u1):
    with opened(web.port, [HALF_A_HEAD, half_a_body("/orders/", token=u1.token)] * 1000):
        assert {status_of(web.port) for _ in range(20)} == {200}


def test_a_drop_now_and_then_buys_no_time(web):
    with opened(web.port, [half_a_body("/users/login/")]) as [connection]:
        connection.settimeout(0.5)
        for _ in range(int(60 / 0.5)):
            try:
                connection.sendall(b" ")
                answer = connection.recv(65536)
            except TimeoutError:
                continue
            except ConnectionError:
                answer = b""
            assert is_no_service(answer)
            return
    pytest.fail("it may go on for ever")


@pytest.mark.parametrize("path", ["/users/login/", "/payments/alipay/notify/"])
def test_a_body_without_end_is_too_large(client, path):
    class Endless:
        def read(self, size: int = -1) -> bytes:
            assert size > 0
            return b"x" * size

    environ = {"wsgi.input": Endless(), "wsgi.input_terminated": True}
    answer = client.post(path, headers={"Transfer-Encoding": "chunked"}, environ_overrides=environ)
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_bad_chunks_are_the_clients_mistake(web):
    chunked = b"POST /users/login/ HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n"
    bodies = [
        b"xyz\r\n\r\n",
        b"-1\r\n",
        b"5\r\nabcdefgh\r\n0\r\n\r\n",
        b"5;\x00\r\nabcde\r\n0\r\n\r\n",
        b"f" * 40 + b"\r\n",
    ]
    with opened(web.port, [chunked + body for body in bodies]) as connections:
        assert [rest_of(connection)[:12] for connection in connections] == [b"HTTP/1.1 400"] * len(bodies)
