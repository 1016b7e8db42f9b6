"""From a file's bytes to a school whose every value is sound by itself; each problem names its place."""

import json
from collections.abc import Iterator
from typing import Any

import marshmallow as ma

from webapp.school.schema import SchoolForm

School = dict[str, list[dict[str, Any]]]


class BadFile(Exception):
    """The file breaks rules; `problems` are lines such as `courses[3].price: …`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read(content: bytes) -> School:
    """Return the school in the file. Raises BadFile."""
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadFile([f"not JSON: {error}"]) from None
    try:
        school: School = SchoolForm().load(data)
    except ma.ValidationError as error:
        raise BadFile(list(_lines("", error.messages))) from None
    problems = [*_repeated(school, "username", "users"), *_repeated(school, "id", *_WITH_IDS)]
    if problems:
        raise BadFile(problems)
    return school


_WITH_IDS = ("directions", "categories", "courses", "coupons")


def _repeated(school: School, key: str, *parts: str) -> Iterator[str]:
    for part in parts:
        seen: dict[Any, int] = {}
        for index, entry in enumerate(school[part]):
            first = seen.setdefault(entry[key], index)
            if first != index:
                yield f"{part}[{index}].{key}: {entry[key]!r} is that of {part}[{first}] already."


def _lines(place: str, messages: Any) -> Iterator[str]:
    """marshmallow's nested messages, a line each, after the place they speak of."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _lines(_place(place, key), inner)
    elif isinstance(messages, list):
        yield f"{place or 'the file'}: {' '.join(map(str, messages))}"
    else:
        yield f"{place or 'the file'}: {messages}"


def _place(place: str, key: Any) -> str:
    if key == "_schema":
        return place
    if isinstance(key, int):
        return f"{place}[{key}]"
    name = key.encode("ascii", "backslashreplace").decode()
    return f"{place}.{name}" if place else name
