"""The first page, and the way in and out."""

import re
from typing import Any

from flask import flash, redirect, request
from flask_admin import AdminIndexView
from flask_admin.base import expose
from flask_admin.form import BaseForm
from redis.exceptions import RedisError
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from shared.accounts import logins, second_factor
from shared.models import Login
from shared.orders import stats
from shared.timeouts import ORDER
from webapp import guesses
from webapp.admin import staff, words
from webapp.admin.fields import code_field
from webapp.admin.pages import Pages
from webapp.current import redis, session, settings
from webapp.rate_limits import limiter

A_YEAR = 365 * 24 * 3600


class LoginForm(BaseForm):
    """Who wants in."""

    username = StringField("User name", [InputRequired(), Length(max=150)], render_kw={"autocomplete": "username"})
    password = PasswordField(
        "Password", [InputRequired(), Length(max=128)], render_kw={"autocomplete": "current-password"}
    )
    code = code_field("Code", description="Of your second factor, if you have one")


class CodeForm(BaseForm):
    """That an app for codes knows the secret."""

    code = code_field("Code", InputRequired())


@guesses.limited
def _log_in(username: str, password: str, code: str) -> bool:
    return staff.log_in(username, password, code)


@limiter.limit("10/minute", key_func=lambda: f"second factor {staff.current_id()}")
def _confirm(code: str) -> bool:
    return second_factor.confirm(session(), staff.current_id(), code)


class Home(Pages, AdminIndexView):
    """How it stands, and who is looking."""

    @expose("/")
    def index(self) -> Any:
        """Show the figures that operators ask for first."""
        try:
            in_redis = stats.in_redis(redis(), ORDER)
        except RedisError:
            in_redis = {}
        unclosed = stats.lateness_unclosed(session(), settings().latest_close)
        return self.render("lapse/home.html", figures=stats.timeouts(session()) | in_redis, unclosed=unclosed)

    @expose("/login/", methods=("GET", "POST"))
    def login(self) -> Any:
        """Let a member of the staff in."""
        form = LoginForm(request.form)
        if request.method == "POST" and form.validate():
            if _log_in(form.username.data, form.password.data, form.code.data):
                return redirect(self._next(), 303)
            flash("Wrong name, password or code, or not a member of the staff.", "error")
        return self.render("lapse/login.html", form=form), 403 if request.method == "POST" else 200

    @expose("/second-factor/", methods=("GET", "POST"))
    def second_factor(self) -> Any:
        """Set one's second factor up; without it one's other logins end."""
        form = CodeForm(request.form)
        if request.method == "POST" and form.validate():
            if _confirm(form.code.data):
                logins.end(session(), staff.current_id(), Login.session_id != staff.session_id())
                session().commit()
                flash("From now on you log in with a code.", "success")
                return redirect(self.get_url(".index"), 303)
            flash("This is not the code.", "error")
        secret = second_factor.draft(session(), staff.current_id())
        session().commit()
        return self.render("lapse/second_factor.html", form=form, secret=secret, uri=secret and self._uri(secret))

    @expose("/language/", methods=("POST",))
    def language(self) -> Any:
        """Speak the chosen language from now on; `guard` has looked at the way back."""
        answer = redirect(request.form.get("url") or self.get_url(".index"), 303)
        chosen = request.form.get("language", "")
        if chosen in words.LOCALES:
            answer.set_cookie(words.COOKIE, chosen, max_age=A_YEAR, secure=request.is_secure, samesite="Lax")
        return answer

    @expose("/logout/", methods=("POST",))
    def logout(self) -> Any:
        """Let them out."""
        staff.log_out()
        return redirect(self.get_url(".login"), 303)

    def _uri(self, secret: str) -> str:
        found = staff.current()
        assert found is not None  # noqa: S101 - for the type checker; `guard` lets nobody else in
        return second_factor.uri(secret, found.username)

    def _next(self) -> str:
        """Where they were going, if that is a page of the admin."""
        wanted = request.args.get("next", "")
        return wanted if re.fullmatch(r"/admin/[\w\-/?&=%.+]*", wanted, re.ASCII) else self.get_url(".index")
