"""The page in a real browser, against the real web process, listener and stores."""

import re
import signal
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from shared.accounts import credit
from shared.models import User
from shared.order_status import OrderStatus
from tests.browser.visitor import AXE, PHONE, WIDE, Card, Visitor, at
from tests.deadlines import let_time_be_over
from tests.shop import Shopper
from webapp import school

pytestmark = pytest.mark.processes

UNPAID, PAID, CANCELLED, TIMED_OUT, REFUNDED = OrderStatus
ALL = -1
SHORT = 8  # seconds that an order lives where a test waits for its end
LONG = 900
IN_TIME = SHORT + 10
LEDGER = {"grant-credit": 1, "take-credit": 2, "take-coupon": 2, "give_back-credit": 2, "give_back-coupon": 2}


OPEN = ("/", "/register", "/login", "/course/1", "/nowhere")
OWN = (
    *("/basket", "/checkout", "/user", "/user/order", "/user/courses", "/user/credit", "/user/coupons"),
    *("/user/bills", "/user/profile"),
)
WITHOUT_LOCKS = "Object.defineProperty(navigator, 'locks', {value: undefined})"
CHINESE = ("zh-CN", "我的订单", "超时取消")
ENGLISH = ("en", "My orders", "Timed out")


@pytest.fixture
def welcome(sessions) -> Callable[[str], None]:
    """Give a user 500 credits and the coupons 1 and 2, as staff would."""

    def give(username: str) -> None:
        coupons = b", ".join(b'{"user": "%s", "coupon": %d}' % (username.encode(), id) for id in (1, 2))
        with sessions.begin() as session:
            school.load(session, school.read(b'{"user_coupons": [%s]}' % coupons))
            ids = {
                name: session.scalars(select(User.id).where(User.username == name)).one() for name in (username, "boss")
            }
            credit.grant(session, ids[username], 500, "欢迎", ids["boss"])

    return give


def pay_at(cashier: Page, amount: str) -> None:
    """Pay at the cashier, and see the page say so."""
    expect(at(cashier, "amount")).to_have_text(f"¥{amount}")
    at(cashier, "pay").click()
    expect(at(cashier, "result")).to_have_attribute("data-outcome", "paid")


def test_the_story_of_an_order(start_site, visit, welcome):
    """From the registration to the refund, in one tab that is never loaded again, and the cashier's."""
    visitor: Visitor = visit(start_site(order_timeout=SHORT))
    visitor.register("lan", "secret-9")
    welcome("lan")
    visitor.go("/")
    visitor.page.evaluate("window.stayed = true")

    visitor.put_into_basket(3, 1, 6)
    expect(visitor.at("basket-count")).to_have_text("3")
    visitor.press("nav-basket")
    visitor.press("select-6")
    expect(visitor.at("basket-real")).to_contain_text("558.00")
    visitor.press("checkout")
    expect(visitor.those("coupon-")).to_have_count(3)
    visitor.those("coupon-").filter(has_text="八五折").click()
    visitor.press("credit-max")
    expect(visitor.at("credit-input")).to_have_value("400")
    visitor.fill(credit_input="120")
    visitor.at("credit-input").press("Enter")
    card = visitor.place("516.00")

    expect(card.at("countdown-face")).to_be_visible()
    expect(visitor.at("live")).to_be_visible()
    expect(visitor.at("credit")).to_have_text(re.compile(r"\b380\b"))
    card.becomes(TIMED_OUT, within=IN_TIME)
    card.gave_back(120, "八五折")
    expect(visitor.at("credit")).to_have_text(re.compile(r"\b500\b"))

    card.press("recover")
    card.becomes(UNPAID)
    expect(card.at("countdown-face")).to_be_visible()
    cashier = visitor.open_cashier(card)
    pay_at(cashier, "516.00")
    card.becomes(PAID)
    cashier.close()
    expect(visitor.at("cashier-dialog")).to_be_hidden()
    expect(visitor.at("credit")).to_have_text(re.compile(r"\b380\b"))
    visitor.press("side-coupons")
    expect(visitor.at("coupons-used")).to_contain_text("1")

    visitor.press("side-orders")
    card.review(3, stars=5, text="讲得很清楚。")
    card.press_surely("refund", REFUNDED)
    card.gave_back(120, "八五折")
    expect(visitor.at("credit")).to_have_text(re.compile(r"\b500\b"))
    visitor.press("side-coupons")
    expect(visitor.those("wallet-")).to_have_count(2)
    visitor.press("side-credit")
    expect(visitor.at("credit-balance")).to_have_text("500")
    for entry, count in LEDGER.items():
        expect(visitor.at(f"ledger-{entry}")).to_have_count(count)
    visitor.press("side-bills")
    expect(visitor.at("bill-payment")).to_contain_text("516.00")
    expect(visitor.at("bill-refund")).to_contain_text("516.00")
    visitor.press("nav-basket")
    expect(visitor.those("item-")).to_have_count(1)
    assert visitor.page.evaluate("window.stayed")


def test_my_orders_by_tabs_and_pages(start_site, visit, u1, sessions):
    """Seven orders in four states: counted, listed, cancelled and deleted."""
    visitor: Visitor = visit(start_site(order_timeout=LONG))
    orders = [u1.ordered(course) for course in (1, 2, 3, 5, 6, 7)]
    free = u1.ordered(4)
    let_time_be_over(sessions, orders[0]["id"])
    visitor.log_in("u1", "secret-1")
    visitor.press("nav-orders")
    expect_counts(visitor, {ALL: 7, UNPAID: 5, PAID: 1, CANCELLED: 0, TIMED_OUT: 1, REFUNDED: 0})

    shown = visitor.those("order-").and_(visitor.page.locator("article"))
    expect(shown).to_have_count(5)
    visitor.press("page-2")
    expect(shown).to_have_count(2)
    visitor.at("page-size").select_option("10")
    expect(shown).to_have_count(7)
    visitor.page.reload()
    expect(shown).to_have_count(7)
    visitor.page.go_back()
    expect(shown).to_have_count(2)

    visitor.press("tab-0")
    expect(shown).to_have_count(5)
    card = visitor.card(orders[5]["id"])
    card.press("cancel")
    visitor.say(yes=False)
    card.becomes(UNPAID)
    card.press_surely("cancel", CANCELLED)
    visitor.press("tab-2")
    expect(shown).to_have_count(1)
    card.press("remove")
    visitor.say(yes=True)
    expect(card.box).to_have_count(0)
    expect(visitor.at("empty")).to_be_visible()
    expect_counts(visitor, {ALL: 6, UNPAID: 4, PAID: 1, CANCELLED: 0, TIMED_OUT: 1, REFUNDED: 0})

    visitor.press("tab-1")
    expect(visitor.card(free["id"]).box).to_be_visible()
    expect(visitor.card(free["id"]).at("remove")).to_have_count(0)
    expect(shown).to_have_count(1)


def test_two_tabs_and_a_blocked_stream(start_site, visit, u1):
    """What happens in one tab shows in the other; where no stream gets through the page says so and looks itself."""
    visitor: Visitor = visit(start_site(order_timeout=SHORT))
    visitor.log_in("u1", "secret-1")
    visitor.put_into_basket(2)
    visitor.go("/checkout")
    visitor.press("coupon-none")
    first = visitor.place("100.00")
    other = visitor.context.new_page()
    other.add_init_script(WITHOUT_LOCKS)  # so that it has a stream of its own
    other.route("**/orders/events/", lambda route: route.abort())
    other.goto("/user/order")
    expect(at(other, "stream-notice")).to_be_visible()
    expect(at(other, "live")).to_have_count(0)
    elsewhere = Card(visitor, other, first.id)
    expect(elsewhere.at("countdown")).to_be_visible()

    elsewhere.becomes(TIMED_OUT, within=IN_TIME)
    first.becomes(TIMED_OUT)
    elsewhere.press("recover")
    first.becomes(UNPAID)
    cashier = visitor.open_cashier(first)
    pay_at(cashier, "100.00")
    first.becomes(PAID)
    elsewhere.becomes(PAID)
    cashier.close()

    other.unroute("**/orders/events/")
    visitor.context.set_offline(True)
    expect(at(other, "offline-notice")).to_be_visible()
    visitor.context.set_offline(False)
    expect(at(other, "live")).to_be_visible()
    expect(at(other, "stream-notice")).to_have_count(0)
    visitor.complaints[:] = [one for one in visitor.complaints if "net::ERR_" not in one]


def test_an_order_outlives_a_killed_listener_but_not_the_next(start_site, visit):
    site = start_site(order_timeout=SHORT)
    visitor: Visitor = visit(site)
    visitor.log_in("u1", "secret-1")
    visitor.put_into_basket(2)
    visitor.go("/checkout")
    visitor.those("coupon-").filter(has_text="减 30").click()
    visitor.press("credit-max")
    card = visitor.place("20.00")
    assert site.listener.stop(signal.SIGKILL) == -signal.SIGKILL

    expect(card.at("countdown")).to_have_attribute("data-seconds", "0", timeout=IN_TIME * 1000)
    card.becomes(UNPAID)
    expect(visitor.at("credit")).to_have_text(re.compile(r"\b0\b"))
    site.start_listener()
    card.becomes(TIMED_OUT)
    card.gave_back(500, "减 30")
    expect(visitor.at("credit")).to_have_text(re.compile(r"\b500\b"))


def test_logging_in_and_out(start_site, visit):
    """A guarded page comes back after the login, an expired token is renewed unseen, a lost login asks again."""
    visitor: Visitor = visit(start_site(order_timeout=LONG))
    visitor.go("/user/order?status=3")
    visitor.page.wait_for_url(re.compile("/login"))
    visitor.fill(username="u1", password="wrong")
    visitor.press("submit")
    expect(visitor.at("refusal")).to_be_visible()
    visitor.refused(401, "/users/login/")
    visitor.fill(password="secret-1")
    visitor.press("submit")
    visitor.page.wait_for_url("**/user/order?status=3")
    expect(visitor.at("tab-3")).to_have_attribute("aria-selected", "true")

    spoil(visitor, "token")
    visitor.go("/user/coupons")
    expect(visitor.those("wallet-").first).to_be_visible()
    expect(visitor.at("nickname")).to_have_text("u1")
    assert visitor.complaints
    assert {complaint[:4] for complaint in visitor.complaints} == {"401 "}
    visitor.complaints.clear()

    visitor.press("account")
    visitor.press("menu-logout")
    expect(visitor.at("nav-login")).to_be_visible()
    visitor.log_in("u1", "secret-1")
    spoil(visitor, "token", "refresh_token")
    visitor.page.goto("/user/bills")
    visitor.page.wait_for_url(re.compile("/login"))
    expect(visitor.at("username")).to_be_visible()
    assert {complaint[:4] for complaint in visitor.complaints} == {"401 "}
    visitor.complaints.clear()


def test_the_password_and_other_logins(start_site, visit):
    """A common password is refused, another is taken, and the login of the other browser is over."""
    site = start_site(order_timeout=LONG)
    visitor, other = visit(site), visit(site)
    for each in (visitor, other):
        each.log_in("u1", "secret-1")
        each.go("/user/profile")
    expect(other.at("login")).to_have_count(2)
    visitor.fill(old_password="secret-1", new_password="password1")
    visitor.press("change-password")
    expect(visitor.at("new-password")).to_have_attribute("aria-invalid", "true")
    visitor.refused(422, "/users/me/password/")
    visitor.fill(new_password="horse battery")
    visitor.press("change-password")
    expect(visitor.page.locator(".toast")).to_be_visible()
    expect(visitor.at("login")).to_have_count(1)
    other.page.goto("/user/order")
    other.page.wait_for_url(re.compile("/login"))
    other.page.goto("about:blank")  # ends what the page still asks for, for that is refused as well
    assert {complaint[:4] for complaint in other.complaints} == {"401 "}
    other.complaints.clear()


def test_the_browsers_language_and_the_other(start_site, visit):
    """The browser's language comes first; what the header's switch chose instead is remembered."""
    site = start_site(order_timeout=LONG)
    for locale, first, second in (("zh-CN", CHINESE, ENGLISH), ("en-GB", ENGLISH, CHINESE)):
        visitor: Visitor = visit(site, locale=locale)
        visitor.log_in("u1", "secret-1")
        visitor.go("/user/order")
        expect_language(visitor, *first)
        visitor.press("language")
        expect_language(visitor, *second)
        visitor.page.reload()
        expect_language(visitor, *second)


@pytest.mark.skipif(not AXE.exists(), reason="axe is not installed: run `make page`, which needs Node")
def test_every_page_is_for_everybody_and_fits(start_site, visit, u1, sessions):
    """axe finds nothing serious on any page or in any dialog, and none is wider than its window, in either language."""
    site = start_site(order_timeout=LONG)
    orders = orders_in_every_state(visit(site), u1, sessions)
    assert u1.post("/cart/", {"course_id": 7}).status_code == 201
    for size, locale in ((WIDE, "zh-CN"), (PHONE, "en-GB")):
        visitor: Visitor = visit(site, viewport=size, locale=locale)
        findings = {name: found for name in look_around(visitor, orders) if (found := flaws(visitor))}
        assert findings == {}, f"{size}"


def look_around(visitor: Visitor, orders: dict[str, dict]) -> Iterator[str]:
    """Show page after page, then the dialogs and the cashier; yields the name of what is on the screen."""
    for path in OPEN:
        visitor.go(path)
        yield path
    visitor.log_in("u1", "secret-1")
    for path in (*OWN, f"/pay/result?out_trade_no={orders['paid']['order_number']}"):
        visitor.go(path)
        yield path
    visitor.go("/user/order")
    card = visitor.card(orders["unpaid"]["id"])
    card.press("cancel")
    expect(visitor.page.locator(".ask")).to_be_visible()
    yield "question"
    visitor.say(yes=False)
    visitor.those("review-").first.click()
    expect(visitor.at("review-content")).to_be_visible()
    yield "review"
    visitor.press("review-cancel")
    if visitor.page.viewport_size == PHONE:
        card.press("pay")
        visitor.at("amount").wait_for()
    else:
        visitor.page = visitor.open_cashier(card)
    yield "cashier"


def flaws(visitor: Visitor) -> list[str]:
    """What is wrong with what is on the screen; a page that has a switch of languages is looked at in both."""
    found = visitor.serious_findings()
    if visitor.overflow() > 0:
        found.append("too wide")
    if visitor.at("language").count() and not visitor.page.locator("[aria-modal=true]").count():
        visitor.press("language")
        visitor.settle()
        if visitor.overflow() > 0:
            found.append("too wide in the other language")
        visitor.press("language")
    return found


def orders_in_every_state(visitor: Visitor, u1: Shopper, sessions) -> dict[str, dict]:
    """Let the user have orders in every state; the unpaid one and the paid one."""
    let_time_be_over(sessions, u1.ordered(1)["id"])
    cancelled, refunded, paid, unpaid = u1.ordered(3), u1.ordered(4), u1.ordered(2), u1.ordered(6)
    assert u1.put(f"/orders/{cancelled['id']}/").status_code == 200
    assert u1.post(f"/orders/{refunded['id']}/refund/").status_code == 200
    web = visitor.context.request
    where = f"/payments/alipay/{paid['order_number']}/"
    link = web.get(where, headers={"Authorization": f"Bearer {u1.token}"}).json()["link"]
    assert web.post(link, max_redirects=0).status == 303
    return {"unpaid": unpaid, "paid": paid}


def expect_counts(visitor: Visitor, counts: dict[int, int]) -> None:
    """The tabs come to say so."""
    for status, count in counts.items():
        expect(visitor.at(f"count-{status}")).to_have_text(str(count))


def expect_language(visitor: Visitor, lang: str, title: str, state: str) -> None:
    """The orders page comes to be in the language: its own words and those for the states."""
    expect(visitor.page.locator("html")).to_have_attribute("lang", lang)
    expect(visitor.page.locator("h1")).to_have_text(title)
    expect(visitor.page).to_have_title(re.compile(title))
    expect(visitor.at(f"tab-{TIMED_OUT}")).to_contain_text(state)


def spoil(visitor: Visitor, *names: str) -> None:
    """Make tokens that the browser keeps worthless."""
    visitor.page.evaluate(
        """names => {
            const session = JSON.parse(localStorage['lapse.session'])
            names.forEach(name => session[name] = 'bad')
            localStorage['lapse.session'] = JSON.stringify(session)
        }""",
        list(names),
    )
