"""The wallet."""

WALLET_FIELDS = {
    "user_coupon_id",
    "coupon_id",
    "name",
    "name_en",
    "discount",
    "get_discount_display",
    "coupon_type",
    "get_coupon_type_display",
    "start_time",
    "end_time",
    "get_type",
    "get_get_type_display",
    "condition",
    "sale",
    "to_direction",
    "to_category",
    "to_course",
}


def test_a_wallet(u1):
    entries = u1.get("/coupons/").json
    assert [entry["coupon_id"] for entry in entries] == [1, 2, 3, 5]
    assert all(set(entry) == WALLET_FIELDS for entry in entries)
    scoped, later = entries[2:]
    assert scoped == {
        "user_coupon_id": scoped["user_coupon_id"],
        "coupon_id": 3,
        "name": "前端减 500",
        "name_en": "",
        "discount": 1,
        "get_discount_display": "减免",
        "coupon_type": 1,
        "get_coupon_type_display": "指定方向",
        "start_time": "2026-01-01T00:00:00.000000+00:00",
        "end_time": "2036-01-01T00:00:00.000000+00:00",
        "get_type": 0,
        "get_get_type_display": "系统赠送",
        "condition": "0.00",
        "sale": "-500",
        "to_direction": [{"id": 2, "name": "前端", "name_en": ""}],
        "to_category": [],
        "to_course": [],
    }
    assert later["start_time"] == "2034-12-31T16:00:00.000000+00:00"
    assert later["to_category"] == [{"id": 1, "name": "Python", "name_en": ""}]


def test_everybody_has_his_own(u1, u2):
    assert [entry["coupon_id"] for entry in u2.get("/coupons/").json] == [1, 1]
    assert not set(u1.wallet()) & set(u2.wallet())
