"""The shop's staff at work, under `/admin/`: Flask-Admin's pages around the verbs of `shared`."""

from flask import Blueprint, Flask
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme

from config import Settings
from webapp.admin import cookie, guard, problems, words, zone
from webapp.admin.audit import AuditView
from webapp.admin.catalogue import CategoryView, CourseView, DirectionView
from webapp.admin.coupons import CouponView
from webapp.admin.figures import FiguresView
from webapp.admin.gifts import GiftView
from webapp.admin.home import Home
from webapp.admin.orders import (
    DifferenceView,
    OrderView,
    PaymentView,
    QuarantineView,
    ReconciliationView,
    RefundView,
)
from webapp.admin.reviews import ReviewView
from webapp.admin.user_coupons import UserCouponView
from webapp.admin.users import CreditGrantView, UserView

VIEWS = (
    FiguresView,
    CourseView,
    DirectionView,
    CategoryView,
    ReviewView,
    CouponView,
    UserCouponView,
    UserView,
    CreditGrantView,
    GiftView,
    OrderView,
    PaymentView,
    RefundView,
    DifferenceView,
    ReconciliationView,
    QuarantineView,
    AuditView,
)


def init_app(app: Flask, settings: Settings) -> None:
    """Serve the admin; nobody but staff gets any of it, see `guard`."""
    cookie.init_app(app, settings)
    words.init_app(app)
    zone.init_app(app)
    app.config["WARNINGS"] = settings.warnings
    # Registered first, so that its templates come before Flask-Admin's of the same name.
    ours = Blueprint(
        "admin_assets", __name__, static_folder="static", template_folder="templates", static_url_path="/admin/assets"
    )
    problems.show_in(ours)
    app.register_blueprint(ours)
    admin = Admin(app, name="Lapse", index_view=Home(), theme=Bootstrap4Theme(base_template="lapse/base.html"))
    views = [view.build() for view in VIEWS]
    admin.add_views(*views)
    guard.init_app(app, {ours.name, *(view.blueprint.name for view in (admin.index_view, *views))})
