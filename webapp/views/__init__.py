"""The resources of the API, each a blueprint."""

from webapp.views import (
    accounts,
    again,
    cart,
    coupons,
    courses,
    events,
    history,
    lessons,
    notifications,
    ops,
    order_history,
    orders,
    payments,
    pictures,
    provider,
    reviews,
    sessions,
)

MODULES = (
    accounts,
    sessions,
    history,
    notifications,
    pictures,
    courses,
    lessons,
    cart,
    coupons,
    orders,
    order_history,
    again,
    payments,
    provider,
    reviews,
    events,
    ops,
)
BLUEPRINTS = tuple(module.blueprint for module in MODULES)
