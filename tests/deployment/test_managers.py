"""Procfile managers as anyone types them, on a database without tables."""

import json
import shlex
import shutil

import pytest

import config
from tests.deployment.customer import let_an_order_time_out, load_school
from tests.deployment.manager import PATH, managed, settings_for

RELEASE = "flask --app wsgi db upgrade"


@pytest.mark.processes
@pytest.mark.parametrize(
    ("words", "webs", "listeners"),
    [
        ("honcho start", 1, 1),
        ("foreman start", 1, 1),
        ("honcho start -c web=2,listener=3", 2, 3),
        ("foreman start -m web=2,listener=3", 2, 3),
    ],
)
def test_it_brings_everything_up_on_a_fresh_database(
    words, webs, listeners, empty_database, redis_url, redis, tmp_path
):
    program = shlex.split(words)[0]
    if not shutil.which(program, path=PATH):
        pytest.skip(f"no {program} on this machine: apt install ruby-foreman")
    with managed(words, settings_for(empty_database, redis_url), tmp_path) as manager:
        processes = [*(manager.web(number) for number in range(webs)), *manager.listeners(listeners)]
        for process in processes:
            manager.wait_ready(process)
        load_school(empty_database)
        for number, course_id in zip(range(webs), (2, 3), strict=False):
            let_an_order_time_out(manager.web(number), course_id=course_id)
        manager.stop()


def test_platforms_with_a_release_phase_find_it():
    """Heroku and Dokku read a Procfile's line `release`, which other managers take for a process that must not end."""
    processes = (config.ROOT / "Procfile").read_text()
    assert (config.ROOT / "deploy/Procfile").read_text() == f"release: {RELEASE}\n{processes}"
    assert json.loads((config.ROOT / "app.json").read_text())["scripts"]["dokku"]["predeploy"] == RELEASE
    assert [line.partition(":")[0] for line in processes.splitlines()] == ["web", "listener"]
