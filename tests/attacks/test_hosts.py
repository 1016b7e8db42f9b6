"""A request may claim to be for any host: no link, no notice and no page follows it there."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode, urlsplit
from urllib.request import Request

import pytest

from shared.order_status import OrderStatus
from shared.payments.sandbox.delivery import deliver
from tests.conftest import close
from tests.payments.conftest import fields_of
from tests.payments.test_loopback import BROWSER
from tests.processes import web
from tests.shop import shopper
from webapp import create_app

PUBLIC = "https://shop.example"
FOREIGN = [
    "evil.example",
    "shop.example.evil.example",
    "evil.example:443",
    "169.254.169.254",
    "[::ffff:a9fe:a9fe]",
    "x y",
]


class Victim(ThreadingHTTPServer):
    """A server of somebody else's; it writes down who comes by, and sends them on to `location`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Trap)
        self.visits: list[str] = []
        self.location = ""


class _Trap(BaseHTTPRequestHandler):
    server: Victim

    def do_POST(self) -> None:
        self.server.visits.append(self.path)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(302 if self.server.location else 200)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()
        self.wfile.write(b"success")

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def victims() -> Iterator[list[Victim]]:
    servers = [Victim(), Victim()]
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    yield servers
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("host", FOREIGN)
def test_links_do_not_follow_the_host(u1, till, host):
    order = u1.ordered(2)
    answer = u1.get(f"/payments/alipay/{order['order_number']}/", headers={"Host": host})
    assert answer.status_code == 200, answer.text
    fields = fields_of(answer.json["link"])
    for url in (answer.json["link"], fields["notify_url"], fields["return_url"]):
        assert urlsplit(url).hostname == "127.0.0.1"


@pytest.fixture
def public(settings, school_data) -> Iterator:
    app = create_app(replace(settings, public_url=PUBLIC))
    yield app
    close(app)


@pytest.mark.parametrize("host", FOREIGN)
def test_a_shop_that_knows_its_name_answers_to_no_other(public, host):
    client = public.test_client()
    for path in ("/", "/courses/", "/admin/login/", "/payments/alipay/1/", "/openapi.json", "/nowhere"):
        answer = client.get(path, headers={"Host": host})
        assert (answer.status_code, answer.json["code"]) == (400, "untrusted_host"), path
    for path in ("/healthz", "/readyz", "/metrics"):
        assert client.get(path, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["shop.example", "SHOP.example:8443", "localhost:8000", "127.0.0.1", "[::1]:8000", "[::1]"]
)
def test_it_answers_to_its_own_and_on_the_loopback(public, host):
    u1 = shopper(public, "u1")
    assert u1.get("/courses/", headers={"Host": host}).status_code == 200
    order = _ordered(u1, host)
    link = u1.get(f"/payments/alipay/{order}/", headers={"Host": host}).json["link"]
    assert link.startswith(f"{PUBLIC}/sandbox/cashier/")
    assert fields_of(link)["notify_url"] == f"{PUBLIC}/payments/alipay/notify/"


def _ordered(buyer, host: str) -> str:
    buyer.post("/cart/", {"course_id": 2}, headers={"Host": host})
    return buyer.post("/orders/", {"pay_type": 0}, headers={"Host": host}).json["order_number"]


def test_a_notice_follows_no_redirect(victims):
    first, second = victims
    first.location = f"http://127.0.0.1:{second.server_port}/internal"
    deliver(f"http://127.0.0.1:{first.server_port}/", {"a": "b"})
    assert first.visits
    assert second.visits == []


@pytest.mark.processes
def test_the_cashier_calls_nobody_but_us(settings, app, u1, victims, tmp_path):
    """The link is asked for with another port of this machine for a host; its money is told to us all the same."""
    victim = victims[0]
    order = u1.ordered(2)
    with web(settings, tmp_path) as site:
        asked = Request(
            f"{site.url}/payments/alipay/{order['order_number']}/",
            headers={"Authorization": f"Bearer {u1.token}", "Host": f"127.0.0.1:{victim.server_port}"},
        )
        with BROWSER.open(asked, timeout=10) as answer:
            link = answer.read().decode().split('"')[3]
        bill = urlencode(fields_of(link)).encode()
        with pytest.raises(OSError, match="303"):
            BROWSER.open(f"{site.url}/sandbox/cashier/", bill, timeout=10)
    assert victim.visits == []
    assert u1.get(f"/orders/{order['id']}/").json["order_status"] == OrderStatus.PAID
