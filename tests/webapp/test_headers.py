"""What every answer tells a browser not to do."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from tests.conftest import close
from webapp import create_app

pytestmark = pytest.mark.attack


def policy(answer) -> dict[str, list[str]]:
    """The parts of the answer's Content-Security-Policy."""
    parts = (part.split() for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize(
    "path", ["/", "/courses/", "/orders/list/", "/orders/1/", "/nothing", "/openapi.json", "/healthz"]
)
def test_each_answer_has_them(client, school_data, path):
    answer = client.get(path, buffered=True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert policy(answer)["script-src"] == ["'self'"]
    assert policy(answer)["frame-ancestors"] == ["'none'"]
    assert policy(answer)["form-action"] == ["'self'"]
    assert "unsafe-eval" not in answer.headers["Content-Security-Policy"]


def test_https_is_insisted_on_where_it_is_used(client):
    assert "Strict-Transport-Security" not in client.get("/healthz").headers
    assert "max-age=" in client.get("/healthz", base_url="https://localhost/").headers["Strict-Transport-Security"]


def test_the_documentation_may_run_its_own_script_and_no_other(client):
    page = client.get("/docs")
    [script] = re.findall("<script>(.*?)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy(page)["script-src"] == ["'self'", f"'sha256-{digest}'"]


def test_the_cashier_may_lead_back_to_a_page_served_elsewhere(settings):
    app = create_app(replace(settings, cors_origins=("https://shop.example",)))
    assert policy(app.test_client().get("/healthz"))["form-action"] == ["'self'", "https://shop.example"]
    close(app)
