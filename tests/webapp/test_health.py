"""What operators look at, and the API's description."""

import json
import os
import re
import subprocess
import sys

import pytest
from sqlalchemy import text

import config
from shared.models import QuarantinedTimeout
from tests.deadlines import let_time_be_over


def test_ready_when_all_is_well(client):
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ok", "warnings": [config.SANDBOX_WARNING]}


@pytest.mark.parametrize("statement", ["UPDATE alembic_version SET version_num = '0'", "DROP TABLE alembic_version"])
def test_not_ready_before_the_migrations(client, sessions, statement):
    with sessions.begin() as session:
        session.execute(text(statement))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["code"]) == (503, "not_ready")
    assert "migrated" in answer.json["detail"]


def test_metrics_in_prometheus_text(client):
    answer = client.get("/metrics")
    assert answer.content_type.startswith("text/plain")
    assert "orders_created_total" in answer.text


COUNT_IN_THREE_PROCESSES = """
import os
from shared import metrics
for _ in range(2):
    if os.fork() == 0:
        metrics.ORDERS_CREATED.inc()
        os._exit(0)
    os.wait()
metrics.ORDERS_CREATED.inc()
from flask import Flask
from webapp import health
app = Flask("metrics")
health.init_app(app)
print(app.test_client().get("/metrics").text)
"""


def test_metrics_are_added_up_over_the_workers(tmp_path):
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    command = [sys.executable, "-c", COUNT_IN_THREE_PROCESSES]
    said = subprocess.run(command, env=environment, cwd=config.ROOT, capture_output=True, text=True, check=True)
    assert "orders_created_total 3.0" in said.stdout
    assert 'order_timeouts_total{path="event"} 0.0' in said.stdout


def test_the_description(client):
    described = client.get("/openapi.json").json
    assert described["openapi"].startswith("3.")
    assert described["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    placing = described["paths"]["/orders/"]["post"]
    assert {"bearer": []} in placing["security"]
    assert placing["summary"]
    assert set(placing["responses"]) == {"201", "422", "default"}
    problem = json.dumps(described["components"]["responses"])
    assert "application/problem+json" in problem
    assert "application/json" not in problem


def test_the_page_to_try_it_on_needs_no_other_server(client):
    page = client.get("/docs")
    assert page.status_code == 200
    assert "://" not in page.text
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"):
        assert f"/docs/assets/{asset}" in page.text
        with client.get(f"/docs/assets/{asset}") as answer:
            assert answer.status_code == 200


def test_no_other_origin_may_call_unless_it_is_named(client, settings):
    from dataclasses import replace

    from webapp import create_app

    shop = {"Origin": "https://shop.example"}
    assert "Access-Control-Allow-Origin" not in client.get("/courses/", headers=shop).headers
    open_app = create_app(replace(settings, cors_origins=("https://shop.example",))).test_client()
    asked = open_app.options("/orders/", headers=shop)
    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    other = open_app.get("/healthz", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers


def test_ready_with_a_warning_while_no_listener_closes_orders(client, u1, sessions, settings):
    """As with a listener that is frozen: its subscription and its process are still there."""
    order = u1.ordered(2)["id"]
    let_time_be_over(sessions, order, ago=settings.sweep_interval)
    assert client.get("/readyz").json["warnings"] == [config.SANDBOX_WARNING]
    let_time_be_over(sessions, order, ago=90)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "ok")
    assert re.fullmatch(r"orders are overdue by 9\d s: no listener closes them", answer.json["warnings"][-1])
    with sessions.begin() as session:
        quarantined = {"kind": "order", "subject_id": order, "error": "x", "retry_at": text("now()")}
        session.execute(QuarantinedTimeout.__table__.insert().values(quarantined))
    assert client.get("/readyz").json["warnings"] == [config.SANDBOX_WARNING]
