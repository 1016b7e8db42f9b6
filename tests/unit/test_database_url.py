"""DATABASE_URL, as libpq reads it and as SQLAlchemy takes it."""

from collections.abc import Mapping

import pytest
from sqlalchemy import create_engine

from lapse.database import engine_url
from lapse.database_url import parse


def arguments(text: str, translate=parse) -> Mapping[str, object]:
    """What psycopg2 is given for it."""
    url = translate(text)
    return create_engine(url).dialect.create_connect_args(url)[1]


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("postgresql://u:p@h/d", {"user": "u", "password": "p", "host": "h", "dbname": "d"}),
        ("postgres://h:6432/d", {"host": "h", "port": 6432, "dbname": "d"}),
        ("postgresql+psycopg2://h/d", {"host": "h", "dbname": "d"}),
        ("postgresql://u:p%40%2F%25@h/d", {"user": "u", "password": "p@/%", "host": "h", "dbname": "d"}),
        ("postgresql://用户:密码@h/d", {"user": "用户", "password": "密码", "host": "h", "dbname": "d"}),
        ("postgresql://[::1]:5433/d", {"host": "::1", "port": 5433, "dbname": "d"}),
        ("postgresql:///d?host=/run/postgresql", {"host": "/run/postgresql", "dbname": "d"}),
        ("postgresql://h/d?sslmode=require", {"host": "h", "dbname": "d", "sslmode": "require"}),
        ("postgresql://h/?dbname=d", {"host": "h", "dbname": "d"}),
        ("postgresql://a:1,b:2/d", {"host": "a,b", "port": "1,2", "dbname": "d"}),
        ("postgresql://a,b:2/d", {"host": "a,b", "port": ",2", "dbname": "d"}),
        ("postgresql://[::1]:1,[::2]:2/d", {"host": "::1,::2", "port": "1,2", "dbname": "d"}),
        ("postgresql://a,b/d?port=2", {"host": "a,b", "port": "2,2", "dbname": "d"}),
        (
            "postgresql://u:p@a:1,b:2/d?target_session_attrs=read-write",
            {
                "user": "u",
                "password": "p",
                "host": "a,b",
                "port": "1,2",
                "dbname": "d",
                "target_session_attrs": "read-write",
            },
        ),
    ],
)
def test_what_psycopg2_is_given(text, given):
    assert {name: value for name, value in arguments(text).items() if value is not None} == given


def test_our_timeouts_are_there_unless_the_url_has_its_own():
    assert arguments("postgresql://h/d", engine_url)["connect_timeout"] == "3"
    assert arguments("postgresql://h/d?connect_timeout=9", engine_url)["connect_timeout"] == "9"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "must look like"),
        ("lapse", "must look like"),
        ("mysql://h/d", "must look like"),
        ("postgresql+asyncpg://h/d", "must look like"),
        ("postgresql://h", "must look like"),
        ("postgresql://h:port/d", "must look like"),
        ("postgresql://h:0/d", "must look like"),
        ("postgresql://h:65536/d", "must look like"),
        ("postgresql://a:1,b:x/d", "must look like"),
        ("postgresql://h:1:2/d", "must look like"),
        ("postgresql:///d?host=a,b&port=1,2,3", "must look like"),
        ("postgresql://u:secret@h/d?colour=red", "must look like"),
        ("postgresql://u:secret@h/%zz", "must look like"),
        ("postgresql://h/d\0", "must look like"),
        ("postgresql://\udc80/d", "must look like"),
        ("postgresql://u:secret@h/d?sslmode=perhaps", "sslmode"),
        ("postgresql://u:secret@h/d?target_session_attrs=writable", "target_session_attrs"),
        ("postgresql://h/d?connect_timeout=soon", "connect_timeout"),
        ("postgresql://h/d?tcp_user_timeout=", "tcp_user_timeout"),
    ],
)
def test_what_libpq_could_not_use_is_one_line_without_the_password(text, word):
    with pytest.raises(ValueError, match=word) as refused:
        parse(text)
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)
