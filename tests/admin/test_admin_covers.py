"""Covers of courses that staff upload: redrawn, or refused."""

import io
import zlib

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from shared.models import Course, Picture
from tests.admin.test_admin_tables import COURSE
from tests.pictures import opened, picture

NO_PICTURE = "This is no PNG, JPEG or WebP that can be read."


def upload(boss, content: bytes, path: str = "/courses/new/", name: str = "x.png"):
    """Send the form as bytes; the test client itself would leave a large file of its own open."""
    fields = COURSE | {"csrf_token": boss.token(), "picture": FileStorage(io.BytesIO(content), name)}
    boundary, body = encode_multipart(fields)
    return boss.client.post(f"/admin{path}", data=body, content_type=f"multipart/form-data; boundary={boundary}")


@pytest.fixture
def kept(sessions):
    """How many pictures there are."""

    def count() -> int:
        with sessions() as session:
            return session.scalars(select(func.count()).select_from(Picture)).one()

    return count


def cover_of(sessions, name: str = "新课") -> str:
    with sessions() as session:
        return session.scalars(select(Course.cover).where(Course.name == name)).one()


def test_a_cover_is_uploaded_and_replaced(boss, sessions, client, kept):
    answer = upload(boss, picture("JPEG", (1000, 1000)))
    assert answer.status_code == 302, boss.errors(answer)
    shown = client.get(cover_of(sessions))
    assert (shown.content_type, opened(shown.data).size) == ("image/webp", (640, 400))
    with sessions() as session:
        course = session.scalars(select(Course.id).where(Course.name == "新课")).one()
    assert upload(boss, picture(colour="red"), f"/courses/edit/?id={course}").status_code == 302
    assert client.get(cover_of(sessions)).data != shown.data
    assert kept() == 1
    cover = cover_of(sessions)
    assert boss.post(f"/courses/edit/?id={course}", COURSE | {"cover": cover}).status_code == 302
    assert cover_of(sessions) == cover  # a form without a file leaves it
    boss.delete("courses", course)
    assert kept() == 0


def bomb() -> bytes:
    """A PNG of 30,000 by 30,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    side = (30_000).to_bytes(4, "big")
    head = side + side + bytes([1, 0, 0, 0, 0])
    pixels = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


BAD_FILES = [
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", NO_PICTURE),
    (b"<script>alert(1)</script>", NO_PICTURE),
    (b"GIF89a" + b"\0" * 40, NO_PICTURE),
    (picture()[:40], NO_PICTURE),
    (bomb(), "A picture has at most 25 million pixels."),
    (b"\0" * (2 * 1024 * 1024 + 1), "A picture has at most 2 MiB."),
]


@pytest.mark.attack
def test_nothing_but_pictures(boss, sessions, kept):
    for content, problem in BAD_FILES:
        page = upload(boss, content)
        assert problem in boss.errors(page), content[:40]
    assert upload(boss, b"\0" * (4 * 1024 * 1024)).status_code == 413
    assert kept() == 0


@pytest.mark.attack
def test_what_hides_behind_a_picture_is_not_kept(boss, sessions, client):
    hidden = b"<script>alert(document.cookie)</script>"
    assert upload(boss, picture() + hidden, name="x.html").status_code == 302
    shown = client.get(cover_of(sessions))
    assert hidden not in shown.data
    assert shown.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.attack
def test_a_text_in_place_of_a_file_is_none(boss, sessions, kept):
    assert boss.post("/courses/new/", COURSE | {"picture": "/etc/passwd"}).status_code == 302
    assert (cover_of(sessions), kept()) == (COURSE["cover"], 0)
