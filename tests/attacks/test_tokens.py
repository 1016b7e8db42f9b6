"""Forged and stolen tokens: weak keys, strange claims, cookies sent from another's page, answers that are kept."""

import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import jwt
import pytest

import config
from tests.conftest import close
from tests.shop import shopper
from webapp import create_app

ODD_SESSIONS: list[Any] = ["a\0b", "\ud800", "x" * 10_000, "", None, 1, [], {}, True]
ODD_GENERATIONS: list[Any] = ["0", -1, 2**70, 1.5, None, True, []]
LOGIN = {"username": "u1", "password": "secret-1"}
COMMANDS = [
    ["gunicorn", "wsgi:app"],
    ["flask", "--app", "wsgi", "users", "disable", "u1"],
    ["python", "-m", "expiry_listener"],
]


@pytest.mark.processes
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("variable", ["JWT_SECRET_KEY", "JWT_SECRET_KEY_OLD"])
def test_a_key_that_can_be_guessed_starts_nothing(command, variable):
    stores = {"DATABASE_URL": "postgresql://x@127.0.0.1:1/x", "PAYMENT_PROVIDER": "sandbox"}
    environment = stores | {"JWT_SECRET_KEY": "k" * 32, variable: "k" * 31}
    path = os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"]))
    done = subprocess.run(
        command,
        env={**os.environ, **environment, "PATH": path},
        cwd=config.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert done.stderr.startswith(f"{variable}: must have at least 32 bytes")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("text", ["", "x", "k" * 31, "\udcff" * 40])
def test_what_is_no_key(text):
    with pytest.raises(config.BadSetting, match="^JWT_SECRET_KEY: "):
        config.read({"JWT_SECRET_KEY": text})


def test_bytes_count_and_not_characters():
    assert config.read({"JWT_SECRET_KEY": "钥" * 11}).jwt_secret_key == "钥" * 11


def test_the_kept_key_is_nobodys_to_read_from_the_start(tmp_path, monkeypatch):
    modes = []
    monkeypatch.setattr(config.secrets, "token_hex", lambda n: modes.append(_modes(tmp_path)) or "k" * 64)
    config._kept_secret(tmp_path / "jwt_secret_key")
    assert modes == [{0o600}]
    assert _modes(tmp_path) == {0o600}


def _modes(folder):
    return {path.stat().st_mode & 0o777 for path in folder.iterdir()}


def forged(app, **claims):
    """What somebody who knows the key can sign."""
    good = jwt.decode(claims.pop("token"), options={"verify_signature": False})
    return jwt.encode(good | claims, app.config["JWT_SECRET_KEY"])


@pytest.mark.parametrize(
    "claims",
    [
        *({"sid": sid} for sid in ODD_SESSIONS),
        *({"sub": sub} for sub in ("9" * 30, "\0", "-1", "1.0", "٣", "\ud800", "", None)),
        *({"jti": jti} for jti in ("a\0b", "\ud800")),
        *({"gen": gen} for gen in ODD_GENERATIONS),
    ],
    ids=ascii,
)
def test_claims_of_any_shape_are_no_500(app, u1, claims):
    for path, token in (("/users/me/", u1.token), ("/users/refresh/", u1.refresh_token)):
        method = "GET" if path == "/users/me/" else "POST"
        headers = {"Authorization": f"Bearer {forged(app, token=token, **claims)}"}
        answer = u1.client.open(path, method=method, headers=headers)
        harmless = "jti" in claims or (path == "/users/me/" and claims.get("gen") == 0)
        assert answer.status_code == (200 if harmless else 401), answer.text


def test_a_new_key_logs_nobody_out_and_the_old_one_signs_nothing_more(settings, u1):
    old, new = settings.jwt_secret_key, "a new key that is long enough as well"
    rotated = create_app(replace(settings, jwt_secret_key=new, jwt_secret_key_old=old))
    forgotten = create_app(replace(settings, jwt_secret_key=new))
    header = {"Authorization": f"Bearer {u1.token}"}
    assert rotated.test_client().get("/users/me/", headers=header).status_code == 200
    assert forgotten.test_client().get("/users/me/", headers=header).status_code == 401
    fresh = {"Authorization": f"Bearer {shopper(rotated, 'u1').token}"}
    assert forgotten.test_client().get("/users/me/", headers=fresh).status_code == 200
    for app in (rotated, forgotten):
        close(app)


@pytest.fixture
def browser(app, u1):
    """A browser of `u1` that keeps the tokens in cookies."""
    browser = app.test_client()
    answer = browser.post("/users/login/", json=LOGIN | {"cookie": True})
    assert (answer.status_code, answer.data) == (204, b"")
    return browser


def csrf(browser, name="lapse_csrf"):
    return {"X-CSRF-TOKEN": browser.get_cookie(name).value}


def test_no_script_can_read_the_tokens(app, u1):
    answer = app.test_client().post("/users/login/", json=LOGIN | {"cookie": True}, base_url="https://localhost")
    cookies = dict(cookie.split("=", 1) for cookie in answer.headers.getlist("Set-Cookie"))
    assert set(cookies) == {"lapse_access", "lapse_refresh", "lapse_csrf", "lapse_refresh_csrf"}
    for name, cookie in cookies.items():
        assert "Secure" in cookie
        assert "SameSite=Strict" in cookie
        assert ("HttpOnly" in cookie) == ("csrf" not in name)
    assert "Path=/users/" in cookies["lapse_refresh"]


def test_anothers_page_changes_nothing_with_the_cookie(browser, u1):
    assert browser.get("/users/me/").status_code == 200
    for headers in ({}, {"X-CSRF-TOKEN": ""}, {"X-CSRF-TOKEN": "x"}, {"X-CSRF-TOKEN": "é"}):
        for method, path in (("PATCH", "/users/me/"), ("POST", "/orders/"), ("DELETE", "/users/me/sessions/")):
            answer = browser.open(path, method=method, json={"city": "x"}, headers=headers)
            assert answer.status_code == 401, (method, path, headers)
        assert browser.post("/users/refresh/", headers=headers).status_code == 401
        assert browser.post("/users/logout/", headers=headers).status_code == 401
    assert browser.patch("/users/me/", json={"city": "北京"}, headers=csrf(browser)).status_code == 200


def test_the_cookies_are_refreshed_and_forgotten(browser):
    before = browser.get_cookie("lapse_refresh", path="/users/").value
    assert browser.post("/users/refresh/", headers=csrf(browser, "lapse_refresh_csrf")).status_code == 204
    assert browser.get_cookie("lapse_refresh", path="/users/").value != before
    kept = browser.get_cookie("lapse_access").value
    assert browser.post("/users/logout/", headers=csrf(browser)).status_code == 204
    assert browser.get_cookie("lapse_access") is None
    assert browser.get_cookie("lapse_refresh", path="/users/") is None
    browser.set_cookie("lapse_access", kept)
    assert browser.get("/users/me/").status_code == 401


def test_a_bad_header_is_not_made_good_by_a_cookie(browser):
    for header in ("", "Bearer", "Bearer x", "Basic dTE6c2VjcmV0LTE="):
        assert browser.get("/users/me/", headers={"Authorization": header}).status_code == 401


def test_nothing_personal_is_kept(app, u1, browser):
    answers = [
        u1.get("/users/me/"),
        u1.get("/orders/list/"),
        u1.get("/courses/"),
        u1.get("/orders/99999/"),
        browser.get("/courses/"),
        app.test_client().get("/users/me/"),
        app.test_client().post("/users/login/", json=LOGIN),
        app.test_client().post("/users/login/", json={}),
        app.test_client().get("/admin/"),
    ]
    assert [answer.headers.get("Cache-Control") for answer in answers] == ["no-store"] * len(answers)
    assert "Cache-Control" not in app.test_client().get("/courses/").headers


def test_no_picture_tells_another_server_who_looks(client):
    policy = client.get("/healthz").headers["Content-Security-Policy"]
    assert "img-src 'self' data:;" in policy
    assert "https:" not in policy
