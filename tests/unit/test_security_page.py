"""docs/security.md names files as its proofs: they are there, and every file of attacks is named."""

import re

from config import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()


def test_what_it_names_is_there():
    named = re.findall(r"`([\w./-]+\.(?:py|md|conf|toml|txt|json)|\.ci/run)`", PAGE)
    assert len(named) > 80
    assert [path for path in named if not (ROOT / path).is_file()] == []


def test_every_file_of_attacks_is_named():
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "attacks").glob("test_*.py")}
    assert {file for file in files if file not in PAGE} == set()


def test_every_risk_and_every_chapter_has_its_line():
    assert re.findall(r"^\| API(\d+) ", PAGE, re.MULTILINE) == [str(number) for number in range(1, 11)]
    assert {int(chapter) for chapter in re.findall(r"^\| V(\d+)", PAGE, re.MULTILINE)} == set(range(1, 15))
