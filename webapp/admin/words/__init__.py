"""What the admin says, in English or Chinese.

The English words are the keys; `zh.po` has the Chinese ones, and is read as it is, so that nothing has to be compiled.
"""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, request
from flask_babel import Babel, get_locale

CHINESE = Path(__file__).with_name("zh.po")
COOKIE = "lapse_locale"
LOCALES = {"en": "en", "zh": "zh_Hans_CN"}
"""The languages, and the names that Flask-Admin has for them."""


def init_app(app: Flask) -> None:
    """Let templates `say` things, and Flask-Admin and WTForms speak the same language."""
    Babel(app, locale_selector=lambda: LOCALES[_wanted()])
    app.jinja_env.globals.update(say=say, language=language)


def say(text: str, **values: Any) -> str:
    """The text in the reader's language, or as it is where there is no other; `%(name)s` in it become the values."""
    catalogue = _chinese() if language() == "zh-CN" else NullTranslations()
    # The empty text is the key of the catalogue's own head.
    said: str = catalogue.gettext(str(text)) if text else ""
    return said % values if values else said


def language() -> str:
    """The reader's language, as HTML names it."""
    return "zh-CN" if str(get_locale()) == LOCALES["zh"] else "en"


def _wanted() -> str:
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LOCALES else request.accept_languages.best_match(list(LOCALES), "en")


@cache
def _chinese() -> NullTranslations:
    compiled = BytesIO()
    with CHINESE.open("rb") as file:
        write_mo(compiled, read_po(file, locale="zh", abort_invalid=True))
    compiled.seek(0)
    return Translations(compiled)
