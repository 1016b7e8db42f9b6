"""A real browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


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
