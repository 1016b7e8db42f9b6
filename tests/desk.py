"""A member of the staff at the admin, seen from a test."""

import html
import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_MESSAGE = re.compile(r'<div class="alert[^>]*>(.*?)</div>', re.DOTALL)
_ERROR = re.compile(r"<li>(.*?)</li>", re.DOTALL)
_ERRORS = re.compile(r'<div class="invalid-feedback"[^>]*>(.*?)</div>', re.DOTALL)


@dataclass
class Desk:
    """A browser at `/admin`. `post` sends the token that the page `at` shows."""

    client: FlaskClient

    def log_in(self, username: str = "boss", password: str = "secret-3", **more: Any) -> TestResponse:
        return self.post("/login/", {"username": username, "password": password}, at="/login/", **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(f"/admin{path}", **more)

    def post(self, path: str, data: dict[str, Any], *, at: str = "/", **more: Any) -> TestResponse:
        return self.client.post(f"/admin{path}", data=data | {"csrf_token": self.token(at)}, **more)

    def act(self, table: str, action: str, *ids: int) -> list[str]:
        """Run an action on many; returns what the list says afterwards."""
        answer = self.post(f"/{table}/action/", {"action": action, "rowid": [str(id) for id in ids]})
        assert answer.status_code == 302, answer.text
        return self.messages(self.get(f"/{table}/"))

    def delete(self, table: str, id: int) -> list[str]:
        """Delete one; returns what the list says afterwards."""
        assert self.post(f"/{table}/delete/", {"id": str(id), "url": f"/admin/{table}/"}).status_code == 302
        return self.messages(self.get(f"/{table}/"))

    def token(self, at: str = "/") -> str:
        found = _TOKEN.search(self.get(at).text)
        assert found, at
        return found[1]

    @staticmethod
    def messages(page: TestResponse) -> list[str]:
        """The lines above the page."""
        return [html.unescape(message).strip() for message in _MESSAGE.findall(page.text)]

    @staticmethod
    def errors(page: TestResponse) -> list[str]:
        """What is wrong in the fields of a form."""
        return [html.unescape(error) for field in _ERRORS.findall(page.text) for error in _ERROR.findall(field)]
