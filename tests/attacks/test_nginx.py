"""The shop behind the nginx of docs/deployment.md: the page's story, and what strangers try, through it."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import pytest

from embedded.nginx import NGINX, Nginx, nginx
from embedded.process import wait_for
from shared.order_status import OrderStatus
from tests import processes
from tests.attacks.sockets import HALF_A_HEAD, half_a_body, rest_of

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed on this machine"),
]

PATIENCE = 30.0  # seconds; a bound against hanging, not a measurement
STRANGER = "127.0.0.2"
PASSWORD = "a passphrase of some length"


@pytest.fixture
def front(settings, school_data, tmp_path) -> Iterator[Nginx]:
    built = tmp_path / "dist" / "assets"
    built.mkdir(parents=True)
    (built / "page-1a2b.js").write_text("// the page")
    with (
        processes.web(settings, tmp_path, TRUSTED_PROXIES=1, RATE_LIMITS="on") as web,
        nginx(tmp_path, web.port, built.parent) as front,
    ):
        yield front


class Visitor:
    """Somebody who talks to nginx."""

    def __init__(self, front: Nginx, source: str = "127.0.0.1") -> None:
        self.front = front
        self.source = source
        self.token = ""

    def send(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer."""
        headers = {name.replace("_", "-"): text for name, text in headers.items()}
        headers |= {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        with closing(self.front.connect(self.source)) as connection:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()

    def json(self, method: str, path: str, body: object = None, status: int = 200):
        answer = self.send(method, path, body)
        assert answer[0] == status, answer
        return json.loads(answer[2])

    def registers(self, name: str) -> None:
        credentials = {"username": name, "password": PASSWORD}
        self.json("POST", "/users/register/", credentials, 201)
        self.token = self.json("POST", "/users/login/", credentials)["token"]


def opened(front: Nginx, beginning: bytes) -> ssl.SSLSocket:
    """A stranger's connection that has sent this and does nothing more."""
    plain = socket.create_connection(("127.0.0.1", front.port), PATIENCE, (STRANGER, 0))
    connection = front.tls.wrap_socket(plain, server_hostname="localhost")
    connection.sendall(beginning.replace(b"Host: shop", b"Host: localhost"))
    return connection


def test_the_pages_story(front):
    visitor = Visitor(front)
    visitor.registers("somebody")
    with closing(front.connect()) as stream:
        stream.request("GET", "/orders/events/", headers={"Authorization": f"Bearer {visitor.token}"})
        heard = stream.getresponse()
        assert (heard.status, heard.readline()[:6]) == (200, b"retry:"), "it arrives although no event is there yet"

        def hear() -> dict:
            while not (line := heard.readline()).startswith(b"data:"):
                assert line, "the stream has ended"
            return json.loads(line[5:])

        visitor.json("POST", "/cart/", {"course_id": 2}, 201)
        order = visitor.json("POST", "/orders/", {"pay_type": 0, "user_coupon_id": -1, "credit": 0}, 201)
        assert hear()["order_status"] == OrderStatus.UNPAID
        number = order["order_number"]
        bill = urlsplit(visitor.json("GET", f"/payments/alipay/{number}/")["link"])
        assert (bill.scheme, bill.hostname) == ("https", "localhost")
        assert visitor.send("POST", f"{bill.path}?{bill.query}")[0] == 303
        assert wait_for(lambda: visitor.send("GET", f"/payments/alipay/query/{number}/")[0] == 200, PATIENCE)
        assert hear()["order_status"] == OrderStatus.PAID


def test_what_is_open_and_what_is_not(front):
    visitor = Visitor(front)
    assert visitor.send("GET", "/metrics")[0] == 404
    status, headers, page = visitor.send("GET", "/assets/page-1a2b.js")
    assert (status, page, headers["Cache-Control"]) == (200, b"// the page", "public, max-age=31536000, immutable")
    assert visitor.send("GET", "/assets/../nginx.conf")[0] in (400, 404)
    status, headers, _ = visitor.send("GET", "/readyz")
    assert (status, headers["Strict-Transport-Security"]) == (200, "max-age=31536000")
    status, headers, body = visitor.send("POST", "/users/login/", "x" * 3_000_000)
    assert (status, headers["Content-Type"]) == (413, "application/problem+json")
    assert json.loads(body)["code"] == "too_large"

    with closing(HTTPConnection("127.0.0.1", front.plain_port, timeout=PATIENCE)) as plain:
        plain.request("GET", "/courses/", headers={"Host": "localhost"})
        moved = plain.getresponse()
        assert (moved.status, moved.headers["Location"]) == (308, "https://localhost/courses/")
        plain.close()
        plain.request("GET", "/courses/", headers={"Host": "evil.example"})
        with pytest.raises(HTTPException):
            plain.getresponse()


def test_it_speaks_http_2_and_knows_its_name(front):
    front.tls.set_alpn_protocols(["h2"])
    with opened(front, b"") as connection:
        assert connection.selected_alpn_protocol() == "h2"
    front.tls.check_hostname = False
    plain = socket.create_connection(("127.0.0.1", front.port), PATIENCE)
    with plain, pytest.raises(ssl.SSLError):
        front.tls.wrap_socket(plain, server_hostname="evil.example")


def test_an_address_cannot_be_made_up(front):
    guess = {"username": "u1", "password": "wrong"}
    stranger = Visitor(front, STRANGER)
    answers = [
        stranger.send("POST", "/users/login/", guess, X_Forwarded_For=f"192.0.2.{number}")[0] for number in range(11)
    ]
    assert answers == [401] * 10 + [429]
    assert Visitor(front).send("POST", "/users/login/", guess | {"password": "secret-1"})[0] == 200


def test_half_requests_cost_nobody_else_anything(front):
    beginnings = [b"", HALF_A_HEAD, half_a_body("/users/login/"), half_a_body("/payments/alipay/notify/")] * 50
    with ExitStack() as stack:
        slow = [stack.enter_context(opened(front, beginning)) for beginning in beginnings]
        assert {Visitor(front).send("GET", "/courses/")[0] for _ in range(20)} == {200}
        for connection in slow:
            assert rest_of(connection)[:12] in (b"", b"HTTP/1.1 408", b"HTTP/1.1 429")


def test_one_address_has_only_so_many_requests_at_a_time(front):
    with ExitStack() as stack:
        for _ in range(110):
            stack.enter_context(opened(front, half_a_body("/users/login/")))
        status, headers, body = Visitor(front, STRANGER).send("GET", "/courses/")
        assert (status, headers["Retry-After"], json.loads(body)["code"]) == (429, "1", "too_many_requests")
        assert Visitor(front).send("GET", "/courses/")[0] == 200
