"""python-alipay-sdk, set up for one account."""

from datetime import datetime, timedelta, timezone
from typing import IO, Any, Protocol

from alipay import AliPay
from alipay.utils import AliPayConfig

from shared.payments.bill_download import download

BEIJING = timezone(timedelta(hours=8))
TIMEOUT = 3  # seconds; a request that waits for the provider must still be answered within five


class Account(Protocol):
    """What Alipay knows the shop by: its app, who is paid, the app's private key and Alipay's public key (PEM).

    `gateway` is where to ask.
    """

    @property
    def app_id(self) -> str: ...
    @property
    def seller_id(self) -> str: ...
    @property
    def app_private_key(self) -> str: ...
    @property
    def public_key(self) -> str: ...
    @property
    def gateway(self) -> str: ...


class Client(AliPay):
    """Signs what is sent and verifies what is answered (RSA2)."""

    def __init__(self, account: Account) -> None:
        super().__init__(
            account.app_id,
            app_private_key_string=account.app_private_key,
            alipay_public_key_string=account.public_key,
            config=AliPayConfig(timeout=TIMEOUT),
        )
        self._gateway = account.gateway
        self.seller_id = account.seller_id

    def build_body(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The SDK's, stamped with the time that Alipay keeps; the SDK takes the machine's zone."""
        return {**super().build_body(*args, **kwargs), "timestamp": beijing_time()}

    def cashier_url(self, return_url: str) -> str:
        """Where a browser takes a signed request to pay."""
        return str(self._gateway)

    def download(self, url: str) -> IO[bytes]:
        """The bill that an answer said is there; see `shared.payments.bill_download`."""
        return download(url, TIMEOUT)


def beijing_time(seconds_from_now: float = 0) -> str:
    """A moment as Alipay writes it."""
    return f"{datetime.now(BEIJING) + timedelta(seconds=seconds_from_now):%Y-%m-%d %H:%M:%S}"
