"""Keys: what is built is parsed again, and nothing else is."""

import pytest

from shared.stores import redis_keys


@pytest.mark.parametrize("number", [1, 42, 2**53])
def test_round_trips(number):
    assert redis_keys.parse_order_timer(redis_keys.order_timer(number).encode()) == number
    assert redis_keys.parse_coupon(redis_keys.coupon(7, number).encode()) == number


def test_keys_are_those_of_the_contract():
    assert redis_keys.order_timer(42) == "order:timeout:42"
    assert redis_keys.cart(7) == "cart_7"
    assert redis_keys.coupon(7, 12) == "coupon:7:12"


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"order:timeout:",
        b"order:timeout:x",
        b"order:timeout:-1",
        b"order:timeout:1.5",
        b"order:timeout: 1",
        b"order:timeout:1\n",
        b"order:timeout:1:2",
        b"order:timeout:" + b"9" * 30,
        "order:timeout:²".encode(),
        b"\xff\xfe",
        b"xorder:timeout:1",
        b"coupon:7:12",
        b"cart_7",
    ],
)
def test_what_is_no_timer(key):
    assert redis_keys.parse_order_timer(key) is None


@pytest.mark.parametrize(
    "key", [b"", b"coupon:", b"coupon:7", b"coupon:7:", b"coupon::7", b"coupon:x:7", b"coupon:7:8:9"]
)
def test_what_is_no_wallet_entry(key):
    assert redis_keys.parse_coupon(key) is None
