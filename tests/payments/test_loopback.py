"""The cashier in a web process of one worker, whose notice comes back to itself over real HTTP."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest

from embedded.process import free_port, wait_for
from shared.order_status import OrderStatus
from tests.payments.conftest import Forms
from tests.shop import Shopper, shopper

pytestmark = pytest.mark.processes


class Stay(HTTPRedirectHandler):
    """Follows nothing."""

    def redirect_request(self, *_: object) -> None:
        return None


BROWSER = build_opener(Stay)


def get(url: str, **headers: str) -> tuple[int, str]:
    try:
        with BROWSER.open(Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except OSError as error:
        return getattr(error, "code", 0), ""


@pytest.fixture
def site(database_url, redis_url, redis, app, school_data, tmp_path) -> Iterator[str]:
    """The URL of a web process with one worker and two threads. Its tokens are the app's."""
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "PAYMENT_PROVIDER": "sandbox",
        "REDIS_URL": redis_url,
        "JWT_SECRET_KEY": app.config["JWT_SECRET_KEY"],
        "PORT": str(port),
    }
    command = [str(Path(sys.executable).with_name("gunicorn")), "wsgi:app", "--workers", "1", "--threads", "2"]
    log = (tmp_path / "web.log").open("wb")
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        assert wait_for(lambda: get(f"{url}/readyz")[0] == 200, 30)
        yield url
    finally:
        process.terminate()
        assert process.wait(10) == 0
        log.close()


def link_of(site: str, buyer: Shopper, order: dict) -> str:
    status, body = get(f"{site}/payments/alipay/{order['order_number']}/", Authorization=f"Bearer {buyer.token}")
    assert status == 200
    return body.split('"')[3]


def is_paid(buyer: Shopper, order: dict) -> bool:
    return bool(buyer.get(f"/orders/{order['id']}/").json["order_status"] == OrderStatus.PAID)


def test_the_notice_arrives_before_the_browser_is_back(site, u1: Shopper):
    order = u1.ordered(2)
    link = link_of(site, u1, order)
    assert link.startswith(f"{site}/sandbox/cashier/?")
    _, action, fields = Forms(get(link)[1]).found[0]
    with pytest.raises(OSError, match="303"):
        BROWSER.open(site + action, urlencode(fields).encode(), timeout=10)
    assert is_paid(u1, order)
    assert 'late_payments_total{outcome="honoured"} 0.0' in get(f"{site}/metrics")[1]


def test_two_at_the_till_at_once_hold_each_other_up_only_for_a_moment(site, app, u1: Shopper):
    """Both threads wait for a notice that needs a third: they give up, and the notices are brought again."""
    orders = [u1.ordered(2), shopper(app, "u2").ordered(2)]
    links = [link_of(site, buyer, order) for buyer, order in zip((u1, shopper(app, "u2")), orders, strict=True)]

    def pay(link: str) -> int:
        try:
            return int(BROWSER.open(link, b"", timeout=10).status)
        except OSError as error:
            return getattr(error, "code", 0)

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(pay, links)) == [303, 303]
    for buyer, order in zip((u1, shopper(app, "u2")), orders, strict=True):
        assert wait_for(partial(is_paid, buyer, order), 20)
