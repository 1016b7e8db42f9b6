"""The admin in two languages."""

import re
from html import unescape

import pytest
from babel.messages.pofile import read_po

from tests.full_shop import fill
from webapp.admin import VIEWS
from webapp.admin.words import CHINESE

LABELS = re.compile(r"<(th|label|h1|h2|button|summary|option)\b[^>]*>([^<]*)")
HAN = re.compile("[\u4e00-\u9fff]")
FORMS = ("courses/new/", "directions/new/", "categories/new/", "coupons/new/", "user_coupons/new/")
OTHERS = ("", "second-factor/", "users/grant/?id=1", "users/reset-password/?id=1", "orders/details/?id=1")
MORE = ("gifts/", "coupons/try/?id=1", "courses/import/", "reviews/moderate/?id=1")
TABLES = (view.table for view in VIEWS if hasattr(view, "table"))
PAGES = (*(f"{table.__table__}/" for table in TABLES), *FORMS, *OTHERS, *MORE)


@pytest.fixture
def labels(boss, u1, sessions):
    """The labels of a page, without those in which data is shown."""
    fill(sessions, u1)

    def read(page, language):
        boss.client.set_cookie("lapse_locale", language)
        answer = boss.get(f"/{page}")
        assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in answer.text
        found = {unescape(text).strip() for _, text in LABELS.findall(answer.text)}
        return {text for text in found if text and " · " not in text and text not in ("中文", "English")}

    return read


def test_every_text_is_in_chinese_and_keeps_its_values():
    with CHINESE.open("rb") as file:
        catalogue = read_po(file, locale="zh")
    for message in catalogue:
        assert message.string or not message.id, message.id
        places = re.compile(r"%\(\w+\)s")
        assert set(places.findall(message.id)) == set(places.findall(message.string)) or not message.id, message.id


@pytest.mark.parametrize("page", PAGES)
def test_a_page_speaks_one_language(labels, page):
    """In English no label is Chinese; in Chinese none is as it was in English."""
    english = labels(page, "en")
    assert [text for text in english if HAN.search(text)] == []
    assert english & labels(page, "zh") == set()


def test_the_language_is_the_browsers_until_another_is_chosen(desk):
    german, chinese = {"Accept-Language": "de"}, {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}
    assert '<html lang="en">' in desk.get("/login/", headers=german).text
    assert '<html lang="zh-CN">' in desk.get("/login/", headers=chinese).text
    chosen = desk.post("/language/", {"language": "en", "url": "/admin/login/"}, at="/login/")
    assert (chosen.status_code, chosen.location) == (303, "/admin/login/")
    assert '<html lang="en">' in desk.get("/login/", headers=chinese).text


@pytest.mark.attack
@pytest.mark.parametrize("language", ["", "de", "../zh", "zh; Path=/x", "x" * 5000])
def test_no_other_language_is_kept(desk, language):
    answer = desk.post("/language/", {"language": language}, at="/login/")
    assert "lapse_locale" not in str(answer.headers)
    desk.client.set_cookie("lapse_locale", language[:100])
    assert desk.get("/login/").status_code == 200
