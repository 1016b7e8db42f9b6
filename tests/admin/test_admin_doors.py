"""Who gets into the admin, and what nobody gets through."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import text

from shared.models import User
from tests.conftest import close
from tests.desk import Desk
from webapp import create_app

pytestmark = pytest.mark.attack

OPEN = {"/admin/login/", "/admin/language/", "/admin/static/<path:filename>", "/admin/assets/<path:filename>"}


def admin_rules(app):
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/admin")]
    return sorted((method, rule.rule) for rule in rules for method in (rule.methods or set()) - {"HEAD", "OPTIONS"})


def filled(rule):
    return re.sub("<[^>]*>", "csv", rule)


def test_the_way_in_and_out(desk):
    away = desk.get("/orders/?search=x")
    assert (away.status_code, away.location) == (303, "/admin/login/?next=/admin/orders/?search%3Dx")
    login = desk.client.post(
        away.location, data={"username": "boss", "password": "secret-3", "csrf_token": desk.token("/login/")}
    )
    assert (login.status_code, login.location) == (303, "/admin/orders/?search=x")
    assert desk.get("/").status_code == 200
    cookie = desk.client.get_cookie("lapse_admin", path="/admin")
    out = desk.post("/logout/", {})
    assert (out.status_code, out.location) == (303, "/admin/login/")
    assert desk.get("/").status_code == 303
    desk.client.set_cookie("lapse_admin", cookie.value, path="/admin")
    assert desk.get("/").status_code == 303, "a copy of the cookie is worth nothing after the logout"


@pytest.mark.parametrize(
    "next_url",
    ["https://evil.example/", "//evil.example/", "/admin/\\evil", "/orders/", "/admin/@evil:x", "javascript:x"],
)
def test_the_way_in_leads_nowhere_else(desk, next_url):
    token = desk.token("/login/")
    login = desk.client.post(
        "/admin/login/",
        query_string={"next": next_url},
        data={"username": "boss", "password": "secret-3", "csrf_token": token},
    )
    assert (login.status_code, login.location) == (303, "/admin/")


@pytest.mark.parametrize(
    ("username", "password"),
    [("u1", "secret-1"), ("boss", "secret-1"), ("nobody", "secret-3"), ("", ""), ("boss", ""), ("x" * 151, "y" * 129)],
)
def test_nobody_else_gets_in(desk, username, password):
    assert desk.log_in(username, password).status_code == 403
    assert desk.get("/").status_code == 303


def test_without_a_login_every_page_leads_to_it(app, desk):
    rules = [(method, rule) for method, rule in admin_rules(app) if rule not in OPEN]
    assert len(rules) > 80
    for method, rule in rules:
        answer = desk.client.open(filled(rule), method=method)
        assert answer.status_code == 303, rule
        assert answer.location.startswith("/admin/login/"), rule


def test_nothing_changes_without_a_token_of_the_session(app, boss, sessions):
    def everything():
        with sessions() as session:
            return [
                session.execute(text(f"SELECT count(*) FROM {table}")).one() for table in ("coupons", "user_coupons")
            ]

    before = everything()
    data = {"id": "1", "rowid": "1", "action": "delete", "username": "boss", "password": "secret-3"}
    of_another_session = Desk(app.test_client()).token("/login/")
    for rule in [rule for method, rule in admin_rules(app) if method == "POST"]:
        for token in ({}, {"csrf_token": "x"}, {"csrf_token": of_another_session}):
            answer = boss.client.post(filled(rule) + "?id=1", data=data | token)
            assert (answer.status_code, answer.mimetype) == (400, "text/html"), rule
    assert everything() == before
    assert boss.get("/").status_code == 200, "still logged in"


def test_a_token_from_before_the_login_is_worth_nothing_after_it(desk):
    before = desk.token("/login/")
    desk.log_in()
    assert desk.client.post("/admin/logout/", data={"csrf_token": before}).status_code == 400


def test_staff_no_longer(boss, sessions):
    with sessions.begin() as session:
        session.execute(text("UPDATE users SET is_staff = false"))
    assert boss.get("/").status_code == 303


def test_the_cookie(desk):
    [plain] = desk.log_in().headers.getlist("Set-Cookie")
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Path=/admin" in plain
    assert "Secure" not in plain
    secure = {"base_url": "https://localhost"}
    page = desk.get("/login/", **secure)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    over_tls = desk.client.post(
        "/admin/login/",
        data={"username": "boss", "password": "secret-3", "csrf_token": token},
        headers={"Referer": "https://localhost/admin/login/"},
        **secure,
    )
    assert "Secure" in over_tls.headers["Set-Cookie"]


def test_the_key_of_the_cookies_is_not_that_of_the_tokens(app, settings):
    assert app.secret_key != app.config["JWT_SECRET_KEY"]
    assert settings.jwt_secret_key.encode() not in app.secret_key
    other = create_app(replace(settings, jwt_secret_key="another secret that is long enough"))
    assert other.secret_key != app.secret_key
    close(other)


def test_the_api_neither_sets_nor_needs_a_cookie(boss, u1):
    assert "Set-Cookie" not in u1.get("/users/me/").headers
    assert boss.client.get("/users/me/").status_code == 401
    assert boss.client.get("/ops/timeouts/").status_code == 401


def test_a_bearer_token_opens_nothing_here(app, u1, sessions):
    with sessions.begin() as session:
        session.get_one(User, u1.id).is_staff = True
    assert u1.get("/admin/").status_code == 303


def test_nothing_comes_from_elsewhere(boss):
    for path in ("/", "/coupons/", "/coupons/new/", "/orders/"):
        page = boss.get(path)
        assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page.text)
        assert not re.findall(r"<script(?![^>]*src=)", page.text)
        assert not re.findall(r"\son[a-z]+=", page.text)
        for url in set(re.findall(r'(?:src|href)="(/admin/(?:static|assets)/[^"]+)"', page.text)):
            with boss.client.get(url.replace("&amp;", "&")) as asset:
                assert asset.status_code == 200, url
        assert page.headers["Cache-Control"] == "no-store"
        assert "script-src 'self';" in page.headers["Content-Security-Policy"]


def test_guesses_are_limited(settings, school_data):
    app = create_app(replace(settings, rate_limits=True))
    desk = Desk(app.test_client())
    assert [desk.log_in(password="wrong").status_code for _ in range(11)] == [403] * 10 + [429]
    create_app(settings)  # the limiter serves the app that was made last
    close(app)
