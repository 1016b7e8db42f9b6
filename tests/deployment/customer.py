"""The shortest story of the shop, told over HTTP."""

from embedded.process import wait_for
from lapse.database import open_sessions
from shared.order_status import OrderStatus
from tests.conftest import SCHOOL
from tests.processes import PATIENCE, Process
from webapp import school


def load_school(database_url: str) -> None:
    """Load what the story needs into a migrated database."""
    sessions = open_sessions(database_url)
    with sessions.begin() as session:
        school.load(session, school.read(SCHOOL.read_bytes()))
    sessions.kw["bind"].dispose()


def let_an_order_time_out(web: Process, username: str = "u1", password: str = "secret-1", course_id: int = 2) -> int:
    """Place an order with credit, wait until it is timed out and the credit is back; returns its id."""
    token = web.send("POST", "/users/login/", {"username": username, "password": password}).json["token"]
    credit = web.send("GET", "/users/me/", token=token).json["credit"]
    assert web.send("POST", "/cart/", {"course_id": course_id}, token).status == 201
    placed = web.send("POST", "/orders/", {"pay_type": 0, "credit": 10}, token)
    assert placed.status == 201, placed.text
    path = f"/orders/{placed.json['id']}/"
    assert wait_for(
        lambda: web.send("GET", path, token=token).json["order_status"] == OrderStatus.TIMED_OUT, PATIENCE
    ), "it was not timed out"
    order = web.send("GET", path, token=token).json
    assert order["created_time"].endswith("+00:00"), order
    assert web.send("GET", "/users/me/", token=token).json["credit"] == credit
    return int(placed.json["id"])
