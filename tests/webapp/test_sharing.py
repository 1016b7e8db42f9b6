"""What the page of a course tells those who share its address."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from sqlalchemy import update

from shared.models import Course
from tests.conftest import close
from webapp import create_app

PAGE = """<!doctype html><html><head><meta name="description" content="the school" />
<meta property="og:title" content="School" /><title>School</title><script src="/assets/x.js"></script></head>
<body>the page</body></html>"""


class Head(HTMLParser):
    """What a reader of the page finds in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.meta: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes) -> None:
        found = dict(attributes)
        self.tags.append(tag)
        if tag == "meta":
            name = found.get("name") or found["property"]
            assert name not in self.meta
            self.meta[name] = found["content"]
        if tag == "link":
            self.links[found["rel"]] = found["href"]

    def handle_data(self, data) -> None:
        self.text.append(data.strip())


@pytest.fixture
def page(app, tmp_path) -> None:
    (tmp_path / "index.html").write_text(PAGE)
    app.config["PAGE_FOLDER"] = tmp_path


def changed(sessions, **values: str) -> None:
    with sessions.begin() as session:
        session.execute(update(Course).where(Course.id == 1).values(**values))


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_a_course_introduces_itself(client, school_data, page, accept):
    answer = client.get("/course/1", headers={"Accept": accept})
    head = Head(answer.text)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "Flask 实战 · Lapse" in head.text
    assert head.meta["og:title"] == head.meta["og:description"] == head.meta["description"] == "Flask 实战"
    assert head.meta["og:url"] == head.links["canonical"] == "http://localhost/course/1"
    assert head.meta["og:image"] == "http://localhost/covers/1.png"
    assert head.tags.count("title") == head.tags.count("script") == 1
    assert "the page" in head.text


def test_by_the_name_that_others_know_us_by(settings, school_data, tmp_path):
    app = create_app(replace(settings, public_url="https://shop.example"))
    (tmp_path / "index.html").write_text(PAGE)
    app.config["PAGE_FOLDER"] = tmp_path
    head = Head(app.test_client().get("/course/1").text)
    assert head.links["canonical"] == "https://shop.example/course/1"
    assert head.meta["og:image"] == "https://shop.example/covers/1.png"
    close(app)


def test_a_long_brief_is_shortened_and_a_strange_cover_left_out(client, sessions, school_data, page):
    changed(sessions, brief="长 " * 300, cover="//elsewhere.example/x.png")
    head = Head(client.get("/course/1").text)
    assert len(head.meta["og:description"]) == 160
    assert "og:image" not in head.meta


@pytest.mark.attack
@pytest.mark.parametrize("column", ["name", "brief", "cover"])
@pytest.mark.parametrize(
    "words", ["</title><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</head>\\g<0>"]
)
def test_what_staff_call_a_course_is_no_markup(client, sessions, school_data, page, column, words):
    text = f"/{words}" if column == "cover" else words
    changed(sessions, **{column: text})
    head = Head(client.get("/course/1").text)
    assert head.tags.count("script") == head.tags.count("title") == head.tags.count("head") == 1
    assert "img" not in head.tags
    told = {"name": head.meta["og:title"], "brief": head.meta["og:description"], "cover": head.meta["og:image"]}
    assert told[column].endswith(words)


def test_it_is_not_sent_again_until_it_changes(client, sessions, school_data, page):
    first = client.get("/course/1")
    known = {"If-None-Match": first.headers["ETag"]}
    assert (first.headers["Cache-Control"], client.get("/course/1", headers=known).status_code) == ("no-cache", 304)
    changed(sessions, brief="new")
    assert client.get("/course/1", headers=known).status_code == 200


@pytest.mark.parametrize("course_id", ["99", "0", "9" * 30])
def test_without_such_a_course_it_is_the_plain_page(client, school_data, page, course_id):
    assert client.get(f"/course/{course_id}", buffered=True).text == PAGE


def test_without_a_database_it_is_the_plain_page(settings, tmp_path):
    app = create_app(replace(settings, database_url="postgresql://nobody@127.0.0.1:1/none"))
    (tmp_path / "index.html").write_text(PAGE)
    app.config["PAGE_FOLDER"] = tmp_path
    assert app.test_client().get("/course/1", buffered=True).text == PAGE
    close(app)
