"""What `make audit` makes of what the auditors say."""

import sys

import pytest

from tests import known_holes

SKIPPED = {"name": "flask", "skip_reason": "not found"}
SOUND = {"name": "redis", "version": "1", "vulns": []}
HOLED = {"name": "jinja2", "version": "1", "vulns": [{"id": "PYSEC-1"}]}


def python(*packages):
    return {"dependencies": list(packages)}


def says(text):
    return [sys.executable, "-c", f"print({text!r})"]


def test_what_was_found_is_found_also_where_not_all_was_looked_up():
    assert known_holes.holes_in_python(python(SOUND)) == []
    assert known_holes.holes_in_python(python(SKIPPED, SOUND, HOLED)) == ["jinja2 1: PYSEC-1"]
    page = {"auditReportVersion": 2, "vulnerabilities": {"vue": {"severity": "high"}}}
    assert known_holes.holes_in_page(page) == ["vue: high"]
    assert known_holes.holes_in_page(page | {"vulnerabilities": {}}) == []


@pytest.mark.parametrize("packages", [[], [SKIPPED], [SOUND, SKIPPED]])
def test_who_was_not_looked_up_is_not_called_sound(packages):
    with pytest.raises(known_holes.Offline):
        known_holes.holes_in_python(python(*packages))


@pytest.mark.parametrize(
    "command", [says(""), says("{"), says("[]"), says("{}"), says('{"statusCode": 405}'), ["/nonexistent"]]
)
def test_an_auditor_without_an_answer_is_offline(command, tmp_path):
    for holes in (known_holes.holes_in_python, known_holes.holes_in_page):
        with pytest.raises(known_holes.Offline):
            known_holes.audit(command, tmp_path, holes)


@pytest.mark.parametrize(
    ("requirements", "status", "line"),
    [
        ('{"dependencies": []}', 0, "requirements: offline"),
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "X"}]}]}', 1, "requirements: a 1: X"),
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', 0, "requirements: nothing known"),
    ],
)
def test_the_status_says_whether_there_is_a_hole(monkeypatch, capsys, requirements, status, line):
    monkeypatch.setattr(known_holes, "PYTHON", says(requirements))
    monkeypatch.setattr(known_holes, "PAGE", says(""))
    assert known_holes.main() == status
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith(line)
    assert printed[1].startswith("frontend: offline")
