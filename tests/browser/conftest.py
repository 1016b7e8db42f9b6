"""A real browser."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from config import ROOT
from tests import processes
from tests.browser.visitor import PATIENCE, Visitor
from tests.processes import Process

PAGE = ROOT / "webapp" / "dist" / "index.html"
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Site:
    """A web process and a listener on the stores of the test."""

    web: Process
    listener: Process
    start_listener: Callable[[], Process]


@pytest.fixture
def start_site(settings, school_data, tmp_path) -> Iterator[Callable[[int], Site]]:
    """Start a site whose orders live for so many seconds."""
    if not PAGE.exists():
        pytest.skip("the page is not built: run `make page`, which needs Node")
    with ExitStack() as stack:

        def start(order_timeout: int) -> Site:
            lasting = {"ORDER_TIMEOUT": order_timeout, "SWEEP_INTERVAL": settings.sweep_interval}

            def start_listener() -> Process:
                return stack.enter_context(processes.listener(settings, tmp_path, **lasting))

            web = stack.enter_context(processes.web(settings, tmp_path, **lasting))
            return Site(web, start_listener(), start_listener)

        yield start


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Send somebody to a site; in the end nobody may have had anything to complain of."""
    expect.set_options(timeout=PATIENCE * 1000)
    visitors: list[Visitor] = []

    def send(site: Site, **more: Any) -> Visitor:
        visitors.append(Visitor(browser, site.web.url, **more))
        return visitors[-1]

    yield send
    for visitor in visitors:
        visitor.context.close()
    assert [visitor.complaints for visitor in visitors] == [[] for _ in visitors]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the machine's own, else the one that Playwright brought."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_found(playwright), args=ARGUMENTS)
        yield browser
        browser.close()


def _found(playwright: Playwright) -> str:
    for name in NAMES:
        if path := shutil.which(name):
            return path
    path = playwright.chromium.executable_path
    if not Path(path).exists():
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on the PATH, and `playwright install` was not run")
    return path
