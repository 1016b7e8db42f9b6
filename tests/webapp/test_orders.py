"""An order's life over REST."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, text

from shared.models import Order
from shared.order_status import OrderStatus
from shared.stores import redis_keys
from tests.conftest import administrate, cut_off
from tests.shop import shopper
from webapp.database import db


def set_status(sessions, order_id: int, status: OrderStatus) -> None:
    statement = (
        "UPDATE orders SET status = :status, paid_at = CASE WHEN :status IN (1, 4) THEN now() END WHERE id = :id"
    )
    with sessions.begin() as session:
        session.execute(text(statement), {"status": int(status), "id": order_id})


def coupon_of(shopper, coupon_id: int) -> int:
    return next(id for id, entry in shopper.wallet().items() if entry["coupon_id"] == coupon_id)


def test_an_order_is_placed(u1, redis):
    u1.post("/cart/", {"course_id": 3})
    u1.patch("/cart/3/", {"selected": False})
    coupon = coupon_of(u1, 1)

    answer = u1.order(1, 2, user_coupon_id=coupon, credit=100)

    assert answer.status_code == 201
    placed = answer.json
    assert placed == {"id": placed["id"], "order_number": placed["order_number"], "order_timeout": 900}
    order = u1.get(f"/orders/{placed['id']}/").json
    created, due = (datetime.fromisoformat(order[name]) for name in ("created_time", "expires_at"))
    lines = order.pop("order_courses")
    assert order == {
        "id": placed["id"],
        "order_number": f"{created:%Y%m%d}{u1.id:08d}{int(placed['order_number'][16:]):08d}",
        "total_price": "458.00",
        "real_price": "418.00",
        "pay_time": None,
        "created_time": created.isoformat(timespec="microseconds"),
        "expires_at": due.isoformat(timespec="microseconds"),
        "expires_in": order["expires_in"],
        "credit": 100,
        "coupon": {"id": 1, "name": "减 30", "name_en": "30 off", "sale": "-30", "discount": 1, "condition": "100.00"},
        "pay_type": 0,
        "order_status": 0,
    }
    assert order["created_time"].endswith("+00:00")
    assert due - created == timedelta(seconds=900)
    assert 895 < order["expires_in"] <= 900
    assert lines == [
        {
            "id": lines[0]["id"],
            "price": "399.00",
            "real_price": "358.00",
            "discount_name": "限时折扣",
            "course_id": 1,
            "course_name": "Flask 实战",
            "course_name_en": "",
            "course_cover": "/covers/1.png",
            "reviewed": False,
        },
        {
            "id": lines[1]["id"],
            "price": "100.00",
            "real_price": "100.00",
            "discount_name": "",
            "course_id": 2,
            "course_name": "100% Python",
            "course_name_en": "",
            "course_cover": "",
            "reviewed": False,
        },
    ]
    timer = redis_keys.order_timer(placed["id"])
    assert 890 < redis.ttl(timer) <= 900
    assert abs(redis.zscore(redis_keys.ENGINE.deadlines("order"), timer) - due.timestamp() * 1000) <= 1
    assert u1.credit() == 400
    assert coupon not in u1.wallet()
    assert not redis.exists(redis_keys.coupon(u1.id, coupon))
    assert [item["course_id"] for item in u1.get("/cart/").json["items"]] == [3]


def test_a_cancelled_order_gives_everything_back(u1, redis):
    coupon = coupon_of(u1, 1)
    entry = u1.wallet()[coupon]
    order = u1.ordered(2, user_coupon_id=coupon, credit=10)

    cancelled = u1.put(f"/orders/{order['id']}/")

    assert cancelled.status_code == 200
    assert cancelled.json == order | {"order_status": 2, "expires_in": 0}
    assert u1.credit() == 500
    assert u1.wallet()[coupon] == entry
    timer = redis_keys.order_timer(order["id"])
    assert not redis.exists(timer)
    assert redis.zscore(redis_keys.ENGINE.deadlines("order"), redis_keys.order_timer(order["id"])) is None
    kept = redis.hgetall(redis_keys.coupon(u1.id, coupon))
    assert set(kept) == {name.encode() for name in entry}
    assert kept[b"get_discount_display"].decode() == "减免"
    again = u1.put(f"/orders/{order['id']}/")
    assert (again.status_code, again.json["code"]) == (409, "order_state")


@pytest.mark.parametrize("status", [s for s in OrderStatus if s is not OrderStatus.UNPAID])
def test_only_an_unpaid_order_is_cancelled(u1, sessions, status):
    order = u1.ordered(2)
    set_status(sessions, order["id"], status)
    assert u1.put(f"/orders/{order['id']}/").status_code == 409
    assert u1.get(f"/orders/{order['id']}/").json["order_status"] == status


@pytest.mark.parametrize("status", OrderStatus)
def test_only_a_finished_order_is_hidden(u1, sessions, status):
    order = u1.ordered(2)
    set_status(sessions, order["id"], status)
    path = f"/orders/{order['id']}/"
    if status.is_live:
        assert u1.delete(path).status_code == 409
        assert u1.get(path).status_code == 200
        return
    assert u1.delete(path).status_code == 204
    assert u1.get(path).status_code == u1.put(path).status_code == u1.delete(path).status_code == 404
    assert u1.get("/orders/list/").json["count"] == 0


def test_pay_choices(client):
    assert client.get("/orders/pay/choices/").json == [
        [0, "未支付"],
        [1, "已支付"],
        [2, "已取消"],
        [3, "超时取消"],
        [4, "已退款"],
    ]


def test_orders_are_listed_newest_first_a_page_at_a_time(u1, u2):
    orders = [u1.ordered(course_id)["id"] for course_id in (2, 3, 5, 6, 2, 3)]
    u2.ordered(2)
    u1.put(f"/orders/{orders[0]}/")

    page = u1.get("/orders/list/").json
    assert [order["id"] for order in page["results"]] == orders[:0:-1]
    assert (page["count"], page["previous"]) == (6, None)
    assert page["results"][0] == u1.get(f"/orders/{orders[-1]}/").json

    rest = u1.get(page["next"]).json
    assert [order["id"] for order in rest["results"]] == orders[:1]
    assert rest["next"] is None
    assert u1.get("/orders/list/?status=2").json["results"] == rest["results"]
    assert u1.get("/orders/list/?status=-1&size=20").json["count"] == 6
    assert u1.get("/orders/list/?status=0&size=2").json["count"] == 5


def test_an_order_is_found_by_its_number_among_ones_own(u1, u2):
    orders = [u1.ordered(2) for _ in range(3)]
    path = f"/orders/list/?size=1&number={orders[0]['order_number']}"
    found = u1.get(path).json
    assert (found["count"], [order["id"] for order in found["results"]]) == (1, [orders[0]["id"]])
    assert u1.get(f"{path}&status=1").json["count"] == 0
    assert u1.get("/orders/list/?number=404").json["results"] == []
    assert u2.get(path).json["results"] == []


def test_a_list_needs_as_many_queries_for_many_orders_as_for_one(app, u1):
    def queries() -> int:
        counted = []
        with app.app_context():
            engine = db.engine
        listener = lambda *args: counted.append(args[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", listener)
        u1.get("/orders/list/?size=20")
        event.remove(engine, "before_cursor_execute", listener)
        return len(counted)

    u1.ordered(2)
    one = queries()
    for _ in range(4):
        u1.ordered(2, 3)
    assert queries() == one


@pytest.mark.attack
def test_what_belongs_to_another_is_not_there(u1, u2):
    order = u1.ordered(2)
    path = f"/orders/{order['id']}/"
    for answer in (u2.get(path), u2.put(path), u2.delete(path), u2.get(f"/orders/{10**30}/"), u2.put("/orders/0/")):
        assert (answer.status_code, answer.json["code"]) == (404, "order_not_found")
    assert u2.get("/orders/list/").json["results"] == []
    assert u1.get(path).json == order | {"expires_in": u1.get(path).json["expires_in"]}


@pytest.mark.parametrize(
    ("courses", "coupon", "credit", "total", "real", "taken"),
    [
        ([2], 1, 0, "100.00", "70.00", 0),
        ([1, 2], 1, 0, "458.00", "428.00", 0),  # only course 2 counts for the condition
        ([2, 3], 2, 0, "300.00", "270.00", 0),  # the dearest line alone
        ([3, 5], 3, 0, "200.33", "0.00", 0),  # at most what is eligible
        ([5], 2, 3, "0.33", "0.00", 3),  # 0.2805: the last credit covers less than 0.10
        ([2], -1, 500, "100.00", "50.00", 500),
        ([4], -1, 0, "0.00", "0.00", 0),
        ([5], 3, 10, "0.33", "0.00", 0),  # the coupon comes first, nothing is left for credit
    ],
)
def test_what_an_order_costs(u1, courses, coupon, credit, total, real, taken):
    coupon = coupon if coupon == -1 else coupon_of(u1, coupon)
    order = u1.ordered(*courses, user_coupon_id=coupon, credit=credit)
    assert (order["total_price"], order["real_price"], order["credit"]) == (total, real, taken)
    assert u1.credit() == 500 - taken
    assert order["order_status"] == (1 if real == "0.00" else 0)
    assert (order["pay_time"] is None) == (real != "0.00")


def test_what_lowers_nothing_is_not_taken(u1):
    coupon = coupon_of(u1, 2)
    order = u1.ordered(4, user_coupon_id=coupon)
    assert order["coupon"] == {}
    assert coupon in u1.wallet()


def test_an_order_of_nothing_to_pay_has_no_timer(u1, redis):
    order = u1.ordered(4)
    assert not redis.exists(redis_keys.order_timer(order["id"]))
    assert order["expires_in"] == 0


@pytest.mark.parametrize(
    ("courses", "body", "code"),
    [
        ([], {}, "cart_empty"),
        ([2], {"pay_type": 1}, "pay_type_unavailable"),
        ([2], {"pay_type": -1}, "pay_type_unavailable"),
        ([2], {"credit": 501}, "credit_not_allowed"),
        ([5], {"credit": 11}, "credit_not_allowed"),
        ([2], {"credit": 2**62}, "credit_not_allowed"),
        ([2], {"user_coupon_id": 2**62}, "coupon_unavailable"),
        ([2], {"user_coupon_id": -2}, "coupon_unavailable"),
        ([2], {"user_coupon_id": 3}, "coupon_not_applicable"),
        ([5], {"user_coupon_id": 1}, "coupon_not_applicable"),
        ([1], {"user_coupon_id": 1}, "coupon_not_applicable"),
        ([2], {"user_coupon_id": 4}, "coupon_unavailable"),
        ([2], {"user_coupon_id": 5}, "coupon_unavailable"),
        ([2], {"user_coupon_id": 6}, "coupon_unavailable"),
    ],
)
def test_a_refused_order_changes_nothing(u1, u2, courses, body, code):
    for course_id in courses:
        u1.post("/cart/", {"course_id": course_id})
    before = u1.get("/cart/").json, u1.credit(), u1.wallet()
    answer = u1.post("/orders/", {"pay_type": 0} | body)
    assert (answer.status_code, answer.json["code"]) == (400, code)
    assert (u1.get("/cart/").json, u1.credit(), u1.wallet()) == before
    assert u1.get("/orders/list/").json["count"] == 0


@pytest.mark.attack
def test_a_coupon_is_in_one_order_at_a_time(u1):
    coupon = coupon_of(u1, 1)
    order = u1.ordered(2, user_coupon_id=coupon)
    again = u1.order(2, user_coupon_id=coupon)
    assert (again.status_code, again.json["code"]) == (409, "coupon_held")
    u1.put(f"/orders/{order['id']}/")
    assert u1.post("/orders/", {"pay_type": 0, "user_coupon_id": coupon}).status_code == 201


@pytest.mark.attack
@pytest.mark.parametrize("redis_is_away", [False, True])
@pytest.mark.parametrize("in_hash_alone", [False, True])
def test_a_double_click_makes_one_order(app, u1, redis, redis_is_away, in_hash_alone):
    if redis_is_away and in_hash_alone:
        pytest.skip("there is no hash then")
    if redis_is_away:
        cut_off(app)
    if in_hash_alone:
        redis.hset(redis_keys.cart(u1.id), "2", "1")
    else:
        u1.post("/cart/", {"course_id": 2})

    def click(_):
        return shopper(app, "u1").post("/orders/", {"pay_type": 0})

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(click, range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 5
    assert {answer.json["code"] for answer in answers if answer.status_code == 400} == {"cart_empty"}


def test_a_failed_commit_leaves_the_cart_as_it_was(app, u1, redis, postgres):
    u1.post("/cart/", {"course_id": 2})
    u1.post("/cart/", {"course_id": 3})
    before = u1.get("/cart/").json
    with app.app_context():
        engine = db.engine

    def cut(connection):
        backend = connection.connection.dbapi_connection.info.backend_pid
        administrate(postgres, f"SELECT pg_terminate_backend({backend}, 5000)")

    event.listen(engine, "commit", cut)
    answer = u1.post("/orders/", {"pay_type": 0})
    event.remove(engine, "commit", cut)
    assert (answer.status_code, answer.json["code"]) == (503, "store_unavailable")
    assert u1.get("/cart/").json == before
    assert redis.hlen(redis_keys.cart(u1.id)) == 2
    assert u1.get("/orders/list/").json["count"] == 0


@pytest.mark.parametrize("away", [False, True], ids=["with Redis", "Redis away"])
def test_counters_count(app, client, u1, away):
    def value(name: str) -> float:
        lines = client.get("/metrics").text.splitlines()
        return float(next(line for line in lines if line.startswith(f"{name} ")).split()[-1])

    before = value("orders_created_total"), value('order_give_backs_total{kind="credit"}')
    if away:
        cut_off(app)
    order = u1.ordered(2, credit=10)
    u1.put(f"/orders/{order['id']}/")
    assert value("orders_created_total") == before[0] + 1
    assert value('order_give_backs_total{kind="credit"}') == before[1] + 1


def test_an_overdue_order_has_no_time_left(u1, sessions):
    order = u1.ordered(2)
    with sessions.begin() as session:
        session.get(Order, order["id"]).expires_at -= timedelta(hours=1)
    assert u1.get(f"/orders/{order['id']}/").json["expires_in"] == 0
