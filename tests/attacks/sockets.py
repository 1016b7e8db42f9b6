"""Clients that speak HTTP badly, on sockets of their own."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection

PATIENCE = 20.0  # seconds; a bound against hanging, not a measurement

GOODBYE = b"GET /healthz HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"
NOT_HTTP = b"\x16\x03\x01 this is no HTTP\r\n\r\n"
HALF_A_HEAD = b"GET /courses/ HTTP/1.1\r\nHost: shop\r\nX-Half: "


def half_a_body(path: str, content_type: str = "application/json", token: str = "") -> bytes:
    """A request whose body never comes to its end."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: shop\r\nContent-Type: {content_type}\r\nAuthorization: Bearer {token}\r\n"
        'Content-Length: 1000\r\n\r\n{"pay_type": '
    ).encode()


def half_a_chunk(path: str) -> bytes:
    """The same, in chunks."""
    return f"POST {path} HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n40\r\nout_trade_no=".encode()


@contextmanager
def opened(port: int, beginnings: list[bytes]) -> Iterator[list[socket.socket]]:
    """A connection for each of the beginnings, which has sent it and does nothing more."""
    with ExitStack() as stack:
        connections = []
        for beginning in beginnings:
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE))
            connection.sendall(beginning)
            connections.append(connection)
        yield connections


def rest_of(connection: socket.socket) -> bytes:
    """What comes until the server hangs up. Raises TimeoutError if it does not."""
    received = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            received += part
    return received


def status_of(port: int, path: str = "/courses/", method: str = "GET", body: object = None, token: str = "") -> int:
    """The answer to somebody who behaves. Raises TimeoutError if there is none."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()
