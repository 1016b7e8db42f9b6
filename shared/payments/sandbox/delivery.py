"""Bringing a notice to the app over HTTP, again for a while when it is not taken."""

import logging
from collections.abc import Mapping
from http.client import HTTPException
from threading import Thread
from time import sleep
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener

TIMEOUT = 2  # seconds; the app is this very process, which may have no other thread to answer with
PAUSES = (1, 5, 25)  # seconds before the further tries

log = logging.getLogger(__name__)


class _Stay(HTTPRedirectHandler):
    """Follows nothing: a notice is for the address it is brought to."""

    def redirect_request(self, *_: object) -> None:
        return None


_direct = build_opener(ProxyHandler({}), _Stay)  # to ourselves, whatever proxy leads out of here


def deliver(url: str, notice: Mapping[str, str]) -> None:
    """Post the notice before returning; one that is not taken is brought again from a thread of its own."""
    if not _is_taken(url, notice):
        Thread(target=_again, args=(url, notice), name="sandbox notice", daemon=True).start()


def _again(url: str, notice: Mapping[str, str]) -> None:
    for pause in PAUSES:
        sleep(pause)
        if _is_taken(url, notice):
            return
    log.warning("the notice for order %s was never taken", notice.get("out_trade_no"))


def _is_taken(url: str, notice: Mapping[str, str]) -> bool:
    try:
        with _direct.open(url, urlencode(notice).encode(), timeout=TIMEOUT) as answer:
            return bool(answer.read(16) == b"success")
    except (OSError, HTTPException, ValueError) as error:
        log.info("a notice was not taken: %s", error)
        return False
