"""The files for systemd and Supervisor in deploy/, as an operator would install them."""

import json
import re
import shlex
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

import config
from embedded.process import wait_for
from tests import processes
from tests.deployment.customer import let_an_order_time_out, load_school
from tests.deployment.manager import PATH, managed, settings_for
from tests.processes import PATIENCE

DEPLOY = config.ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SUPERVISOR = DEPLOY / "supervisor/lapse.conf"
SUPERVISORD = "[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=supervisord.pid\n"


def installed(file: Path, folder: Path, settings: str) -> str:
    """What the file says, if the shop lies here and its settings there."""
    text = file.read_text().replace("/opt/lapse", str(config.ROOT)).replace("/etc/lapse/lapse.env", settings)
    (folder / file.name).write_text(text)
    return text


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze on this machine")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path):
    for unit in UNITS:
        installed(unit, tmp_path, str(DEPLOY / "lapse.env"))
    names = [unit.name.replace("@", "@1") for unit in UNITS]
    command = ["systemd-analyze", "verify", *names]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze on this machine")
@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name)
def test_the_units_leave_little_to_whoever_breaks_in(unit):
    most = "20"  # tenths of systemd's points, of 100: "OK" begins below 50, "SAFE" below 10
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={most}", str(unit)]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout


@pytest.fixture
def systemd(tmp_path):
    """What a process says to systemd."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(tmp_path / "notify"))
        told.settimeout(PATIENCE)
        yield told


@pytest.mark.processes
def test_systemd_is_told_when_web_is_there(settings, tmp_path, systemd):
    with processes.web(settings, tmp_path, NOTIFY_SOCKET=systemd.getsockname()):
        assert systemd.recv(256).startswith(b"READY=1")


@pytest.mark.processes
def test_systemd_is_told_of_a_listener_from_its_start_to_its_end(settings, tmp_path, systemd):
    unit = {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": 200_000}
    with processes.listener(settings, tmp_path, **unit) as listener:
        assert [systemd.recv(256), systemd.recv(256)] == [b"READY=1", b"WATCHDOG=1"]
        assert listener.stop() == 0
        assert wait_for(lambda: systemd.recv(256) == b"STOPPING=1", PATIENCE)


@pytest.mark.processes
def test_supervisor_brings_the_shop_up_and_a_killed_listener_back(empty_database, redis_url, redis, tmp_path):
    settings = settings_for(empty_database, redis_url)
    env = tmp_path / "lapse.env"
    env.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items()))
    text = installed(SUPERVISOR, tmp_path, str(env)).replace("/var/log", str(tmp_path))
    text = text.replace("user=lapse\n", "")  # there is no such user here
    (tmp_path / "supervisord.conf").write_text(SUPERVISORD + text)
    with managed(f"supervisord -c {tmp_path / 'supervisord.conf'}", {"PORT": settings["PORT"]}, tmp_path) as manager:
        for process in (manager.web(), *manager.listeners(2)):
            manager.wait_ready(process)
        manager.kill_a_listener()
        assert wait_for(lambda: len(manager.listener_starts()) == 3, PATIENCE)
        load_school(empty_database)
        let_an_order_time_out(manager.web())
        manager.stop()


def test_they_run_what_the_procfile_says_and_what_honcho_would_export(tmp_path):
    command = ["honcho", "export", "--app", "lapse", "-c", "listener=2"]
    for format in ("systemd", "supervisord"):
        subprocess.run([*command, format, str(tmp_path / format)], cwd=config.ROOT, env={"PATH": PATH}, check=True)
    ours = (
        "".join(file.read_text() for file in (*UNITS, SUPERVISOR)).replace("/opt/lapse/", "").replace(".venv/bin/", "")
    )
    exported = "".join(file.read_text() for file in sorted(tmp_path.glob("*/*")))
    wanted = set(re.findall(r"^(?:ExecStart|command)=/bin/sh -l?c '(.*)'$", exported, re.MULTILINE))
    systemd = set(re.findall(r"^ExecStart=(.*)$", ours, re.MULTILINE))
    supervisor = set(re.findall(r"^command=.*; exec (.*)'$", ours, re.MULTILINE))
    of_the_procfile = {line.partition(": ")[2] for line in (config.ROOT / "Procfile").read_text().splitlines()}
    assert wanted == systemd == supervisor == of_the_procfile
    containers = (DEPLOY / "Containerfile").read_text() + (DEPLOY / "compose.yaml").read_text()
    in_containers = re.findall(r'^ *(?:CMD|command:) (\["(?:gunicorn|python)".*\])$', containers, re.MULTILINE)
    assert {" ".join(json.loads(words)) for words in in_containers} == of_the_procfile
    assert "lapse-listener@2.service" in ours
    assert "numprocs=2" in ours


def test_the_example_of_settings_is_complete_but_for_its_secrets():
    read = subprocess.run(
        ["/bin/sh", "-c", f"set -a; . {DEPLOY / 'lapse.env'}; env"], env={}, capture_output=True, text=True, check=True
    )
    given = dict(line.split("=", 1) for line in read.stdout.splitlines())
    assert given["GUNICORN_CMD_ARGS"] == "--bind 127.0.0.1:8000"
    with pytest.raises(config.BadSetting, match="JWT_SECRET_KEY"):
        config.read(given)
    config.read(given | {"JWT_SECRET_KEY": "k" * 32})
