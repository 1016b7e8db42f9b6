"""What staff do to somebody's order, and that its history says who or what closed it."""

import pytest
from sqlalchemy import select

from lapse import batches
from shared import orders
from shared.accounts import audit
from shared.accounts.audit import Actor, OwnAccount
from shared.errors import Conflict, NotFound
from shared.models import AuditEntry, OrderEvent, Payment, Refund
from shared.order_status import OrderStatus
from shared.timeouts import ORDER
from tests.engine.shop import CREDIT

VERBS = {orders.cancel_for_user: OrderStatus.UNPAID, orders.refund_for_user: OrderStatus.PAID}


def told(sessions, order_id):
    with sessions() as session:
        return session.scalars(select(OrderEvent.data).where(OrderEvent.order_id == order_id)).one()


def entries(sessions):
    with sessions() as session:
        return session.scalars(select(AuditEntry)).all()


@pytest.mark.parametrize("path", ["event", "sweep"])
def test_a_time_out_says_by_which_path_and_how_late(shop, sessions, path):
    [order] = shop.orders(shop.user("u"), due_in=-90)
    if path == "event":
        batches.run(sessions, ORDER, [order], "event")
    else:
        batches.sweep(sessions, ORDER)
    assert told(sessions, order)["path"] == path
    assert 90 <= told(sessions, order)["late"] < 120


@pytest.mark.parametrize("verb", VERBS)
def test_it_gives_back_and_is_told_with_its_reason(shop, sessions, verb):
    user = shop.user("u")
    [order] = shop.orders(user, status=VERBS[verb], due_in=60)
    with sessions.begin() as session:
        assert verb(session, order, "they asked").credit == CREDIT
    assert (shop.credit(user), shop.give_backs([order])) == (CREDIT, 1)
    assert told(sessions, order)["by"] == "staff"
    [entry] = entries(sessions)
    assert (entry.subject_kind, entry.subject_id) == ("order", str(order))
    assert (entry.before, entry.after) == (
        {"status": VERBS[verb]},
        {"status": shop.status(order), "reason": "they asked"},
    )


def test_the_money_of_a_refund_is_put_down(shop, sessions):
    [order] = shop.orders(shop.user("u"), status=OrderStatus.PAID)
    with sessions.begin() as session:
        session.add(Payment(order_id=order, trade_no="T1", amount=5, outcome="paid"))
        orders.refund_for_user(session, order, "r")
        assert session.scalars(select(Refund.amount)).one() == 5


@pytest.mark.attack
@pytest.mark.parametrize("status", list(OrderStatus))
@pytest.mark.parametrize("verb", VERBS)
def test_states_are_guarded_and_a_refusal_tells_nothing(shop, sessions, verb, status):
    user = shop.user("u")
    [order] = shop.orders(user, status=status, due_in=60)
    if status is not VERBS[verb]:
        with pytest.raises(Conflict, match=status.words), sessions.begin() as session:
            verb(session, order, "r")
        assert (shop.status(order), shop.credit(user), entries(sessions)) == (status, 0, [])
    with pytest.raises(NotFound), sessions.begin() as session:
        verb(session, 999_999, "r")


@pytest.mark.attack
@pytest.mark.parametrize("verb", VERBS)
def test_nobody_does_it_to_their_own(shop, sessions, verb):
    user = shop.user("u")
    [order] = shop.orders(user, status=VERBS[verb], due_in=60)
    themselves = {audit.WHO: lambda: Actor("u", user)}
    with pytest.raises(OwnAccount), sessions(info=themselves) as session:
        verb(session, order, "r")
    assert (shop.status(order), shop.credit(user), entries(sessions)) == (VERBS[verb], 0, [])
