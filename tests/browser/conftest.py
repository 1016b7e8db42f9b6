"""A browser, and sites for it to visit."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.visitor import DIST, Visitor, running_browser
from tests.processes import Site, running_site

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is tested here starts processes."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.processes)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Skips where there is no browser, or no page to visit."""
    if not DIST.exists():
        pytest.skip("the page is not built: run `make page`, which needs Node")
    with running_browser() as browser:
        yield browser


@pytest.fixture
def start_site(settings, school_data, tmp_path) -> Iterator[Callable[..., Site]]:
    """Start web and listener on the test's stores; orders live for so many seconds."""
    with ExitStack() as stack:
        yield lambda order_timeout: stack.enter_context(
            running_site(replace(settings, order_timeout=order_timeout), tmp_path)
        )


@pytest.fixture
def visit(browser) -> Iterator[Callable[..., Visitor]]:
    """Send somebody to a site; in the end nobody may have had anything to complain of."""
    visitors: list[Visitor] = []

    def send(site: Site, **more: object) -> Visitor:
        visitors.append(Visitor(browser, site.url, **more))
        return visitors[-1]

    yield send
    for visitor in visitors:
        visitor.context.close()
    assert [visitor.complaints for visitor in visitors] == [[] for _ in visitors]
