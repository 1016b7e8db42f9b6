"""The admin in a real browser: for everybody, on any screen, by day and by night."""

from collections.abc import Callable

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.visitor import AXE, WIDE, Visitor
from tests.full_shop import fill

pytestmark = pytest.mark.processes

LONG = 900
NARROW: ViewportSize = {"width": 360, "height": 740}
EDITABLE = ("courses", "directions", "categories", "coupons", "user_coupons")
LISTS = (
    *(*EDITABLE, "users", "credit_grants", "reviews", "orders", "payments", "refunds"),
    *("payment_differences", "reconciliations", "quarantined_timeouts", "audit_log"),
)
WITHOUT_DETAILS = {"reconciliations", "quarantined_timeouts"}
PAGES = (
    *(
        "/",
        "/second-factor/",
        "/users/grant/?id=1",
        "/users/reset-password/?id=1",
        "/orders/?flt0_0=0",
        "/orders/cancel/?id=1",
        "/figures/",
        "/reviews/moderate/?id=1",
        "/gifts/",
        "/coupons/try/?id=1",
        "/courses/import/",
    ),
    *(f"/{table}/" for table in LISTS),
    *(f"/{table}/details/?id=1" for table in LISTS if table not in WITHOUT_DETAILS),
    *(f"/{table}/{page}" for table in EDITABLE for page in ("new/", "edit/?id=1")),
)


@pytest.fixture
def staff(start_site, visit, u1, sessions) -> Callable[..., Visitor]:
    """Send a member of the staff to the admin of a shop with something in every table."""
    site = start_site(order_timeout=LONG)
    fill(sessions, u1)

    def send(**more: object) -> Visitor:
        visitor: Visitor = visit(site, **more)
        visitor.page.goto("/admin/login/")
        visitor.page.fill("#username", "boss")
        visitor.page.fill("#password", "secret-3")
        visitor.page.press("#password", "Enter")
        expect(visitor.page.locator("nav.menu")).to_be_visible()
        return visitor

    return send


@pytest.mark.skipif(not AXE.exists(), reason="axe is not installed: run `make page`, which needs Node")
def test_every_page_of_the_admin_is_for_everybody_and_fits(staff):
    """axe finds nothing at all, nor too little contrast by night, and no page is wider than a small phone."""
    visitor = staff()
    flaws = {path: found for path in PAGES if (found := look_at(visitor, path))}
    assert flaws == {}


def look_at(visitor: Visitor, path: str) -> list[str]:
    """What is wrong with a page."""
    page = visitor.page
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")
    answer = page.goto(f"/admin{path}")
    assert answer is not None
    assert answer.status == 200, path
    found = visitor.findings()
    page.set_viewport_size(NARROW)
    page.emulate_media(color_scheme="dark")
    found += [f"by night: {finding}" for finding in visitor.findings("color-contrast")]
    return [*found, "too wide"] if visitor.overflow() > 0 else found
