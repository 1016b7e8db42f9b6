"""What gunicorn's workers have in common."""

import pytest

from tests import processes

pytestmark = pytest.mark.processes

ASKED = 20  # times: with two workers, each of which might answer for itself, one chance in 500,000 not to see it


def test_the_metrics_are_the_same_whichever_worker_answers(settings, tmp_path, school_data):
    with processes.web(settings, tmp_path) as web:
        token = web.send("POST", "/users/login/", {"username": "u1", "password": "secret-1"}).json["token"]
        assert web.send("POST", "/cart/", {"course_id": 2}, token).status == 201
        assert web.send("POST", "/orders/", {"pay_type": 0, "credit": 10}, token).status == 201
        assert [web.metric("orders_created_total") for _ in range(ASKED)] == [1] * ASKED
