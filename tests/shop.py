"""A user of the shop, seen from a test."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from shared.models import User
from webapp import auth
from webapp.database import db


@dataclass
class Shopper:
    """A logged-in user. `get`, `post` and the others send their token."""

    id: int
    client: FlaskClient
    token: str
    refresh_token: str

    def send(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        return self.client.open(path, method=method, headers=headers, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.send("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.send("POST", path, json=json, **more)

    def patch(self, path: str, json: Any) -> TestResponse:
        return self.send("PATCH", path, json=json)

    def put(self, path: str, **more: Any) -> TestResponse:
        return self.send("PUT", path, **more)

    def delete(self, path: str) -> TestResponse:
        return self.send("DELETE", path)

    def order(self, *course_ids: int, user_coupon_id: int = -1, credit: int = 0) -> TestResponse:
        """Put the courses in the cart and order it."""
        for course_id in course_ids:
            assert self.post("/cart/", {"course_id": course_id}).status_code == 201
        return self.post("/orders/", {"pay_type": 0, "user_coupon_id": user_coupon_id, "credit": credit})

    def ordered(self, *course_ids: int, user_coupon_id: int = -1, credit: int = 0) -> dict[str, Any]:
        """The order that was placed, as the user sees it."""
        placed = self.order(*course_ids, user_coupon_id=user_coupon_id, credit=credit)
        assert placed.status_code == 201, placed.text
        return body(self.get(f"/orders/{placed.json['id']}/"))

    def credit(self) -> int:
        """What is free to spend."""
        return self.get("/users/me/").json["credit"]

    def wallet(self) -> dict[int, dict[str, Any]]:
        """The coupons in the wallet, by their ids as the user has them."""
        return {entry["user_coupon_id"]: entry for entry in body(self.get("/coupons/"))}


def body(answer: TestResponse) -> Any:
    """What the answer says in JSON, which must be there."""
    assert answer.json is not None, answer.text
    return answer.json


def shopper(app: Flask, username: str) -> Shopper:
    """Log a user of the database in, without the toil of checking a password."""
    with app.app_context():
        user_id = db.session.scalars(select(User.id).where(User.username == username)).one()
        tokens = auth.new_session(user_id)
    return Shopper(user_id, app.test_client(), tokens["token"], tokens["refresh_token"])
