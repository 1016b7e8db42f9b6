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

from shared.orders import stats
from shared.timeouts import ORDER
from webapp import guesses
from webapp.admin import staff
from webapp.admin.pages import Pages
from webapp.current import redis, session


class LoginForm(BaseForm):
    """Who wants in."""

    username = StringField("User name", [InputRequired(), Length(max=150)], render_kw={"autocomplete": "username"})
    password = PasswordField(
        "Password", [InputRequired(), Length(max=128)], render_kw={"autocomplete": "current-password"}
    )


@guesses.limited
def _log_in(username: str, password: str) -> bool:
    return staff.log_in(username, password)


class Home(Pages, AdminIndexView):
    """How it stands, and who is looking."""

    @expose("/")
    def index(self) -> Any:
        """Show the figures that operators ask for first."""
        try:
            in_redis = stats.in_redis(redis(), ORDER)
        except RedisError:
            in_redis = {}
        return self.render("lapse/home.html", figures=stats.timeouts(session()) | in_redis)

    @expose("/login/", methods=("GET", "POST"))
    def login(self) -> Any:
        """Let a member of the staff in."""
        form = LoginForm(request.form)
        if request.method == "POST" and form.validate():
            if _log_in(form.username.data, form.password.data):
                return redirect(self._next(), 303)
            flash("Wrong name or password, or not a member of the staff.", "error")
        return self.render("lapse/login.html", form=form), 403 if request.method == "POST" else 200

    @expose("/logout/", methods=("POST",))
    def logout(self) -> Any:
        """Let him out."""
        staff.log_out()
        return redirect(self.get_url(".login"), 303)

    def _next(self) -> str:
        """Where he was going, if that is a page of the admin."""
        wanted = request.args.get("next", "")
        return wanted if re.fullmatch(r"/admin/[\w\-/?&=%.+]*", wanted, re.ASCII) else self.get_url(".index")
