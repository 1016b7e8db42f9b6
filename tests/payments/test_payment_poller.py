"""The listener's part: refunds until they are done, and payments of which no notice came."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from embedded.process import wait_for
from expiry_listener.listener import Listener
from expiry_listener.shop import Shop, Wallets
from lapse.redis_client import connect
from shared.order_status import OrderStatus
from shared.payments import PaymentPoller
from shared.payments.queries import FIRST_PAUSE, LONGEST_PAUSE, next_pause
from shared.timeouts import TIMEOUTS
from tests.payments.conftest import Unwilling, failing

DUE_REFUNDS = "UPDATE refunds SET retry_at = now()"


@pytest.fixture
def owed(u1, till, monkeypatch):
    """An order given back while the provider was away."""
    order = u1.ordered(2)
    till.pay(till.link(u1, order))
    till.deliver()
    with monkeypatch.context() as patched:
        patched.setattr(type(till.provider), "refund", failing)
        assert u1.post(f"/orders/{order['id']}/refund/").json["order_status"] == OrderStatus.REFUNDED
    assert till.payments(order) == [("100.00", "paid", False)]
    return order


def test_a_refund_is_tried_until_it_is_done(till, owed, poller):
    provider = Unwilling(till.provider, failures=2)
    desk = poller(provider)
    assert not desk.refund()  # the request that gave the order back tried; not yet again
    for left in (1, 0):
        till.execute(DUE_REFUNDS)
        assert desk.refund()
        assert provider.failures == left
        assert till.scalar("SELECT error FROM refunds") == "no answer"
        assert till.scalar("SELECT retry_at > now() + interval '15 s' FROM refunds")
        assert not desk.refund()
    till.execute(DUE_REFUNDS)
    assert desk.refund()
    assert till.payments(owed) == [("100.00", "paid", True)]
    assert till.scalar("SELECT attempts || ' ' || coalesce(error, '-') FROM refunds") == "4 -"
    assert len(set(provider.refunds)) == 1
    told = till.events(owed)[-1]
    assert (told["kind"], told["amount"], told["reason"]) == ("refund", "100.00", "the user gave the order back")
    till.execute(DUE_REFUNDS)
    assert not desk.refund()


def test_a_refund_whose_answer_was_lost_is_done_once(till, owed, poller):
    class Mute(Unwilling):
        def refund(self, *arguments):
            self.provider.refund(*arguments)
            self._fail()

    desk = poller(Mute(till.provider, failures=1))
    for is_done in (False, True):
        till.execute(DUE_REFUNDS)
        assert desk.refund()
        assert till.payments(owed) == [("100.00", "paid", is_done)]
    assert till.scalar("SELECT refunded FROM sandbox_trades") == 100


def test_two_listeners_ask_for_a_refund_once(till, owed, poller):
    provider = Unwilling(till.provider, failures=0)
    till.execute(DUE_REFUNDS)
    start = Barrier(4)

    def work(_):
        start.wait()
        return poller(provider).refund()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(work, range(4))) == [False, False, False, True]
    assert len(provider.refunds) == 1


def test_a_lost_notice_of_an_order_in_time(u1, till, poller, redis):
    order = u1.ordered(2)
    till.pay(till.link(u1, order))
    desk = poller()
    assert not desk.ask()
    till.forget_notice(order)
    assert desk.ask()
    assert till.status(order) is OrderStatus.PAID
    assert not redis.exists(f"order:timeout:{order['id']}")
    assert not desk.ask()


@pytest.mark.parametrize("credit_is_spent", [False, True])
def test_a_lost_notice_of_an_order_that_timed_out(u1, till, poller, credit_is_spent):
    order = u1.ordered(2, credit=300)
    link = till.link(u1, order)
    till.time_out(order["id"])
    if credit_is_spent:
        u1.ordered(2, credit=400)
    till.pay(link)
    till.forget_notice(order)
    desk = poller()
    assert desk.ask()
    assert till.status(order) is (OrderStatus.REFUNDED if credit_is_spent else OrderStatus.PAID)
    assert desk.refund() is credit_is_spent


def test_who_does_not_pay_is_asked_about_ever_less_often(u1, till, poller):
    order = u1.ordered(2)
    till.link(u1, order)
    provider = Unwilling(till.provider, failures=0)
    pauses = "SELECT round(extract(epoch FROM ask_at - now()))::int FROM payment_intents"
    for pause in (10, 20, 40):
        till.forget_notice(order)
        assert poller(provider).ask()
        assert pause - 1 <= till.scalar(pauses) <= pause
    till.link(u1, order)  # they are sent to pay again
    assert till.scalar(pauses) <= FIRST_PAUSE
    u1.put(f"/orders/{order['id']}/")
    assert till.scalar(pauses) <= 1
    till.execute("UPDATE payment_intents SET asked = 14")
    till.forget_notice(order)
    assert poller(provider).ask()
    assert till.scalar("SELECT count(*) FROM payment_intents") == 0


def test_a_provider_that_is_away_is_asked_again(u1, till, poller):
    order = u1.ordered(2)
    till.pay(till.link(u1, order))
    desk = poller(Unwilling(till.provider, failures=1))
    for status in (OrderStatus.UNPAID, OrderStatus.PAID):
        till.forget_notice(order)
        assert desk.ask()
        assert till.status(order) is status


def test_an_order_is_asked_about_right_after_its_deadline_and_for_a_day():
    assert next_pause(0, 900) == (1, 10)
    assert next_pause(3, 900) == (4, 80)
    assert next_pause(3, 79) == (0, 80)
    assert next_pause(99, 10**7) == (100, LONGEST_PAUSE)
    asked, total = 0, 0.0
    while upcoming := next_pause(asked, None):
        asked, total = upcoming[0], total + upcoming[1]
    assert 0.9 * 86400 < total < 2 * 86400
    assert asked < 20


def test_a_running_listener_repairs_everything_by_itself(u1, till, sessions, redis_url, settings, app):
    app.extensions["settings"] = replace(settings, order_timeout=2)
    with connect(redis_url, timeout=2) as client:

        def additions(backlog, stop):
            poller = PaymentPoller(sessions, client, Unwilling(till.provider, failures=0), stop)
            return Shop(Wallets(sessions, client, 0.2, backlog, stop), poller)

        listener = Listener(TIMEOUTS, sessions, client, 0.2, additions=additions)
        listener.start()
        try:
            order = u1.ordered(2, credit=300)
            link = till.link(u1, order)
            till.pay(link)  # in time; nobody is told
            assert wait_for(lambda: till.status(order) is OrderStatus.PAID, 20)
            late = u1.ordered(3, credit=200)
            link = till.link(u1, late)
            assert wait_for(lambda: till.status(late) is OrderStatus.TIMED_OUT, 20)
            u1.ordered(3, credit=1)
            till.execute("UPDATE users SET credit = 0 WHERE id = :id", id=u1.id)
            till.pay(link)
            till.deliver()
            assert wait_for(lambda: till.payments(late) == [("180.00", "refunded", True)], 20)
        finally:
            listener.stop()
