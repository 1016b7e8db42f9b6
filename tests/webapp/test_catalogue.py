"""Courses, directions and categories, and pages."""

import pytest


def ids(answer) -> list[int]:
    assert answer.status_code == 200
    return [course["id"] for course in answer.json["results"]]


def test_a_course_as_it_is_listed_and_alone(client, school_data):
    course = client.get("/courses/1/").json
    assert course == {
        "id": 1,
        "name": "Flask 实战",
        "cover": "/covers/1.png",
        "brief": "",
        "price": "399.00",
        "credit": 100,
        "direction": 1,
        "category": 1,
        "direction_name": "后端",
        "category_name": "Python",
        "discount": {"type": "限时折扣", "price": "358.00"},
        "owned": False,
        "on_sale": True,
        "rating": None,
        "review_count": 0,
        "reviews": [],
    }
    listed = client.get("/courses/").json["results"]
    assert listed[0] == {
        name: value for name, value in course.items() if name not in ("rating", "review_count", "reviews")
    }
    assert listed[1]["discount"] == {}


def test_directions_and_categories(client, school_data):
    assert client.get("/courses/directions/").json == [{"id": 1, "name": "后端"}, {"id": 2, "name": "前端"}]
    assert client.get("/courses/categories/").json == [
        {"id": 1, "name": "Python", "direction": 1},
        {"id": 2, "name": "Vue", "direction": 2},
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
        ("search=vue", [3, 7]),
        ("search=实战", [1]),
        ("search=%25", [2]),
        ("search=_", [3]),
        ("search=\\", []),
        ("search=/", []),
        ("search=", [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_courses_are_found(client, school_data, query, found):
    assert ids(client.get(f"/courses/?size=20&{query}")) == found


def test_no_course_of_that_id(client, school_data):
    for course_id in (0, 8, 10**17, 10**30):
        answer = client.get(f"/courses/{course_id}/")
        assert (answer.status_code, answer.json["code"]) == (404, "course_not_found")
