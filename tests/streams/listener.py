"""A client of the event stream."""

import json
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from typing import Any

PATIENCE = 20.0  # seconds; a bound against hanging, not a measurement


@dataclass
class Heard:
    """An event as it came, or a comment."""

    id: int | None = None
    event: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    comment: str | None = None


class Listener:
    """An open stream."""

    def __init__(self, port: int, token: str | None, path: str = "/orders/events/", **headers: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._connection.request("GET", path, headers={name.replace("_", "-"): text for name, text in headers.items()})
        self.response: HTTPResponse = self._connection.getresponse()

    @property
    def status(self) -> int:
        return self.response.status

    def greeting(self) -> list[str]:
        """The lines of the first block."""
        return self._block()

    def hear(self) -> Heard:
        """The next event."""
        while True:
            block = self._block()
            fields = dict(line.split(": ", 1) for line in block)
            if "data" in fields:
                return Heard(int(fields.get("id", 0)), fields["event"], json.loads(fields["data"]))

    def comment(self) -> str:
        """The next comment after the greeting."""
        [line] = self._block()
        assert line.startswith(": ")
        return line

    def rest(self) -> bytes:
        """What still comes until the server ends the stream."""
        return self.response.read()

    def close(self) -> None:
        """Hang up."""
        self.response.close()
        self._connection.close()

    def _block(self) -> list[str]:
        lines = []
        while (line := self.response.readline()) not in (b"\n", b""):
            lines.append(line.decode().rstrip("\n"))
        assert line, "the stream has ended"
        return lines
