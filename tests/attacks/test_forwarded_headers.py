"""What a header says about the sender counts as far as TRUSTED_PROXIES goes, and nothing moves a path."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from flask import Flask, request

from tests import processes
from tests.attacks.sockets import opened, rest_of
from tests.conftest import close
from webapp import create_app

FORGED = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
MOVING = {"X-Forwarded-Prefix": "/moved", "X-Forwarded-Port": "1", "Forwarded": "for=192.0.2.9;host=evil.example"}
ODD = ["", ",", "a b", "[::1", "::", "x:y:z", "host:port", "\xff", "a" * 5000, "http://x", "1.2.3.4:80, 5.6.7.8:x"]


@pytest.fixture
def behind(settings) -> Iterator[Callable[[int], Flask]]:
    """An app that says who it takes the sender for, behind so many proxies."""
    with ExitStack() as stack:

        def start(proxies: int) -> Flask:
            app = create_app(replace(settings, trusted_proxies=proxies))
            stack.callback(close, app)
            app.get("/test/seen/")(lambda: [request.remote_addr, request.host_url, request.path])
            return app

        yield start


def test_nobody_is_believed_unless_told_so(behind):
    seen = behind(0).test_client().get("/test/seen/", headers=FORGED | MOVING)
    assert seen.json == ["127.0.0.1", "http://localhost/", "/test/seen/"]
    assert "Strict-Transport-Security" not in seen.headers


def test_one_proxy_is_believed_about_its_own_words_alone(behind):
    said = {name: f"forged.example, {text}" for name, text in FORGED.items()}
    seen = behind(1).test_client().get("/test/seen/", headers=said | MOVING)
    assert seen.json == ["192.0.2.1", "https://evil.example/", "/test/seen/"]
    assert "Strict-Transport-Security" in seen.headers


def test_two_proxies_are_believed_if_both_have_spoken(behind):
    client = behind(2).test_client()
    assert client.get("/test/seen/", headers=FORGED).json[0] == "127.0.0.1"
    said = {name: f"{text}, 10.0.0.1" for name, text in FORGED.items()}
    assert client.get("/test/seen/", headers=said).json[0] == "192.0.2.1"


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"])
def test_nonsense_of_a_proxy_is_no_mistake_of_ours(behind, name):
    client = behind(1).test_client()
    for text in ODD:
        for path in ("/healthz", "/nowhere/", "/users/login/", "/admin/"):
            assert client.get(path, headers={name: text}).status_code < 500, (text, path)


@pytest.mark.processes
@pytest.mark.parametrize(
    "line", ["SCRIPT_NAME: /users", "PATH_INFO: /healthz", "Script-Name: /users", "X-Forwarded-Prefix: /users"]
)
def test_no_header_moves_a_path(settings, tmp_path, line):
    with processes.web(settings, tmp_path, TRUSTED_PROXIES=1) as web:
        asked = [
            f"GET {path} HTTP/1.1\r\nHost: x\r\n{line}\r\nConnection: close\r\n\r\n" for path in ("/users/me/", "/no")
        ]
        with opened(web.port, [text.encode() for text in asked]) as connections:
            assert [rest_of(connection)[:12] for connection in connections] == [b"HTTP/1.1 401", b"HTTP/1.1 404"]


@pytest.mark.processes
def test_the_server_believes_no_header_either(settings, tmp_path):
    with processes.web(settings, tmp_path) as web:
        asked = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
        with opened(web.port, [asked]) as [connection]:
            assert b"Strict-Transport-Security" not in rest_of(connection)
