"""A provider for trying things out: a gateway and a cashier in this very process, with real RSA2 signatures.

The app's side is Alipay's own, down to the SDK; only the HTTP request is replaced by a call.
"""

from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import IO, Any
from urllib.parse import urljoin

from sqlalchemy.orm import Session, sessionmaker

from shared.payments.alipay import Alipay
from shared.payments.client import Client
from shared.payments.sandbox.cashier import SELLER_ID, Cashier
from shared.payments.sandbox.gateway import Gateway
from shared.payments.sandbox.keys import Keys, kept_keys
from shared.pem import private_text, public_text

APP_ID = "9021000000000001"
CASHIER_PATH = "/sandbox/cashier/"


class Sandbox(Alipay):
    """The provider, whose keys and books are in the database; nothing is read before the first use."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        super().__init__(self._open)
        self._sessions = sessions

    @cached_property
    def keys(self) -> Keys:
        """Both sides' keys."""
        with self._sessions() as session:
            return kept_keys(session)

    @cached_property
    def cashier(self) -> Cashier:
        """Who takes the money."""
        return Cashier(APP_ID, self.keys, self._sessions)

    def _open(self) -> Client:
        return _InProcess(sandbox_account(self.keys), Gateway(self.keys, self._sessions))


@dataclass(frozen=True)
class SandboxAccount:
    """The account of the sandbox's only app."""

    app_private_key: str
    public_key: str
    app_id: str = APP_ID
    seller_id: str = SELLER_ID
    gateway: str = ""


def sandbox_account(keys: Keys) -> SandboxAccount:
    """What the app knows: its own private key and the provider's public one."""
    return SandboxAccount(private_text(keys.app), public_text(keys.provider.public_key()))


class _InProcess(Client):
    def __init__(self, account: SandboxAccount, gateway: Gateway) -> None:
        super().__init__(account)
        self._asked = gateway

    def verified_sync_response(self, data: dict[str, Any], response_type: str) -> Any:
        """The SDK's, asking the gateway directly."""
        return self._verify_and_return_sync_response(self._asked.answer(self.sign_data(data)), response_type)

    def cashier_url(self, return_url: str) -> str:
        """The cashier is a page of the app itself."""
        return urljoin(return_url, CASHIER_PATH)

    def download(self, url: str) -> IO[bytes]:
        """The file itself, for nobody serves that URL."""
        return BytesIO(self._asked.file_at(url))
