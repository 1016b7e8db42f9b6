"""Every table of the admin: its list, its forms, its details; and nonsense everywhere."""

import re

import pytest
from sqlalchemy import text

from shared.models import Category, Course, Direction
from tests.coupons import hand_out, make_coupon
from tests.deadlines import let_time_be_over
from tests.full_shop import fill

TABLES = {
    "courses": 1,
    "directions": 1,
    "categories": 1,
    "reviews": 1,
    "coupons": 1,
    "user_coupons": 1,
    "users": 1,
    "credit_grants": 1,
    "orders": 1,
    "payments": 1,
    "refunds": 1,
    "payment_differences": 1,
    "reconciliations": None,
    "quarantined_timeouts": None,
    "audit_log": 1,
}
EDITABLE = ("courses", "directions", "categories", "coupons", "user_coupons")


@pytest.fixture
def full(boss, u1, sessions):
    """A shop with something in every table."""
    return fill(sessions, u1)


@pytest.mark.parametrize("table", TABLES)
def test_a_list_and_its_details(boss, full, table):
    listing = boss.get(f"/{table}/")
    assert listing.status_code == 200
    assert "col-" in listing.text
    for query in ("search=a", "sort=0", "sort=1&desc=1", "page=1", "page_size=100", "sort=2"):
        assert boss.get(f"/{table}/?{query}").status_code == 200, query
    if TABLES[table]:
        details = boss.get(f"/{table}/details/?id={TABLES[table]}")
        assert details.status_code == 200
        assert '<th scope="row">Id</th>' in details.text


@pytest.mark.attack
@pytest.mark.parametrize("table", TABLES)
def test_nonsense_is_no_bug(boss, full, table):
    queries = [
        *(f"id={value}" for value in ("", "0", "x", "-1", "9" * 30, "1,1", "%00", "%ff", "1&id=2")),
        *(f"{name}={value}" for name in ("page", "page_size", "sort") for value in ("x", "-1", "9" * 30, "1.5", "%00")),
        *("search=%25_%27%22%5C", "search=%00", f"search={'x' * 5000}", "flt0_0=x", "flt0_0=9", "flt9_9=1", "flt0=1"),
        *("url=https://evil.example/", "user=x&user=99999"),
    ]
    for page in ("", "details/", "edit/", "new/", "ajax/lookup/", "export/csv/", "export/xlsx/", "grant/"):
        for query in queries:
            answer = boss.get(f"/{table}/{page}?{query}")
            assert answer.status_code < 500, (page, query, answer.text)
            assert not (answer.location or "").startswith("https:"), (page, query)
    for data in ({}, {"id": "x"}, {"id": "9" * 30}, {"rowid": ["x", "9" * 30], "action": "delete"}, {"action": "x"}):
        for page in ("delete/", "action/", "new/", "edit/?id=1", "edit/?id=x", "ajax/update/", "grant/?id=1"):
            assert boss.post(f"/{table}/{page}", data).status_code < 500, (page, data)


@pytest.mark.attack
@pytest.mark.parametrize("table", [table for table in TABLES if table not in EDITABLE])
def test_what_is_only_to_be_looked_at(boss, full, sessions, table):
    def rows():
        with sessions() as session:
            return session.execute(text(f"SELECT * FROM {table} ORDER BY 1")).all()

    before = rows()
    for page in ("new/", "edit/?id=1"):
        assert boss.get(f"/{table}/{page}").status_code == 302
        assert boss.post(f"/{table}/{page}", {"status": "1", "credit": "5"}).status_code == 302
    boss.delete(table, 1)
    boss.act(table, "delete", 1)
    assert rows() == before


@pytest.mark.attack
def test_no_password_is_shown(boss, u1):
    for path in ("/users/", "/users/details/?id=1"):
        assert "argon2" not in boss.get(path).text
    assert "password hash" not in boss.get("/users/details/?id=1").text.lower()


def test_an_order_with_all_that_happened_to_it(boss, u1, full):
    u1.put(f"/orders/{full['id']}/")
    page = boss.get(f"/orders/details/?id={full['id']}").text
    for part in (
        full["order_number"],
        "100% Python",
        "given back",
        "Cancelled by its user",
        "Placed, to be paid",
        "T1",
        "R1",
    ):
        assert part in page
    assert full["order_number"] in boss.get("/orders/?flt0_0=2").text
    assert full["order_number"] not in boss.get("/orders/?flt0_0=1").text


@pytest.mark.attack
def test_what_users_wrote_is_not_html(boss, u1, full):
    u1.patch("/users/me/", {"nickname": "<script>alert(1)</script>"})
    for path in ("/users/", "/users/details/?id=1", "/credit_grants/"):
        page = boss.get(path).text
        assert "<script>alert" not in page
        assert "<b></td>" not in page


def test_directions_and_categories(boss, sessions):
    made = boss.post("/directions/new/", {"name": " 测试 "})
    assert made.status_code == 302
    with sessions() as session:
        direction = session.query(Direction).filter_by(name="测试").one().id
    assert boss.post("/categories/new/", {"name": "pytest", "direction": str(direction)}).status_code == 302
    with sessions() as session:
        category = session.query(Category).filter_by(name="pytest").one()
        assert category.direction_id == direction
    assert boss.post(f"/directions/edit/?id={direction}", {"name": "质量"}).status_code == 302
    assert boss.post(f"/categories/edit/?id={category.id}", {"name": "x", "direction": "1"}).status_code == 302
    assert boss.delete("categories", category.id) == ["Record was successfully deleted."]
    assert boss.act("directions", "delete", direction) == ["1 deleted."]


def test_what_is_in_use_stays_and_the_page_says_why(boss, u1, full, sessions):
    assert "coupon “前端减 500” is for it" in boss.delete("directions", 2)[0]
    assert boss.delete("directions", 1) == ["There are categories in this direction; move or delete those first."]
    assert boss.delete("categories", 2) == ["There are courses in this category; move or delete those first."]
    assert boss.delete("courses", 2) == ["Users have ordered this course, so it must stay."]
    assert boss.act("courses", "delete", 2, 7) == ["Users have ordered this course, so it must stay.", "1 deleted."]
    with sessions() as session:
        assert session.get(Course, 2) is not None
        assert session.get(Course, 7) is None


COURSE = {
    "name": "新课",
    "cover": "/covers/9.svg",
    "brief": "b",
    "price": "100.00",
    "credit": "5",
    "direction": "1",
    "category": "1",
    "discount_type": "",
    "discount_price": "",
}


def test_courses(boss, sessions, client):
    assert boss.post("/courses/new/", COURSE).status_code == 302
    with sessions() as session:
        course = session.query(Course).filter_by(name="新课").one()
        assert (course.discount_type, course.discount_price, course.credit) == (None, None, 5)
    change = COURSE | {"discount_type": "限时", "discount_price": "80"}
    assert boss.post(f"/courses/edit/?id={course.id}", change).status_code == 302
    assert client.get(f"/courses/{course.id}/").json["discount"] == {"type": "限时", "price": "80.00", "type_en": ""}
    assert boss.post(f"/courses/edit/?id={course.id}", COURSE).status_code == 302
    assert client.get(f"/courses/{course.id}/").json["discount"] == {}


BAD_COURSES = [
    ({"name": " "}, "This field is required."),
    ({"name": "x" * 201}, "Field cannot be longer than 200 characters."),
    ({"price": ""}, "This field is required."),
    ({"price": "-1"}, "Must be an amount such as 399.00, not negative."),
    ({"price": "1.001"}, "Must be an amount such as 399.00, not negative."),
    ({"price": "1e3"}, "Must be an amount such as 399.00, not negative."),
    ({"credit": "-1"}, "Number must be between 0 and 1000000000."),
    ({"direction": "99"}, "Not a valid choice."),
    ({"direction": "2"}, "This category is in the direction “后端”."),
    ({"discount_type": "x"}, "A discount needs both its name and its price."),
    ({"discount_price": "1"}, "A discount needs both its name and its price."),
    ({"discount_type": "x", "discount_price": "100.01"}, "Must not be above the course's price."),
]


def test_a_category_does_not_leave_its_courses_behind(boss, sessions):
    page = boss.post("/categories/edit/?id=1", {"name": "Python", "direction": "2"})
    assert boss.messages(page) == ["There are courses in this category; move or delete those first."]
    assert boss.post("/categories/edit/?id=1", {"name": "Python 3", "direction": "1"}).status_code == 302
    with sessions() as session:
        category = session.get_one(Category, 1)
        assert (category.name, category.direction_id) == ("Python 3", 1)


def test_a_course_that_breaks_a_rule(boss):
    for change, problem in BAD_COURSES:
        page = boss.post("/courses/new/", COURSE | change)
        assert page.status_code == 200, change
        assert problem in boss.errors(page), change


def test_the_first_page(boss, u1, full):
    page = boss.get("/").text
    assert "timers in Redis" in page


def test_give_form_is_prefilled_with_the_users_that_were_selected(boss, u1, sessions):
    hand_out(sessions, u1.id, make_coupon(sessions))
    answer = boss.post("/users/action/", {"action": "give", "rowid": ["1", "2"]}, follow_redirects=True)
    assert "u1\nu2</textarea>" in answer.text.replace("\r", "")


def test_the_first_page_says_that_no_listener_closes_orders(boss, u1, sessions):
    assert "no listener" not in boss.get("/").text
    let_time_be_over(sessions, u1.ordered(2)["id"], ago=90)
    assert re.search(r"overdue by 9\d s: no listener closes them", boss.get("/").text)


def test_the_first_page_says_that_no_listener_hears(boss, redis):
    alarm = "No listener hears of deadlines"
    assert alarm in boss.get("/").text
    with redis.pubsub() as listener:
        listener.subscribe("__keyevent@0__:expired")
        assert listener.get_message(timeout=5)["type"] == "subscribe"
        assert alarm not in boss.get("/").text
