"""Ways from one page of the admin to another."""

from flask import url_for
from markupsafe import Markup

_LINK = Markup('<a href="{}">{}</a>')


def to_user(user_id: int, username: str) -> Markup:
    """To a user's page."""
    return _LINK.format(url_for("admin_users.details_view", id=user_id), username)


def to_order(order_id: int, order_number: str) -> Markup:
    """To an order's page."""
    return _LINK.format(url_for("admin_orders.details_view", id=order_id), order_number)
