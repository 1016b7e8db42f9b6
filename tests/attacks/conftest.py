"""The shop and its till, for those who would trick them."""

from tests.payments.conftest import cashdesk, till

__all__ = ["cashdesk", "till"]
