"""Register, log in, refresh, log out, and one's own profile."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask_jwt_extended import create_access_token
from sqlalchemy import delete

from shared.models import User


def test_a_user_registers_logs_in_and_reads_his_profile(client):
    registered = client.post("/users/register/", json={"username": "小红", "password": "correct horse"})
    assert registered.status_code == 201
    assert registered.json == {"id": registered.json["id"], "username": "小红"}

    tokens = client.post("/users/login/", json={"username": "小红", "password": "correct horse"})
    assert tokens.status_code == 200
    assert set(tokens.json) == {"token", "refresh_token"}

    me = client.get("/users/me/", headers={"Authorization": f"Bearer {tokens.json['token']}"})
    assert me.json == {
        **registered.json,
        **dict.fromkeys(("nickname", "avatar", "position", "city", "signature"), ""),
        "gender": 0,
        "credit": 0,
        "is_staff": False,
    }


def test_a_name_is_taken_once_however_many_want_it_at_once(app):
    body = {"username": "one", "password": "a good one"}
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: app.test_client().post("/users/register/", json=body), range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} == {"username_taken"}


@pytest.mark.parametrize("username", ["", " a", "a ", "a\nb", "a\0", "x" * 151])
def test_a_name_must_be_printable(client, username):
    answer = client.post("/users/register/", json={"username": username, "password": "a good one"})
    assert answer.status_code == 422
    assert "username" in answer.json["errors"]


@pytest.mark.parametrize(("username", "password"), [("u1", "wrong"), ("nobody", "secret-1"), ("u1", "")])
def test_bad_credentials_are_all_alike(client, school_data, username, password):
    answer = client.post("/users/login/", json={"username": username, "password": password})
    assert (answer.status_code, answer.json["code"]) == (401, "bad_credentials")


def test_an_unknown_name_takes_as_long_as_a_wrong_password(client, school_data):
    def seconds(username: str) -> float:
        start = time.perf_counter()
        client.post("/users/login/", json={"username": username, "password": "wrong"})
        return time.perf_counter() - start

    known = min(seconds("u1") for _ in range(5))
    unknown = min(seconds("nobody") for _ in range(5))
    assert unknown > known / 2


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "jwt", "JWT", "Jwt"])
def test_the_scheme_word_is_taken_in_any_case(u1, scheme):
    assert u1.client.get("/users/me/", headers={"Authorization": f"{scheme} {u1.token}"}).status_code == 200


def test_a_refresh_token_gets_new_tokens_and_nothing_else(u1):
    refresh = {"Authorization": f"Bearer {u1.refresh_token}"}
    renewed = u1.client.post("/users/refresh/", headers=refresh)
    assert set(renewed.json) == {"token", "refresh_token"}

    access = {"Authorization": f"Bearer {renewed.json['token']}"}
    assert u1.client.get("/users/me/", headers=access).status_code == 200
    assert u1.client.get("/users/me/", headers=refresh).status_code == 401
    assert u1.client.post("/users/refresh/", headers=access).status_code == 401


@pytest.mark.parametrize("with_token", ["token", "refresh_token"])
def test_logging_out_ends_both_tokens_also_after_redis_was_emptied(u1, redis, with_token):
    renewed = u1.client.post("/users/refresh/", headers={"Authorization": f"Bearer {u1.refresh_token}"}).json
    logout = {"Authorization": f"Bearer {getattr(u1, with_token)}"}
    assert u1.client.post("/users/logout/", headers=logout).status_code == 204
    redis.flushall()

    for token in (u1.token, renewed["token"]):
        assert u1.client.get("/users/me/", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert u1.client.post("/users/logout/", headers=logout).status_code == 401
    again = u1.client.post("/users/refresh/", headers={"Authorization": f"Bearer {u1.refresh_token}"})
    assert again.status_code == 401


def test_logging_out_ends_no_other_login(client, u1):
    other = client.post("/users/login/", json={"username": "u1", "password": "secret-1"}).json
    u1.post("/users/logout/")
    headers = {"Authorization": f"Bearer {other['token']}"}
    assert client.get("/users/me/", headers=headers).status_code == 200


def test_the_token_of_a_deleted_user_is_worth_nothing(app, sessions, client):
    body = {"username": "gone", "password": "a good one"}
    client.post("/users/register/", json=body)
    token = client.post("/users/login/", json=body).json["token"]
    with sessions.begin() as session:
        session.execute(delete(User))
    assert client.get("/users/me/", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_a_token_without_a_session_is_refused(app, u1):
    with app.app_context():
        token = create_access_token(str(u1.id))
    assert u1.client.get("/users/me/", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_a_profile_is_changed_in_part(u1):
    change = {
        "nickname": "小明",
        "avatar": "/a.png",
        "position": "工程师",
        "city": "北京",
        "gender": 1,
        "signature": "…",
    }
    assert u1.patch("/users/me/", change).json == u1.get("/users/me/").json
    assert change.items() <= u1.get("/users/me/").json.items()

    u1.patch("/users/me/", {"city": "上海"})
    assert change | {"city": "上海"} == {name: u1.get("/users/me/").json[name] for name in change}


@pytest.mark.attack
@pytest.mark.parametrize("name", ["credit", "is_staff", "id", "username", "password"])
def test_what_is_not_ones_own_to_change_is_refused(u1, name):
    answer = u1.patch("/users/me/", {name: 1})
    assert answer.status_code == 422
    assert name in answer.json["errors"]
    assert u1.credit() == 500
