"""By keyboard alone, with a screen reader, and on the narrowest phone."""

import re

from playwright.sync_api import expect
from sqlalchemy import text

from shared.order_status import OrderStatus
from tests.browser.visitor import PHONE, at
from tests.deadlines import let_time_be_over

LONG = 900
NARROW = {"width": 320, "height": 700}
FOCUSED = "document.activeElement.dataset.test ?? document.activeElement.tagName"
ENDLESS = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2


def test_long_words_push_no_page_out(start_site, visit, u1, sessions):
    order = u1.ordered(1, credit=100)
    with sessions.begin() as session:
        session.execute(text("UPDATE courses SET name = :name, brief = :name"), {"name": ENDLESS})
    visitor = visit(start_site(order_timeout=LONG), viewport=NARROW)
    visitor.log_in("u1", "secret-1")
    visitor.put_into_basket(2)
    paths = ("/", "/course/1", "/basket", "/user", "/user/order", "/user/credit", "/user/bills", "/user/profile")
    paths += (f"/user/orders/{order['id']}", "/user/notifications")
    wide = {}
    for path in paths:
        visitor.go(path)
        wide[path] = visitor.overflow()
    assert wide == dict.fromkeys(paths, 0)


def test_a_phone_has_its_ways_at_the_thumb(start_site, visit):
    visitor = visit(start_site(order_timeout=LONG), viewport=PHONE)
    visitor.go("/")
    expect(visitor.at("tab-orders")).to_have_count(0)  # of a visitor who is not logged in
    visitor.log_in("u1", "secret-1")
    visitor.put_into_basket(2)
    for tab, path in (("orders", "/user/order"), ("user", "/user"), ("learning", "/user/courses"), ("home", "/")):
        visitor.press(f"tab-{tab}")
        visitor.page.wait_for_url(f"**{path}")
        expect(visitor.at("nickname")).to_be_hidden()  # what one came for is what one sees
    visitor.press("tab-basket")
    expect(visitor.at("checkout")).to_be_in_viewport()
    expect(visitor.at("tab-home")).to_be_hidden()  # the pay bar is there


def test_the_title_names_the_course(start_site, visit, sessions):
    with sessions.begin() as session:
        session.execute(text("UPDATE courses SET name = '数据结构' WHERE id = 2"))
    visitor = visit(start_site(order_timeout=LONG))
    visitor.go("/course/2")
    expect(visitor.page).to_have_title("数据结构 · Lapse")
    visitor.press("brand")
    expect(visitor.page).to_have_title(re.compile("全部课程"))


def test_the_focus_stays_where_one_works(start_site, visit):
    visitor = visit(start_site(order_timeout=LONG))
    visitor.log_in("u1", "secret-1")
    visitor.at("add-2").focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.at("add-2")).to_have_class(re.compile("added"))
    assert visitor.page.evaluate(FOCUSED) == "add-2"
    visitor.go("/course/1")
    visitor.at("add").focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.at("in-basket")).to_be_visible()
    assert visitor.page.evaluate(FOCUSED) == "in-basket"

    visitor.press("nav-basket")
    visitor.press("checkout")
    visitor.press("coupon-none")
    card = visitor.place("458.00")
    cashier = visitor.open_cashier(card)
    at(cashier, "pay").click()
    card.becomes(OrderStatus.PAID)
    cashier.close()
    expect(visitor.at("cashier-dialog")).to_be_hidden()
    expect(card.box).to_be_focused()


def test_a_time_out_is_announced(start_site, visit, u1, sessions):
    visitor = visit(start_site(order_timeout=LONG))
    order = u1.ordered(2, credit=0)
    visitor.log_in("u1", "secret-1")
    visitor.go("/user/order")
    expect(visitor.at("live")).to_be_visible()
    region = visitor.at("announced")
    expect(region).to_have_text("")
    let_time_be_over(sessions, order["id"])
    visitor.card(order["id"]).becomes(OrderStatus.TIMED_OUT)
    expect(region).to_contain_text(order["order_number"])


def test_news_opens_by_keyboard(start_site, visit, u1, sessions):
    visitor = visit(start_site(order_timeout=LONG))
    order = u1.ordered(2, credit=0)
    visitor.log_in("u1", "secret-1")
    visitor.go("/user/order")
    expect(visitor.at("live")).to_be_visible()
    visitor.press("brand")
    let_time_be_over(sessions, order["id"])
    visitor.at("news-open").focus()
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(f"**/user/orders/{order['id']}")
    expect(visitor.at("news-open")).to_have_count(0)
