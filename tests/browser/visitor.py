"""A person at a browser, seen from a test."""

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, ViewportSize, expect

from config import ROOT

PATIENCE = 15.0  # seconds; a bound against hanging, not a measurement
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
WIDE: ViewportSize = {"width": 1280, "height": 900}
NO_COVER = "404 /covers/1.png"  # tests/data/school.json names one that is not there; the page draws one instead
PHONE: ViewportSize = {"width": 390, "height": 844}

_REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (4\d\d)")
_FOUND = "([impacts, options]) => axe.run(options).then(found => found.violations" + (
    ".filter(one => impacts.includes(one.impact))"
    ".map(one => `${one.id}: ${one.nodes.map(node => node.target).join(', ')}`))"
)
_SERIOUS = ["serious", "critical"]
_ANY = ["minor", "moderate", *_SERIOUS]
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Visitor:
    """Somebody in a browser profile of their own, at first with one tab, on the site at `url`.

    `complaints` are what no visit should bring: errors and warnings on the console, exceptions, requests to other
    sites, and requests that were refused, such as `401 /users/login/`.
    """

    def __init__(self, browser: Browser, url: str, locale: str = "zh-CN", **more: Any) -> None:
        self.url = url
        self.complaints: list[str] = []
        more = {"viewport": WIDE, "reduced_motion": "reduce"} | more
        self.context: BrowserContext = browser.new_context(base_url=url, locale=locale, **more)
        self.context.set_default_timeout(PATIENCE * 1000)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda problem: self.complaints.append(str(problem.error)))
        self.context.on("request", self._see)
        self.page = self.context.new_page()

    def go(self, path: str) -> None:
        """Open a page and return when it has what it loads."""
        self.page.goto(path)
        self.settle()

    def settle(self) -> None:
        """Return when nothing on the page is still loading."""
        expect(self.page.locator("main[data-ready=true]")).to_be_visible()
        expect(self.at("loading")).to_have_count(0)

    def at(self, name: str) -> Locator:
        """What has the handle."""
        return at(self.page, name)

    def those(self, beginning: str) -> Locator:
        """What has a handle that begins so."""
        return self.page.locator(f"[data-test^={beginning}]")

    def press(self, name: str) -> None:
        self.at(name).click()

    def fill(self, **texts: str) -> None:
        """Fill in fields; an underscore stands for a hyphen."""
        for name, text in texts.items():
            self.at(name.replace("_", "-")).fill(text)

    def say(self, yes: bool) -> None:
        """Answer the question that the page asks."""
        self.page.locator(".ask-yes" if yes else ".ask-no").click()
        expect(self.page.locator(".ask")).to_have_count(0)

    def register(self, username: str, password: str) -> None:
        self.go("/register")
        self.fill(username=username, password=password, password_again=password)
        self._enter()

    def log_in(self, username: str, password: str) -> None:
        self.go("/login")
        self.fill(username=username, password=password)
        self._enter()

    def put_into_basket(self, *course_ids: int) -> None:
        """Add them from the list of courses, one after the other."""
        self.press("brand")
        for course_id in course_ids:
            self.press(f"add-{course_id}")
            expect(self.at(f"add-{course_id}")).to_have_class(re.compile("added"))

    def place(self, amount: str) -> "Card":
        """Order what is on the check-out page when the server has confirmed the price; the card of the order."""
        expect(
            self.page.locator(f"[data-test=price-real][data-amount='{amount}'][data-confirmed=true]")
        ).to_be_visible()
        self.press("place")
        self.page.wait_for_url("**/user/order?placed=*")
        return self.card(int(self.page.url.rpartition("=")[2]))

    def card(self, order_id: int) -> "Card":
        """The order on the orders page that is open now."""
        return Card(self, self.page, order_id)

    def open_cashier(self, card: "Card") -> Page:
        """Press pay, and return the tab that opens."""
        with self.context.expect_page() as opened:
            card.press("pay")
        at(opened.value, "amount").wait_for()
        return opened.value

    def serious_findings(self) -> list[str]:
        """What axe finds on the page that is at least serious."""
        return self._findings(_SERIOUS)

    def findings(self, *rules: str) -> list[str]:
        """All that axe finds on the page, of these rules if any are given."""
        return self._findings(_ANY, **({"runOnly": [*rules]} if rules else {}))

    def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        return int(self.page.evaluate(_OVERFLOW))

    def refused(self, status: int, path: str) -> None:
        """Take it that this request was refused, once."""
        self.complaints.remove(f"{status} {path}")

    def _findings(self, impacts: list[str], **options: Any) -> list[str]:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found: list[str] = self.page.evaluate(_FOUND, [impacts, {"resultTypes": ["violations"]} | options])
        return found

    def _enter(self) -> None:
        self.press("submit")
        self.page.wait_for_url(self.url + "/")
        expect(self.at("account")).to_be_visible()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            refused = _REFUSED.match(message.text)
            path = urlsplit(message.location["url"]).path
            complaint = f"{refused[1]} {path}" if refused else message.text
            self.complaints += [complaint] if complaint != NO_COVER else []

    def _see(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:", "blob:", "about:")):
            self.complaints.append(f"asked {request.url}")


class Card:
    """An order on the orders page."""

    def __init__(self, visitor: Visitor, page: Page, order_id: int) -> None:
        self._visitor = visitor
        self.id = order_id
        self.box = at(page, f"order-{order_id}")

    def at(self, name: str) -> Locator:
        return at(self.box, name)

    def press(self, name: str) -> None:
        self.at(name).click()

    def becomes(self, status: int, within: float = PATIENCE) -> None:
        """Wait until the card shows the status, in seconds."""
        expect(self.box).to_have_attribute("data-status", str(status), timeout=within * 1000)

    def press_surely(self, action: str, status: int) -> None:
        """Press, say yes, and wait for the status."""
        self.press(action)
        self._visitor.say(yes=True)
        self.becomes(status)

    def gave_back(self, credit: int, coupon: str) -> None:
        """It says that it gave these back."""
        expect(self.at("given-credit")).to_contain_text(str(credit))
        expect(self.at("given-coupon")).to_contain_text(coupon)

    def review(self, course_id: int, stars: int, text: str) -> None:
        """Review a course of it."""
        self.press(f"review-{course_id}")
        self._visitor.press(f"star-{stars}")
        self._visitor.fill(review_content=text)
        self._visitor.press("review-submit")
        expect(self.at(f"review-{course_id}")).to_have_count(0)


def at(place: Page | Locator, name: str) -> Locator:
    """What has the handle there."""
    return place.locator(f"[data-test='{name}']")
