"""Settings: defaults, good values, and one line that names the variable for every bad one."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import config
from lapse.database import engine_url

EMBEDDED: dict[str, str] = {}
EXTERNAL = {
    "DATABASE_URL": "postgresql://lapse:secret@db.example:5432/lapse",
    "REDIS_URL": "redis://cache.example:6379/0",
    "JWT_SECRET_KEY": "k" * 32,
    "PAYMENT_PROVIDER": "sandbox",
}
BAD = [
    ("DATABASE_URL", ""),
    ("DATABASE_URL", "mysql://lapse@db.example/lapse"),
    ("DATABASE_URL", "postgresql://db.example"),
    ("DATABASE_URL", "postgresql://db.example:port/lapse"),
    ("REDIS_URL", ""),
    ("REDIS_URL", "http://cache.example/0"),
    ("REDIS_URL", "redis:///0"),
    ("REDIS_URL", "redis://cache.example:port/0"),
    ("REDIS_URL", "redis://cache.example/zero"),
    ("JWT_SECRET_KEY", ""),
    ("JWT_SECRET_KEY", "k" * 31),
    ("JWT_SECRET_KEY_OLD", ""),
    ("STAFF_SECOND_FACTOR", "on"),
    ("ORDER_TIMEOUT", ""),
    ("ORDER_TIMEOUT", "0"),
    ("ORDER_TIMEOUT", "-5"),
    ("ORDER_TIMEOUT", "1.5"),
    ("ORDER_TIMEOUT", "٣"),
    ("ORDER_TIMEOUT", "99999999999"),
    ("SWEEP_INTERVAL", ""),
    ("SWEEP_INTERVAL", "often"),
    ("SWEEP_INTERVAL", "0"),
    ("SWEEP_INTERVAL", "nan"),
    ("SWEEP_INTERVAL", "inf"),
    ("PORT", "web"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("LISTENER_PORT", "65536"),
    ("DATA_DIR", ""),
    ("DATA_DIR", "/dev/null/data"),
    ("CORS_ORIGINS", "*"),
    ("CORS_ORIGINS", "https://shop.example/path"),
    ("CORS_ORIGINS", "https://shop.example, shop.example"),
    ("RATE_LIMITS", "maybe"),
    ("TRUSTED_PROXIES", "-1"),
    ("TRUSTED_PROXIES", "10"),
    ("TRUSTED_PROXIES", "127.0.0.1"),
    ("PAYMENT_PROVIDER", "wechat"),
    ("PAYMENT_PROVIDER", ""),
    ("RECOVER_WITHIN", ""),
    ("RECOVER_WITHIN", "0"),
    ("RECOVER_WITHIN", "1.5"),
    ("RECOVER_WITHIN", "-1"),
    ("RECOVER_WITHIN", "99999999"),
]


def test_nothing_set_means_embedded_servers_and_the_documented_defaults():
    settings = config.read(EMBEDDED)

    assert settings.embedded
    assert (settings.order_timeout, settings.sweep_interval) == (900, 5.0)
    assert (settings.port, settings.listener_port) == (8000, 8001)
    assert settings.recover_within == 86400
    assert settings.data_dir == Path(".data").absolute()
    assert settings.trusted_proxies == 0
    assert (settings.rate_limits, settings.payment_provider, settings.cors_origins) == (True, "sandbox", ())


def test_both_urls_set_means_no_embedded_server():
    settings = config.read(EXTERNAL)

    assert not settings.embedded
    assert settings.database_url == EXTERNAL["DATABASE_URL"]
    assert settings.redis_url == EXTERNAL["REDIS_URL"]


def test_one_url_set_leaves_the_other_store_embedded():
    settings = config.read({"REDIS_URL": EXTERNAL["REDIS_URL"]})

    assert settings.embedded
    assert settings.database_url == ""


def test_embedded_it_stays_when_the_servers_are_started_and_their_urls_known():
    """The listener and web are bound to the loopback then."""
    assert replace(config.read(EMBEDDED), database_url="postgresql://h/d", redis_url="redis://h/0").embedded


@pytest.mark.parametrize(
    ("variable", "text", "attribute", "value"),
    [
        ("ORDER_TIMEOUT", "10", "order_timeout", 10),
        ("SWEEP_INTERVAL", "0.5", "sweep_interval", 0.5),
        ("PORT", "65535", "port", 65535),
        ("RECOVER_WITHIN", "3600", "recover_within", 3600),
        ("RATE_LIMITS", "off", "rate_limits", False),
        ("TRUSTED_PROXIES", "2", "trusted_proxies", 2),
        ("JWT_SECRET_KEY_OLD", "k" * 32, "jwt_secret_key_old", "k" * 32),
        ("STAFF_SECOND_FACTOR", "required", "staff_second_factor", True),
        ("CORS_ORIGINS", "https://a.example, http://b.example:3000", "cors_origins", None),
        ("REDIS_URL", "rediss://user:pw@cache.example:6380/1", "redis_url", None),
    ],
)
def test_good_values_are_taken(variable, text, attribute, value):
    taken = getattr(config.read({variable: text}), attribute)

    assert taken == (value if value is not None else tuple(text.split(", ")) if "," in text else text)


@pytest.mark.parametrize(("variable", "text"), BAD)
def test_a_bad_value_is_one_line_that_names_the_variable(variable, text):
    with pytest.raises(SystemExit) as ended:
        config.read_or_exit({**EXTERNAL, variable: text})

    assert str(ended.value).startswith(f"{variable}: ")
    assert "\n" not in str(ended.value)


def test_a_database_of_ones_own_needs_a_key_of_ones_own():
    with pytest.raises(config.BadSetting, match="^JWT_SECRET_KEY: "):
        config.read({"DATABASE_URL": EXTERNAL["DATABASE_URL"]})


def test_a_database_of_ones_own_needs_its_provider_named():
    unnamed = {name: value for name, value in EXTERNAL.items() if name != "PAYMENT_PROVIDER"}
    with pytest.raises(config.BadSetting, match="^PAYMENT_PROVIDER: "):
        config.read(unnamed)
    assert config.read({"REDIS_URL": EXTERNAL["REDIS_URL"]}).payment_provider == "sandbox"


def test_a_data_folder_that_cannot_be_written_to_is_refused(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)

    with pytest.raises(config.BadSetting, match="^DATA_DIR: "):
        config.read({"DATA_DIR": str(tmp_path / "data")})


def test_the_kept_secret_is_made_once_and_is_its_owners_alone(tmp_path):
    path = tmp_path / "data" / "jwt_secret_key"

    first, second = config._kept_secret(path), config._kept_secret(path)

    assert first == second
    assert len(first) == 64
    assert path.stat().st_mode & 0o777 == 0o600
    assert [path] == list(path.parent.iterdir())


@pytest.mark.processes
@pytest.mark.parametrize(
    "command",
    [
        ["gunicorn", "wsgi:app"],
        ["flask", "--app", "wsgi", "db", "upgrade"],
        ["python", "-m", "expiry_listener"],
        ["python", "-m", "embedded"],
    ],
    ids=lambda command: command[0] if command[0] != "python" else command[2],
)
@pytest.mark.parametrize(("variable", "text"), [("ORDER_TIMEOUT", "soon"), ("PORT", "70000")])
def test_every_process_refuses_to_start_with_one_line(command, variable, text):
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(
        command,
        env={**os.environ, "PATH": path, variable: text},
        cwd=config.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.startswith(f"{variable}: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("driver", ["", "+psycopg", "+psycopg2"])
def test_the_shop_has_its_own_driver_whatever_the_url_asks_for(driver):
    url = EXTERNAL["DATABASE_URL"].replace(":", f"{driver}:", 1)
    database_url = config.read(EXTERNAL | {"DATABASE_URL": url, "PAYMENT_PROVIDER": "sandbox"}).database_url
    assert engine_url(database_url).drivername == "postgresql+psycopg2"
