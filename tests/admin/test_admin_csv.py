"""Lists as CSV files, and courses and coupons from such files: all of one or nothing."""

import csv
import io

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from shared.models import Coupon, Course
from tests.admin.test_admin_tables import TABLES
from tests.audit import entries
from tests.full_shop import fill
from webapp.admin.csv_files import guarded, unguarded

HEAD = "name,price,direction,category,brief\n"
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'=1", "''", "'", "=cmd|' /C calc'!A1"]


@pytest.fixture
def load(boss):
    """Send a file of courses: to be looked at, or, as the page does then, to be imported."""

    def send(text: str | bytes, table: str = "courses", *, do: bool = False):
        if do:
            return boss.post(f"/{table}/import/", {"text": text, "do": "1"})
        content = text.encode() if isinstance(text, str) else text
        return boss.post(f"/{table}/import/", {"file": FileStorage(io.BytesIO(content), "x.csv")})

    return send


def rows_of(answer) -> list[list[str]]:
    assert answer.mimetype == "text/csv", answer.text
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def courses(sessions) -> int:
    with sessions() as session:
        return session.scalars(select(func.count()).select_from(Course)).one()


def test_every_list_is_a_file_too(boss, u1, sessions):
    fill(sessions, u1)
    for table in TABLES:
        headings, *rows = rows_of(boss.get(f"/{table}/export/csv/"))
        assert len(headings) > 1, table
        assert all(len(row) == len(headings) for row in rows), table
    assert entries(sessions, "exported")[0].after == {"records": 7}
    assert [row[1] for row in rows_of(boss.get("/courses/export/csv/?search=Vue"))[1:]] == ["Vue 进阶", "Vue_3"]


@pytest.mark.attack
@pytest.mark.parametrize("cell", FORMULAS)
def test_no_cell_is_a_formula_and_nothing_is_lost(cell):
    assert guarded(cell)[0] == "'"
    assert unguarded(guarded(cell)) == cell


@pytest.mark.attack
def test_what_users_write_is_no_formula_in_a_spreadsheet(boss, u1):
    u1.patch("/users/me/", {"nickname": '=HYPERLINK("http://evil.example")'})
    [row] = [row for row in rows_of(boss.get("/users/export/csv/")) if "u1" in row]
    assert '\'=HYPERLINK("http://evil.example")' in row


@pytest.mark.parametrize("table", ["courses", "coupons"])
def test_a_file_that_is_taken_away_changes_nothing_when_it_comes_back(boss, load, sessions, table):
    text = boss.get(f"/{table}/import/file/").data.decode()
    assert "nothing is wrong" in load(text, table).text
    answer = load(text, table, do=True)
    assert answer.status_code == 303, answer.text
    assert entries(sessions, "created", "changed") == []


def test_courses_are_looked_at_and_imported(boss, load, sessions):
    text = HEAD + '"新课, 一",99.50,1,1,\'=1\n新课二,0.00,2,2,\n'
    assert "2 records, and nothing is wrong" in load("\ufeff" + text).text
    assert courses(sessions) == 7
    assert load(text, do=True).status_code == 303
    with sessions() as session:
        made = session.scalars(select(Course).order_by(Course.id.desc()).limit(2)).all()
        assert [(course.name, str(course.price), course.brief) for course in made] == [
            ("新课二", "0.00", ""),
            ("新课, 一", "99.50", "=1"),
        ]
    assert len(entries(sessions, "created")) == 2
    assert load("id,price\n2,120.00\n", do=True).status_code == 303
    with sessions() as session:
        course = session.get_one(Course, 2)
        assert (course.name, str(course.price), course.credit) == ("100% Python", "120.00", 500)
    assert entries(sessions, "changed")[0].after == {"price": "120.00"}


def test_coupons_are_imported(load, sessions):
    head = "name,takes_off,percent,condition,coupon_type,directions,start_time,end_time,get_type,total,per_user\n"
    text = head + "券,,85,0.00,1,1;2,2026-01-01T00:00:00,2036-01-01T00:00:00,1,5,1\n"
    answer = load(text, "coupons", do=True)
    assert answer.status_code == 303, answer.text
    with sessions() as session:
        coupon = session.scalars(select(Coupon).order_by(Coupon.id.desc()).limit(1)).one()
        assert (coupon.sale, [direction.id for direction in coupon.directions]) == ("*0.85", [1, 2])


BAD_FILES = [
    ("", "The first line must name columns"),
    ("nome,price\nx,1\n", "The first line must name columns"),
    ("name,name\nx,x\n", "The first line must name columns"),
    (HEAD, "A file has between 1 and 1000 records."),
    (HEAD + "x,1.00,1,1,b,c\n", "Line 2: there are 6 cells, but 5 columns."),
    (HEAD + 'x,1.00,1,1,"b\n', "Line 2: unexpected end of data."),
    (HEAD + "x,1.00,1,1,\ny,cheap,1,1,\n", "Line 3, price: Must be an amount such as 399.00, not negative."),
    (HEAD + "x,1.00,2,1,\n", "Line 2, category: This category is in the direction “后端”."),
    ("id,price\n99,1.00\n", "Line 2: there is no id 99."),
    ("id,price\nx,1.00\n", "Line 2: there is no id x."),
    (HEAD.encode() + "课".encode("gbk"), "The file is not UTF-8; save it as “CSV UTF-8”."),
    (HEAD + "x" * (256 * 1024), "The file has more than 256 KiB."),
    (HEAD + "x,1.00,1,1,\n" * 1001, "A file has between 1 and 1000 records."),
]


def test_one_bad_line_and_nothing_is_imported(boss, load, sessions):
    for text, problem in BAD_FILES:
        page = load(text)
        assert page.status_code == 200
        assert problem in page.text, text[:80]
        if isinstance(text, str) and "\n" in text:
            assert problem in load(text, do=True).text
    assert courses(sessions) == 7
    assert entries(sessions, "created", "changed") == []


@pytest.mark.attack
def test_what_a_file_says_is_not_html(load):
    page = load(HEAD + "<script>alert(1)</script>,1.00,1,1,</textarea><b>\n").text
    assert "<script>alert" not in page
    assert "<b>" not in page
