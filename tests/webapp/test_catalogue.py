"""Courses, directions and categories, and pages."""

import pytest

from tests.api.account import pay


def ids(answer) -> list[int]:
    assert answer.status_code == 200
    return [course["id"] for course in answer.json["results"]]


def test_a_course_as_it_is_listed_and_alone(client, school_data):
    course = client.get("/courses/1/").json
    assert course == {
        "id": 1,
        "name": "Flask 实战",
        "name_en": "",
        "cover": "/covers/1.png",
        "brief": "",
        "price": "399.00",
        "credit": 100,
        "direction": 1,
        "category": 1,
        "direction_name": "后端",
        "category_name": "Python",
        "direction_name_en": "Back end",
        "category_name_en": "",
        "discount": {"type": "限时折扣", "type_en": "", "price": "358.00"},
        "owned": False,
        "on_sale": True,
        "rating": None,
        "review_count": 0,
        "teacher": {},
        "lessons": [],
        "reviews": [],
    }
    listed = client.get("/courses/").json["results"]
    assert listed[0] == {name: value for name, value in course.items() if name not in ("teacher", "lessons", "reviews")}
    assert listed[1]["discount"] == {}


def test_directions_and_categories(client, school_data):
    assert client.get("/courses/directions/").json == [
        {"id": 1, "name": "后端", "name_en": "Back end"},
        {"id": 2, "name": "前端", "name_en": ""},
    ]
    assert client.get("/courses/categories/").json == [
        {"id": 1, "name": "Python", "name_en": "", "direction": 1},
        {"id": 2, "name": "Vue", "name_en": "", "direction": 2},
    ]


def test_pages_follow_each_other(client, school_data):
    first = client.get("/courses/?size=3&search=")
    assert ids(first) == [1, 2, 3]
    assert first.json["count"] == 7
    assert first.json["previous"] is None

    second = client.get(first.json["next"])
    assert ids(second) == [4, 5, 6]
    assert ids(client.get(second.json["previous"])) == [1, 2, 3]

    last = client.get(second.json["next"])
    assert ids(last) == [7]
    assert last.json["next"] is None


def test_five_to_a_page_and_at_most_twenty(client, school_data):
    assert len(ids(client.get("/courses/"))) == 5
    assert len(ids(client.get("/courses/?size=21"))) == 7


def test_past_the_end_a_page_is_empty(client, school_data):
    answer = client.get(f"/courses/?page={10**17}")
    assert ids(answer) == []
    assert answer.json["next"] is None
    assert ids(client.get(answer.json["previous"])) == [6, 7]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("direction=1", [1, 2, 6]),
        ("category=2", [3, 4, 5, 7]),
        ("direction=1&category=2", []),
        ("direction=99", []),
        ("search=vue", [3, 4, 5, 7]),
        ("search=实战", [1]),
        ("search=%25", [2]),
        ("search=_", [3]),
        ("search=\\", []),
        ("search=/", []),
        ("search=advanced", [7]),
        ("search=组合式", [7]),
        ("search=后端", [1, 2, 6]),
        ("search=END back", [1, 2, 6]),
        ("search=前端+进阶", [7]),
        ("search=%20Redis%09后端%20", [6]),
        ("search=Redis+前端", []),
        ("search=前端&category=1", []),
        ("search=前端&direction=2&sort=-price", [7, 3, 5, 4]),
        ("sort=newest", [7, 6, 5, 4, 3, 2, 1]),
        ("sort=price", [4, 5, 2, 6, 3, 7, 1]),
        ("sort=-price", [1, 7, 3, 6, 2, 5, 4]),
        ("sort=rating", [1, 2, 3, 4, 5, 6, 7]),
        ("sort=", [1, 2, 3, 4, 5, 6, 7]),
        ("search=", [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_courses_are_found(client, school_data, query, found):
    assert ids(client.get(f"/courses/?size=20&{query}")) == found


def test_no_course_of_that_id(client, school_data):
    for course_id in (0, 8, 10**17, 10**30):
        answer = client.get(f"/courses/{course_id}/")
        assert (answer.status_code, answer.json["code"]) == (404, "course_not_found")


def test_the_best_rated_come_first_and_all_their_reviews_are_there(app, sessions, client, u1, u2):
    for buyer, course_id, rating in ((u1, 3, 4), (u2, 3, 5), (u1, 6, 5), (u1, 2, 1)):
        order = buyer.ordered(course_id)
        pay(app, sessions, order["order_number"])
        assert buyer.post(f"/orders/{order['id']}/review/", {"rating": rating, "content": "!"}).status_code == 201
    found = client.get("/courses/?size=20&sort=rating").json["results"]
    assert [(course["id"], course["rating"], course["review_count"]) for course in found[:4]] == [
        (6, "5.0", 1),
        (3, "4.5", 2),
        (2, "1.0", 1),
        (1, None, 0),
    ]
    first = client.get("/courses/3/reviews/?size=1").json
    assert (first["count"], [review["rating"] for review in first["results"]]) == (2, [5])
    assert [review["rating"] for review in client.get(first["next"]).json["results"]] == [4]
    assert client.get("/courses/99/reviews/").status_code == 404
