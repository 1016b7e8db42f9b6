"""The built page beside the API."""

from pathlib import Path

import pytest

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FILES = {
    "index.html": b"<!doctype html>the page",
    "index.html.gz": b"page, gzipped",
    "assets/index-1a2b.js": b"script",
    "assets/index-1a2b.js.br": b"script, by brotli",
    "assets/index-1a2b.js.gz": b"script, gzipped",
    "assets/font-3c4d.woff2": b"font",
    "robots.txt": b"robots",
    ".vite/manifest.json": b"{}",
}


@pytest.fixture
def dist(app, tmp_path) -> Path:
    """What a build leaves, and a secret beside it."""
    folder = tmp_path / "dist"
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "secret.txt").write_bytes(b"secret")
    app.config["PAGE_FOLDER"] = folder
    return folder


@pytest.mark.parametrize(
    "path",
    ["/", "/user/order", "/course/3", "/checkout", "/pay/result?out_trade_no=1", "/login", "/no/such/place", "/用户"],
)
def test_a_browser_gets_the_page_for_each_of_its_addresses(client, dist, path):
    answer = client.get(path, buffered=True, headers={"Accept": BROWSER})
    assert (answer.status_code, answer.data) == (200, FILES["index.html"])
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get(path, buffered=True, headers={"Accept": BROWSER, "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/orders/999/", "/orders/nothing", "/users/", "/courses/999/", "/assets/none.js"])
def test_the_api_stays_json_also_for_a_browser(client, dist, school_data, path):
    answer = client.get(path, buffered=True, headers={"Accept": BROWSER})
    assert answer.status_code in (401, 404)
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("accept", ["application/json", "*/*", ""])
def test_a_script_that_asks_for_what_is_not_there_gets_json(client, dist, accept):
    answer = client.get("/user/order", buffered=True, headers={"Accept": accept})
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert client.post("/user/order", headers={"Accept": BROWSER}).status_code == 404


def test_assets_are_kept_for_ever(client, dist):
    answer = client.get("/assets/font-3c4d.woff2", buffered=True)
    assert (answer.data, answer.content_type) == (FILES["assets/font-3c4d.woff2"], "font/woff2")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Vary" not in answer.headers


@pytest.mark.parametrize(
    ("accepted", "encoding", "suffix"),
    [
        ("gzip, deflate, br", "br", ".br"),
        ("gzip", "gzip", ".gz"),
        ("br;q=0, gzip", "gzip", ".gz"),
        ("br;q=0.1, gzip", "gzip", ".gz"),
        ("identity", None, ""),
        (None, None, ""),
    ],
)
def test_files_are_sent_as_the_build_compressed_them(client, dist, accepted, encoding, suffix):
    answer = client.get(
        "/assets/index-1a2b.js", buffered=True, headers={"Accept-Encoding": accepted} if accepted else {}
    )
    assert answer.data == FILES[f"assets/index-1a2b.js{suffix}"]
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_build_while_the_server_runs_is_served_whole(client, dist):
    before = client.get("/", buffered=True)
    (dist / "index.html").write_bytes(FILES["index.html"] * 2)
    after = client.get("/", buffered=True, headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, after.data) == (200, FILES["index.html"] * 2)
    assert after.content_length == len(after.data)


def test_what_a_proxy_compressed_is_recognised(client, dist):
    known = f'"another", W/{client.get("/", buffered=True).headers["ETag"]}'
    assert client.get("/", buffered=True, headers={"If-None-Match": known}).status_code == 304


def test_other_files_of_the_build(client, dist):
    answer = client.get("/robots.txt", buffered=True)
    assert (answer.data, answer.headers["Cache-Control"]) == (b"robots", "no-cache")
    assert client.head("/robots.txt", buffered=True).status_code == 200


@pytest.mark.attack
@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/..%5c..%5csecret.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/assets//etc/passwd",
        "/.vite/manifest.json",
        "/assets/%00",
    ],
)
def test_nothing_outside_the_build_is_reached(client, dist, path):
    answer = client.get(path, buffered=True)
    assert answer.status_code in (404, 308)
    assert b"secret" not in answer.data


def test_without_a_build_there_is_a_hint(app, client, tmp_path):
    app.config["PAGE_FOLDER"] = tmp_path / "none"
    answer = client.get("/", buffered=True, headers={"Accept": BROWSER})
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert "npm" in answer.text
    assert "/docs" in answer.text
    assert answer.text.count("\n") == 1
    assert client.get("/user/order", buffered=True, headers={"Accept": BROWSER}).status_code == 404
