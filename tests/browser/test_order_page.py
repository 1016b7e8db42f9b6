"""An order's own page: found by a search, live, with its history, printed as a receipt, and bought again."""

from playwright.sync_api import expect

from shared.order_status import OrderStatus
from tests.deadlines import let_time_be_over

LONG = 900


def test_an_order_is_found_followed_and_bought_again(start_site, visit, u1):
    order = u1.ordered(2, credit=100)
    u1.ordered(3)
    visitor = visit(start_site(order_timeout=LONG))
    visitor.log_in("u1", "secret-1")
    visitor.go("/user/order")
    visitor.fill(order_search="PYTHON")
    visitor.press("order-search-go")
    expect(visitor.those("order-number")).to_have_count(1)
    expect(visitor.at("count--1")).to_have_text("1")
    visitor.press("order-number")
    visitor.page.wait_for_url(f"**/user/orders/{order['id']}")
    expect(visitor.at("happened-placed")).to_contain_text("100 积分")
    assert visitor.serious_findings() == []

    visitor.card(order["id"]).press_surely("cancel", OrderStatus.CANCELLED)
    expect(visitor.at("happened-cancelled")).to_contain_text("已退回：100 积分")
    visitor.press("again")
    visitor.page.wait_for_url("**/checkout")
    expect(visitor.at("place")).to_be_visible()
    assert [item["course_id"] for item in u1.get("/cart/").json["items"] if item["selected"]] == [2]


def test_on_paper_a_paid_order_is_a_receipt_and_nothing_else(start_site, visit, u1):
    order = u1.ordered(5, credit=4)
    visitor = visit(start_site(order_timeout=LONG), locale="en")
    visitor.log_in("u1", "secret-1")
    visitor.go(f"/user/orders/{order['id']}")
    receipt = visitor.at("receipt")
    expect(visitor.at("print")).to_be_visible()
    expect(receipt).to_be_hidden()
    visitor.page.emulate_media(media="print")
    expect(receipt).to_contain_text("not a tax invoice")
    expect(receipt).to_contain_text(order["order_number"])
    expect(visitor.at("print")).to_be_hidden()
    expect(visitor.at("brand")).to_be_hidden()


def test_the_bell_counts_what_happened_and_opens_by_keyboard(start_site, visit, u1, sessions):
    order = u1.ordered(2)
    u1.put("/users/me/notifications/read/")
    visitor = visit(start_site(order_timeout=LONG))
    visitor.log_in("u1", "secret-1")
    visitor.go("/user/order")
    expect(visitor.at("live")).to_be_visible()
    expect(visitor.at("unread")).to_have_count(0)
    let_time_be_over(sessions, order["id"])
    expect(visitor.at("unread")).to_have_text("1")
    visitor.at("bell").focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.at("told-timed_out")).to_contain_text(order["order_number"])
    expect(visitor.at("unread")).to_have_count(0)
    assert visitor.serious_findings() == []
