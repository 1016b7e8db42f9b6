"""The outline, the lessons of one's own courses, and how far one is with them."""

import pytest

from tests.api.account import Account, account

COURSE = "/courses/7/"


@pytest.fixture
def learner(app, sessions, u1) -> Account:
    """Somebody who owns course 7."""
    return account(app, sessions, u1)


@pytest.fixture
def lessons(client, school_data) -> list[str]:
    """The paths of the lessons of course 7."""
    return [f"{COURSE}lessons/{lesson['id']}/" for lesson in client.get(COURSE).json["lessons"]]


def marks(user) -> list[bool]:
    return [lesson["done"] for lesson in user.get(COURSE).json["lessons"]]


def progress(user) -> list[tuple[int, int, int]]:
    results = user.get("/users/me/courses/").json["results"]
    return [(course["course_id"], course["lessons_done"], course["lessons"]) for course in results]


def test_everybody_sees_who_teaches_and_what(client, school_data):
    course = client.get(COURSE).json
    assert course["teacher"] == {"name": "王老师", "brief": "十年前端"}
    outline = [{name: value for name, value in lesson.items() if name != "id"} for lesson in course["lessons"]]
    assert outline == [
        {"title": "响应式", "minutes": 30, "done": False},
        {"title": "渲染", "minutes": 25, "done": False},
    ]


def test_owners_read_and_mark_their_lessons(learner, lessons):
    first = learner.owner.get(lessons[0]).json
    assert (first["title"], first["minutes"], first["content"]) == ("响应式", 30, "ref 与 reactive。")
    assert progress(learner.owner) == [(7, 0, 2)]
    for _ in range(2):
        assert learner.owner.put(f"{lessons[1]}done/").status_code == 204
    assert marks(learner.owner) == [False, True]
    assert progress(learner.owner) == [(7, 1, 2)]
    for _ in range(2):
        assert learner.owner.delete(f"{lessons[1]}done/").status_code == 204
    assert marks(learner.owner) == [False, False]


def test_a_lesson_is_of_its_own_course(learner, lessons):
    elsewhere = learner.owner.get(lessons[0].replace("/7/", "/1/"))
    assert (elsewhere.status_code, elsewhere.json["code"]) == (404, "lesson_not_found")
