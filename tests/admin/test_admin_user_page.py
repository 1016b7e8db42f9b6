"""A user's page: what there is to see of them, their log-ins, and what staff may do about them."""

import re

import pytest

from tests.audit import entries
from tests.shop import shopper

BOSS = 3


def page(boss, user_id):
    return boss.get(f"/users/details/?id={user_id}").text


def test_orders_credit_coupons_and_logins_with_ways_there(boss, u1):
    order = u1.ordered(2, user_coupon_id=next(iter(u1.wallet())), credit=10)
    shown = page(boss, u1.id)
    link = f'<a href="/admin/orders/details/?id={order["id"]}">{order["order_number"]}</a>'
    orders, ledger, coupons = (
        shown.split(f"{title}</h2>")[1].split("</section>")[0]
        for title in ("Orders", "Credit and coupons, held and given back", "Coupons")
    )
    assert link in orders
    assert link in ledger
    assert "Held" in ledger
    assert coupons.count(link) == 1
    assert len(re.findall(r'name="login"', shown)) == 1


def test_one_login_is_ended_and_the_others_live(app, boss, u1, sessions):
    other = shopper(app, "u1")
    newest = re.search(r'name="login" value="(\d+)"', page(boss, u1.id))[1]
    boss.post("/users/end-logins/", {"id": str(u1.id), "login": newest})
    assert (u1.get("/users/me/").status_code, other.get("/users/me/").status_code) == (200, 401)
    [entry] = entries(sessions, "sessions_ended")
    assert (entry.actor, entry.subject_id, entry.after) == ("boss", str(u1.id), {"count": 1})
    boss.post("/users/end-logins/", {"id": str(u1.id)})
    assert u1.get("/users/me/").status_code == 401


@pytest.mark.attack
def test_no_other_login_is_ended(boss, u1, u2):
    theirs = re.search(r'name="login" value="(\d+)"', page(boss, u2.id))[1]
    for login in (theirs, "x", "", "9" * 30):
        boss.post("/users/end-logins/", {"id": str(u1.id), "login": login})
    assert (u1.get("/users/me/").status_code, u2.get("/users/me/").status_code) == (200, 200)


def test_blocked_and_let_in_again(boss, client, u1, sessions):
    who = {"username": "u1", "password": "secret-1"}
    assert boss.post("/users/disable/", {"id": str(u1.id)}).location == f"/admin/users/details/?id={u1.id}"
    assert client.post("/users/login/", json=who).json["code"] == "account_disabled"
    assert "/users/enable/" in page(boss, u1.id)
    boss.post("/users/enable/", {"id": str(u1.id)})
    assert client.post("/users/login/", json=who).status_code == 200
    assert [entry.action for entry in entries(sessions, "user_disabled", "user_enabled")] == [
        "user_disabled",
        "user_enabled",
    ]


def test_a_random_password_is_shown_once(boss, client, u1, sessions):
    path = f"/users/reset-password/?id={u1.id}"
    answer = boss.post(path, {"password": ""}, at=path)
    made = re.search(r"<code>([\w-]{16})</code>", answer.text)[1]
    assert answer.headers["Cache-Control"] == "no-store"
    assert u1.get("/users/me/").status_code == 401
    assert client.post("/users/login/", json={"username": "u1", "password": made}).status_code == 200
    assert made not in page(boss, u1.id)
    assert made not in str(vars(entries(sessions, "password_changed")[0]))


@pytest.mark.attack
def test_staff_are_not_dealt_with_here(boss, sessions):
    shown = page(boss, BOSS)
    for verb in ("disable", "enable", "end-logins"):
        assert f"/users/{verb}/" not in shown
        boss.post(f"/users/{verb}/", {"id": str(BOSS)})
    assert boss.get("/").status_code == 200
    assert entries(sessions, "user_disabled", "user_enabled", "sessions_ended") == []


@pytest.mark.attack
@pytest.mark.parametrize("verb", ["disable", "enable", "end-logins"])
def test_nobody_is_meant_by_nonsense(boss, u1, verb):
    for id in ("", "x", "0", "9" * 30, "1 OR 1=1"):
        assert boss.post(f"/users/{verb}/", {"id": id}).status_code == 303
    assert boss.get(f"/users/{verb}/?id={u1.id}").status_code == 405
    assert u1.get("/users/me/").status_code == 200
