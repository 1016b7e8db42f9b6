"""The resources of the API, each a blueprint."""

from webapp.views import accounts, cart, coupons, courses, events, history, ops, orders, payments, provider, reviews

BLUEPRINTS = tuple(
    module.blueprint
    for module in (accounts, history, courses, cart, coupons, orders, payments, provider, reviews, events, ops)
)
