"""Finding an order by its number or by a course of it."""

import pytest

from tests.shop import Shopper


@pytest.fixture
def placed(u1: Shopper, u2: Shopper) -> dict[str, dict]:
    """u1's orders by the names of their courses; u2 has one of the same."""
    u2.ordered(3)
    return {
        ",".join(line["course_name"] for line in order["order_courses"]): order
        for order in (u1.ordered(2), u1.ordered(3, 6), u1.ordered(7))
    }


def found(buyer: Shopper, search: str, **more: int) -> list[str]:
    answer = buyer.get("/orders/list/", query_string={"search": search, **more})
    assert answer.status_code == 200, answer.text
    return [",".join(line["course_name"] for line in order["order_courses"]) for order in answer.json["results"]]


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("python", ["100% Python"]),
        ("vue", ["Vue 进阶", "Vue_3,Redis"]),
        ("进阶", ["Vue 进阶"]),
        ("redis", ["Vue_3,Redis"]),
        ("%", ["100% Python"]),
        ("_", ["Vue_3,Redis"]),
        ("\\", []),
        ("', 1", []),
        ("", ["Vue 进阶", "Vue_3,Redis", "100% Python"]),
    ],
)
def test_by_a_part_of_a_courses_name(placed, u1, search, names):
    assert found(u1, search) == names


def test_by_the_whole_number_and_by_either_end_of_it(placed, u1):
    number = placed["Vue 进阶"]["order_number"]
    assert found(u1, number) == found(u1, number[-8:]) == ["Vue 进阶"]
    assert found(u1, number[:16]) == list(placed)[::-1]
    middle = number[9:15]
    assert middle not in (number[:6], number[-6:])
    assert found(u1, middle) == []


@pytest.mark.attack
def test_nobody_finds_the_order_of_another(placed, u2):
    assert found(u2, placed["Vue 进阶"]["order_number"]) == []
    assert found(u2, "vue") == ["Vue_3"]


def test_it_narrows_what_the_state_has_left_and_the_counts(placed, u1):
    u1.put(f"/orders/{placed['Vue 进阶']['id']}/")
    assert found(u1, "vue", status=2) == ["Vue 进阶"]
    page = u1.get("/orders/list/?search=vue&size=1").json
    assert (page["count"], "search=vue" in page["next"]) == (2, True)
    assert u1.get("/orders/counts/?search=vue").json == {"-1": 2, "0": 1, "1": 0, "2": 1, "3": 0, "4": 0}


def test_a_search_that_cannot_be_asked_for_is_refused(u1):
    for bad in ("%00", "x" * 101):
        for path in ("/orders/list/", "/orders/counts/"):
            answer = u1.get(f"{path}?search={bad}")
            assert (answer.status_code, list(answer.json["errors"])) == (422, ["search"])
