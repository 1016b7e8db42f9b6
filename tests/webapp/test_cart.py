"""The cart, with Redis, without it, and with somebody else's hand in it."""

import pytest

from shared.models import CartItem
from shared.stores import redis_keys


@pytest.fixture
def key(u1) -> str:
    return redis_keys.cart(u1.id)


def in_cart(shopper) -> dict[int, bool]:
    return {item["course_id"]: item["selected"] for item in shopper.get("/cart/").json["items"]}


def test_a_cart_from_first_to_last(u1, redis, key):
    assert u1.get("/cart/").json == {"items": [], "total_price": "0.00", "real_price": "0.00"}

    u1.post("/cart/", {"course_id": 2})
    added = u1.post("/cart/", {"course_id": 1})
    assert added.status_code == 201
    assert (
        added.json
        == u1.get("/cart/").json
        == {
            "items": [
                {
                    "course_id": 1,
                    "name": "Flask 实战",
                    "name_en": "",
                    "cover": "/covers/1.png",
                    "price": "399.00",
                    "discount": {"type": "限时折扣", "type_en": "", "price": "358.00"},
                    "selected": True,
                    "owned": False,
                    "on_sale": True,
                },
                {
                    "course_id": 2,
                    "name": "100% Python",
                    "name_en": "",
                    "cover": "",
                    "price": "100.00",
                    "discount": {},
                    "selected": True,
                    "owned": False,
                    "on_sale": True,
                },
            ],
            "total_price": "499.00",
            "real_price": "458.00",
        }
    )
    assert redis.hgetall(key) == {b"1": b"1", b"2": b"1"}

    unselected = u1.patch("/cart/1/", {"selected": False})
    assert unselected.status_code == 200
    assert (unselected.json["total_price"], unselected.json["real_price"]) == ("100.00", "100.00")
    assert redis.hget(key, "1") == b"0"

    assert u1.patch("/cart/", {"selected": False}).json["total_price"] == "0.00"
    assert u1.patch("/cart/", {"selected": True}).json["total_price"] == "499.00"

    assert u1.delete("/cart/1/").status_code == 204
    assert in_cart(u1) == {2: True}
    assert redis.hgetall(key) == {b"2": b"1"}


def test_adding_twice_is_once_and_selected(u1):
    u1.post("/cart/", {"course_id": 2})
    u1.patch("/cart/2/", {"selected": False})
    assert u1.post("/cart/", {"course_id": 2}).status_code == 201
    assert in_cart(u1) == {2: True}


def test_everybody_has_his_own(u1, u2):
    u1.post("/cart/", {"course_id": 2})
    assert in_cart(u2) == {}
    assert u2.patch("/cart/2/", {"selected": False}).status_code == 404
    assert u2.delete("/cart/2/").status_code == 404
    assert in_cart(u1) == {2: True}


@pytest.mark.parametrize("course_id", [8, 2**62])
def test_what_is_not_there(u1, course_id):
    added = u1.post("/cart/", {"course_id": course_id})
    assert (added.status_code, added.json["code"]) == (404, "course_not_found")
    for answer in (u1.patch(f"/cart/{course_id}/", {"selected": True}), u1.delete(f"/cart/{course_id}/")):
        assert (answer.status_code, answer.json["code"]) == (404, "not_in_cart")


def test_what_another_wrote_into_the_hash_counts(u1, redis, key):
    redis.hset(key, mapping={"3": "1", "6": "0"})
    assert in_cart(u1) == {3: True, 6: False}
    u1.patch("/cart/6/", {"selected": True})
    assert u1.post("/orders/", {"pay_type": 0}).status_code == 201
    assert in_cart(u1) == {}


def test_nonsense_in_the_hash_is_passed_over(u1, redis, key):
    u1.post("/cart/", {"course_id": 2})
    redis.hset(key, mapping={"99": "1", "x": "1", "-1": "1", "": "1", "9" * 30: "1", "²": "1", "3": "maybe"})
    assert in_cart(u1) == {2: True, 3: False}
    assert u1.patch("/cart/99/", {"selected": True}).status_code == 404
    assert u1.patch("/cart/", {"selected": True}).status_code == 200


def test_an_emptied_redis_is_filled_again(u1, redis, key):
    u1.post("/cart/", {"course_id": 2})
    u1.post("/cart/", {"course_id": 3})
    u1.patch("/cart/3/", {"selected": False})
    redis.flushall()
    assert in_cart(u1) == {2: True, 3: False}
    assert redis.hgetall(key) == {b"2": b"1", b"3": b"0"}

    redis.flushall()
    u1.post("/cart/", {"course_id": 5})
    assert in_cart(u1) == {2: True, 3: False, 5: True}


def test_a_key_of_another_type_does_no_harm(u1, redis, key):
    u1.post("/cart/", {"course_id": 2})
    redis.delete(key)
    redis.set(key, "not a hash")
    assert in_cart(u1) == {2: True}
    assert u1.post("/cart/", {"course_id": 3}).status_code == 201


def test_postgresql_has_what_redis_has(u1, sessions):
    u1.post("/cart/", {"course_id": 2})
    u1.patch("/cart/2/", {"selected": False})
    with sessions() as session:
        assert session.get(CartItem, (u1.id, 2)).selected is False
    u1.delete("/cart/2/")
    with sessions() as session:
        assert session.get(CartItem, (u1.id, 2)) is None
