"""Paths, files and ways back: nothing outside is reached, nothing leads elsewhere, and no name is a mistake of ours."""

from urllib.parse import urlencode, urljoin, urlsplit

import pytest

from tests.desk import Desk

FOLDERS = ["/", "/assets/", "/covers/", "/docs/assets/", "/admin/static/", "/admin/assets/", "/courses/", "/payments/"]
OUTSIDE = ["../", "%2e%2e/", "..%2f", "..%5c", "%2e%2e%2f", "....//", "/", "%2f", "%00", "..%00/", "%ed%a0%80"]
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "http:///evil.example",
    "https:evil.example",
    "///evil.example",
    "\t//evil.example",
    "h\nttp://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/orders/",
]


@pytest.fixture
def page(app, tmp_path):
    """A built page, and a secret beside it."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("the page")
    (tmp_path / "secret.txt").write_text("a secret")
    app.config["PAGE_FOLDER"] = folder


@pytest.fixture
def desk(app, school_data) -> Desk:
    desk = Desk(app.test_client())
    assert desk.log_in().status_code == 303
    return desk


@pytest.mark.parametrize("length", [255, 256, 3000])
def test_a_name_longer_than_any_files_is_not_there(client, page, length):
    for folder in FOLDERS:
        for accept in ("application/json", "text/html"):
            answer = client.get(folder + "x" * length, headers={"Accept": accept}, buffered=True)
            assert answer.status_code in (200, 308, 401, 404), (folder, accept, answer.text)


@pytest.mark.parametrize("way_out", OUTSIDE)
def test_no_path_leads_out_of_a_folder(client, page, way_out):
    for folder in FOLDERS:
        for file in ("secret.txt", "guard.py", "etc/passwd"):
            answer = client.get(folder + way_out + file, buffered=True)
            assert answer.status_code < 500, (folder, file)
            for content in (b"a secret", b"import ", b"root:"):
                assert content not in answer.data, (folder, file)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/directions/edit/?id=99999&", None),  # a link alone, which says that there is none and goes on
        ("/directions/edit/?id=1&", {"name": "Back end"}),
        ("/directions/delete/?", {"id": "99999"}),
        ("/users/action/?", {"action": "x", "rowid": "1"}),
    ],
)
def test_no_page_of_the_admin_leads_elsewhere(desk, path, data):
    for url in ELSEWHERE:
        asked = path + urlencode({"url": url})
        answer = desk.get(asked) if data is None else desk.post(asked, data | {"url": url})
        assert answer.status_code in (302, 400), url
        location = urlsplit(urljoin("http://localhost/admin/", answer.location or ""))
        assert (location.scheme, location.netloc) == ("http", "localhost"), url
        assert location.path.startswith("/admin/"), url


def test_no_link_of_a_form_leads_elsewhere(desk):
    for url in ELSEWHERE:
        answer = desk.get("/directions/edit/?id=1&" + urlencode({"url": url}))
        for led in ("evil.example", 'href="data:', "javascript:alert"):
            assert led not in answer.text, url


def test_a_way_back_within_the_admin_is_taken(desk):
    back = "/admin/directions/?search=前端&flt0_0=a,b"
    answer = desk.post(f"/directions/edit/?id=1&{urlencode({'url': back})}", {"name": "Back end"})
    assert (answer.status_code, urlsplit(answer.location).path) == (302, "/admin/directions/")
