"""What arrives while one looks: credit that staff give, and bills."""

from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.accounts.credit import grant
from shared.models import User
from shared.order_status import OrderStatus
from shared.stores import events
from tests.browser.visitor import at

LONG = 900


def staff(session: Session) -> int:
    """Who may give others credit."""
    return session.scalars(select(User.id).where(User.is_staff)).one()


def test_credit_from_staff_arrives(start_site, visit, u1, sessions, redis):
    visitor = visit(start_site(order_timeout=LONG))
    visitor.log_in("u1", "secret-1")
    visitor.go("/user/order")
    expect(visitor.at("live")).to_be_visible()
    visitor.press("side-credit")
    expect(visitor.at("credit-balance")).to_have_text("500")
    with sessions.begin() as session:
        grant(session, u1.id, 100, "欢迎", staff(session))
    events.announce(redis, [u1.id])
    expect(visitor.at("credit-balance")).to_have_text("600")
    expect(visitor.at("ledger-grant-credit")).to_have_count(1)
    expect(visitor.page.locator(".news")).to_contain_text("收到 100 积分")


def test_bills_arrive_and_a_refund_that_is_done_is_told(start_site, visit, u1):
    order = u1.ordered(2, credit=0)
    visitor = visit(start_site(order_timeout=LONG))
    visitor.log_in("u1", "secret-1")
    visitor.go("/user/order")
    expect(visitor.at("live")).to_be_visible()
    card = visitor.card(order["id"])
    cashier = visitor.open_cashier(card)
    visitor.press("pay-later")
    visitor.press("side-bills")
    expect(visitor.at("bill-payment")).to_have_count(0)
    at(cashier, "pay").click()
    expect(visitor.at("bill-payment")).to_have_count(1)
    assert u1.post(f"/orders/{order['id']}/refund/").json["order_status"] == OrderStatus.REFUNDED
    expect(visitor.at("bill-refund")).to_contain_text("已完成")
    expect(visitor.page.locator(".news", has_text="退款已到账")).to_be_visible()
