"""What a kind is told wrong, it says in the words of whoever wrote it."""

from uuid import UUID

import pytest

from lapse import Kind

HELD = {"table": "seats", "due": "held_until", "open": "status = 'held'"}


def test_a_colon_within_a_text_is_taken_for_a_parameter_and_said():
    with pytest.raises(ValueError, match=r"kind seat: nobody gives a value for `:word`.*write `\\:word`"):
        Kind("seat", **HELD, close="note = ' :word'")
    Kind("seat", **HELD, close=r"note = ' \:word'")


@pytest.mark.parametrize(
    ("ids", "wrong"),
    [(int, ["7"]), (int, 7), (UUID, ["6f1c0631-0000-4000-8000-000000000000"]), (UUID, [7]), (int, "77")],
)
def test_what_is_no_list_of_ids_is_refused_before_the_database_sees_it(ids, wrong):
    seat = Kind("seat", **HELD, close="status = 'free'", ids=ids)
    with pytest.raises(TypeError, match=f"kind seat: give a list of {ids.__name__}"):
        seat.arm(None, None, wrong)
    with pytest.raises(TypeError):
        seat.disarm(None, wrong)
