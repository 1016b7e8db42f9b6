"""The resources of the API, each a blueprint."""

from webapp.views import (
    accounts,
    again,
    cart,
    coupons,
    courses,
    events,
    history,
    ops,
    orders,
    payments,
    provider,
    reviews,
    sessions,
    story,
)

MODULES = (
    *(accounts, sessions, history, courses, cart, coupons),
    *(orders, story, again, payments, provider, reviews, events, ops),
)
BLUEPRINTS = tuple(module.blueprint for module in MODULES)
