"""Which names we answer to: a request may claim to be for any host, and our links must lead to us."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request

from config import Settings
from webapp.errors import problem

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PROBED = "health"
"""The blueprint that probes ask by address."""


def init_app(app: Flask, settings: Settings) -> None:
    """Where `PUBLIC_URL` says what we are called, refuse requests for other hosts than that and the loopback."""
    if not settings.public_url:
        return
    trusted = LOOPBACK | {_name(urlsplit(settings.public_url).netloc)}

    @app.before_request
    def refuse_foreign() -> Any:
        if request.blueprint == PROBED or _name(request.host) in trusted:
            return None
        return problem(400, "This host is not ours.", code="untrusted_host")


def ourselves(settings: Settings) -> str:
    """Our origin, as a browser and the provider find it: `PUBLIC_URL`, or else an address on the loopback.

    Of what a request claims only a name of the loopback is believed, and what trusted proxies say it came to.
    """
    if settings.public_url:
        return settings.public_url
    is_believed = settings.trusted_proxies or _name(request.host) in LOOPBACK
    return request.host_url.rstrip("/") if is_believed else by_loopback(settings)


def by_loopback(settings: Settings) -> str:
    """Our origin for this very machine."""
    return f"http://127.0.0.1:{settings.port}"


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
