"""The resources of the API, each a blueprint."""

from webapp.views import (
    accounts,
    cart,
    coupons,
    courses,
    events,
    history,
    lessons,
    ops,
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
    pictures,
    courses,
    lessons,
    cart,
    coupons,
    orders,
    payments,
    provider,
    reviews,
    events,
    ops,
)
BLUEPRINTS = tuple(module.blueprint for module in MODULES)
