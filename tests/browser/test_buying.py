"""What is bought: one course alone, one that was bought before, and what was chosen before the login."""

import re

from playwright.sync_api import expect
from sqlalchemy import update

from shared.models.catalogue import Course
from shared.order_status import OrderStatus
from tests.browser.visitor import PHONE

LONG = 900


def test_buying_now_buys_that_course_alone(start_site, visit, u1):
    visitor = visit(start_site(order_timeout=LONG))
    visitor.log_in("u1", "secret-1")
    visitor.put_into_basket(1, 3)
    visitor.go("/course/2")
    visitor.press("buy")
    visitor.page.wait_for_url("**/checkout")
    expect(visitor.at("coupon-none")).to_be_visible()
    visitor.press("coupon-none")
    card = visitor.place("100.00")
    assert [line["course_id"] for line in u1.get(f"/orders/{card.id}/").json["order_courses"]] == [2]

    visitor.press("nav-basket")
    for course_id in (1, 3):
        expect(visitor.at(f"select-{course_id}")).to_be_checked()


def test_leaving_the_checkout_selects_the_others_again(start_site, visit):
    visitor = visit(start_site(order_timeout=LONG))
    visitor.log_in("u1", "secret-1")
    visitor.put_into_basket(1, 3)
    visitor.go("/course/2")
    visitor.press("buy")
    visitor.page.wait_for_url("**/checkout")
    visitor.press("nav-basket")
    for course_id in (1, 2, 3):
        expect(visitor.at(f"select-{course_id}")).to_be_checked()


def test_a_bought_course_leads_to_its_lessons(start_site, visit, u1):
    order = u1.ordered(2, 5, credit=0)
    paid = u1.put(f"/orders/{order['id']}/")
    assert paid.status_code == 200
    free = u1.ordered(5, credit=4)
    assert free["order_status"] == OrderStatus.PAID
    u1.post("/cart/", {"course_id": 5})
    u1.post("/cart/", {"course_id": 2})
    visitor = visit(start_site(order_timeout=LONG))
    visitor.log_in("u1", "secret-1")
    expect(visitor.at("owned-5")).to_be_visible()
    expect(visitor.at("add-5")).to_have_count(0)
    visitor.press("nav-basket")
    expect(visitor.at("select-5")).to_be_disabled()
    expect(visitor.at("select-5")).not_to_be_checked()
    expect(visitor.at("owned-5")).to_be_visible()
    visitor.go("/course/5")
    expect(visitor.at("owned")).to_be_visible()
    expect(visitor.at("buy")).to_have_count(0)
    visitor.press("learn")
    visitor.page.wait_for_url("**/learn/5")


def test_the_basket_of_a_stranger_survives_the_login(start_site, visit):
    visitor = visit(start_site(order_timeout=LONG))
    visitor.go("/")
    visitor.put_into_basket(1, 2)
    expect(visitor.at("basket-count")).to_have_text("2")
    visitor.go("/")
    expect(visitor.at("basket-count")).to_have_text("2")
    visitor.press("nav-basket")
    visitor.page.wait_for_url(re.compile("/login"))
    visitor.fill(username="u1", password="secret-1")
    visitor.press("submit")
    for course_id in (1, 2):
        expect(visitor.at(f"select-{course_id}")).to_be_checked()
    assert visitor.page.evaluate("localStorage['lapse.basket']") is None


def test_a_free_order_is_paid_without_a_cashier(start_site, visit):
    visitor = visit(start_site(order_timeout=LONG), locale="en")
    visitor.log_in("u1", "secret-1")
    visitor.put_into_basket(5)
    visitor.go("/checkout")
    visitor.press("coupon-none")
    expect(visitor.at("pay-alipay")).to_be_visible()
    visitor.press("credit-max")
    expect(visitor.at("pay-alipay")).to_have_count(0)
    expect(visitor.page.locator("[data-test=price-real][data-amount='0.00'][data-confirmed=true]")).to_be_visible()
    visitor.press("place")
    result = visitor.at("result")
    expect(result).to_have_attribute("data-outcome", "free")
    expect(result).to_contain_text("nothing to pay")
    expect(result).not_to_contain_text("Payment received")
    visitor.press("to-order")
    expect(visitor.at("pay")).to_have_count(0)


def test_on_a_phone_ordering_goes_straight_to_paying_in_the_same_tab(start_site, visit):
    visitor = visit(start_site(order_timeout=LONG), viewport=PHONE)
    visitor.log_in("u1", "secret-1")
    visitor.put_into_basket(1, 2, 3)
    visitor.press("nav-basket")
    expect(visitor.at("checkout")).to_be_in_viewport()
    expect(visitor.at("basket-real")).to_be_in_viewport()
    visitor.press("checkout")
    expect(visitor.page.locator("[data-test=price-real][data-confirmed=true]")).to_be_in_viewport()
    visitor.press("place")
    visitor.page.wait_for_url("**/sandbox/cashier/**")
    assert len(visitor.context.pages) == 1
    visitor.page.go_back()
    visitor.page.wait_for_url("**/user/order?placed=*")
    visitor.press("pay")
    visitor.page.wait_for_url("**/sandbox/cashier/**")
    visitor.press("pay")
    expect(visitor.at("result")).to_have_attribute("data-outcome", "paid")
    assert len(visitor.context.pages) == 1


def test_a_price_raised_meanwhile_is_shown_before_it_is_ordered(start_site, visit, u1, sessions):
    visitor = visit(start_site(order_timeout=LONG), locale="en")
    visitor.log_in("u1", "secret-1")
    visitor.put_into_basket(2)
    visitor.go("/checkout")
    visitor.press("coupon-none")
    expect(visitor.page.locator("[data-test=price-real][data-amount='100.00'][data-confirmed=true]")).to_be_visible()
    with sessions.begin() as session:
        session.execute(update(Course).where(Course.id == 2).values(price=190))
    visitor.press("place")
    expect(visitor.at("price-changed")).to_contain_text("from ¥100.00 to ¥190.00")
    visitor.refused(409, "/orders/")
    assert u1.get("/orders/list/").json["count"] == 0
    expect(visitor.page.locator("[data-test=coupon-none] input")).to_be_checked()
    card = visitor.place("190.00")
    assert u1.get(f"/orders/{card.id}/").json["real_price"] == "190.00"


def test_a_price_raised_meanwhile_is_shown_with_a_coupon_chosen_too(start_site, visit, u1, sessions):
    visitor = visit(start_site(order_timeout=LONG), locale="en")
    visitor.log_in("u1", "secret-1")
    visitor.put_into_basket(2)
    visitor.go("/checkout")
    expect(visitor.at("price-coupon")).to_be_visible()
    expect(visitor.page.locator("[data-test=price-real][data-confirmed=true]")).to_be_visible()
    with sessions.begin() as session:
        session.execute(update(Course).where(Course.id == 2).values(price=190))
    visitor.press("place")
    expect(visitor.at("price-changed")).to_be_visible()
    visitor.refused(409, "/orders/")
    expect(visitor.at("price-coupon")).to_be_visible()
    assert u1.get("/orders/list/").json["count"] == 0
