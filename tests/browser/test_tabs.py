"""Several tabs of one browser."""

import re

from playwright.sync_api import expect

from tests.browser.visitor import at

LONG = 900
SEVEN = 7  # one more than the connections that a browser opens to a server over HTTP/1.1


def test_seven_tabs_share_one_stream(start_site, visit, u1):
    visitor = visit(start_site(order_timeout=LONG))
    asked = []
    visitor.context.on("request", lambda request: "/orders/events/" in request.url and asked.append(request.url))
    visitor.log_in("u1", "secret-1")
    tabs = [visitor.page, *(visitor.context.new_page() for _ in range(SEVEN - 1))]
    for tab in tabs:
        tab.goto("/user/order")
    for tab in tabs:
        expect(at(tab, "live")).to_be_visible()
    before = len(asked)

    order = u1.ordered(2, credit=0)
    for tab in tabs:
        expect(at(tab, f"order-{order['id']}")).to_be_visible()
    assert len(asked) == before
    visitor.page.close()  # it had the stream
    u1.put(f"/orders/{order['id']}/")
    for tab in tabs[1:]:
        expect(at(tab, f"order-{order['id']}")).to_have_attribute("data-status", "2")
    assert len(asked) == before + 1


def test_basket_and_login_follow_the_other_tab(start_site, visit):
    visitor = visit(start_site(order_timeout=LONG))
    visitor.go("/course/2")
    other = visitor.context.new_page()
    other.goto("/login?next=/user/coupons")
    expect(at(other, "username")).to_be_visible()
    visitor.log_in("u1", "secret-1")
    other.wait_for_url("**/user/coupons")

    visitor.put_into_basket(2)
    expect(at(other, "basket-count")).to_have_text("1")
    visitor.press("nav-basket")
    visitor.press("remove-2")
    visitor.say(yes=True)
    expect(at(other, "basket-count")).to_have_count(0)
    visitor.press("account")
    visitor.press("menu-logout")
    other.wait_for_url(re.compile("/login"))
