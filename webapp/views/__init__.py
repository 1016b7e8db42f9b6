"""The resources of the API, each a blueprint."""

from webapp.views import accounts, cart, coupons, courses, events, history, ops, orders, payments, reviews, sessions

MODULES = (accounts, sessions, history, courses, cart, coupons, orders, payments, reviews, events, ops)
BLUEPRINTS = tuple(module.blueprint for module in MODULES)
