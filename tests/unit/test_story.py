"""An order's story: a line of time made of the rows of six tables."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm.attributes import set_committed_value

from shared.models import AuditEntry, LedgerEntry, Order, OrderEvent, Payment, Refund
from shared.order_status import OrderStatus
from shared.orders.story import Records, tell

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(seconds):
    return NOON + timedelta(seconds=seconds)


def story(status=OrderStatus.PAID, **tables):
    empty = {"events": [], "ledger": [], "payments": [], "refunds": [], "audit": []}
    order = Order(expires_at=at(900))
    set_committed_value(order, "status", status)
    return tell(Records(order, **empty | tables))


def state(seconds, status, kind="status", **data):
    return OrderEvent(created_at=at(seconds), kind=kind, status=int(status), data=data)


def test_an_order_that_timed_out_was_recovered_and_paid():
    told = story(
        events=[
            state(0, OrderStatus.UNPAID),
            state(600, OrderStatus.UNPAID, kind="reminder"),
            state(900.5, OrderStatus.TIMED_OUT, path="sweep", late=0.5),
            state(1000, OrderStatus.UNPAID),
            state(1100, OrderStatus.PAID, payment="paid"),
        ],
        ledger=[
            LedgerEntry(created_at=at(0.1), kind="credit", action="take", round=1, amount=10),
            LedgerEntry(created_at=at(900.6), kind="credit", action="give_back", round=1, amount=10),
            LedgerEntry(created_at=at(1000.1), kind="coupon", action="take", round=2, amount=1, user_coupon_id=7),
        ],
        payments=[Payment(created_at=at(1100.1), amount=Decimal(70), trade_no="T1", outcome="paid", reason="")],
    )
    assert [(row["at"], row["kind"]) for row in told] == [
        (at(0), "status"),
        (at(0.1), "held"),
        (at(600), "reminder"),
        (at(900.5), "status"),
        (at(900.6), "given_back"),
        (at(1000), "status"),
        (at(1000.1), "held"),
        (at(1100), "status"),
        (at(1100.1), "payment"),
    ]
    changes = [(row["before"], row["after"]) for row in told if row["kind"] == "status"]
    assert changes == [(None, 0), (0, 3), (3, 0), (0, 1)]
    assert (told[3]["path"], told[3]["late"]) == ("sweep", 0.5)
    assert (told[6]["what"], told[6]["user_coupon"], told[6]["round"]) == ("coupon", 7, 2)


def test_a_refund_by_staff_has_its_reason_and_its_end():
    money = {"amount": Decimal(70), "request_no": "R1", "reason": "r", "attempts": 2, "error": None}
    told = story(
        OrderStatus.REFUNDED,
        events=[state(0, OrderStatus.PAID), state(10, OrderStatus.REFUNDED, by="staff")],
        refunds=[Refund(created_at=at(11), done_at=at(20), **money), Refund(created_at=at(12), done_at=None, **money)],
        audit=[AuditEntry(at=at(10), actor="boss", action="order_refunded", after={"status": 4, "reason": "double"})],
    )
    kinds = [row["kind"] for row in told]
    assert sorted(kinds[1:3]) == ["audit", "status"]
    assert kinds[3:] == ["refund_ordered", "refund_ordered", "refund_done"]
    [audit] = [row for row in told if row["kind"] == "audit"]
    assert (audit["actor"], audit["action"], audit["reason"]) == ("boss", "order_refunded", "double")
    assert [row.get("by") for row in told if row["kind"] == "status"] == [None, "staff"]


@pytest.mark.parametrize("status", list(OrderStatus))
def test_a_deadline_is_told_while_it_counts_or_was_missed(status):
    counts = status in (OrderStatus.UNPAID, OrderStatus.TIMED_OUT)
    assert [row["at"] for row in story(status)] == ([at(900)] if counts else [])


def test_a_time_out_from_before_paths_were_written_down_has_none():
    [row] = story(events=[state(0, OrderStatus.TIMED_OUT)])
    assert (row["path"], row["late"]) == (None, None)
