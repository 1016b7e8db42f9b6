"""The shop and its till, for those who would trick them."""

from tests.payments.conftest import poller, till

__all__ = ["poller", "till"]
