"""The resources of the API, each a blueprint."""

from webapp.views import accounts, cart, coupons, courses, events, orders

BLUEPRINTS = tuple(module.blueprint for module in (accounts, courses, cart, coupons, orders, events))
