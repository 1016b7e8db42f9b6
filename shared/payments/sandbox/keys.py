"""The sandbox's two RSA key pairs: the app's, and the provider's."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.models import SandboxKey
from shared.pem import private_text

BITS = 2048
SIDES = ("app", "provider")


@dataclass(frozen=True)
class Keys:
    """Either side signs with its own key and verifies with the other's."""

    app: RSAPrivateKey
    provider: RSAPrivateKey


def kept_keys(session: Session) -> Keys:
    """The keys in the database, made there at the first use; processes that start together agree. Commits."""
    kept = _read(session)
    if len(kept) < len(SIDES):
        made = [{"side": side, "private_pem": private_text(generate_private_key(65537, BITS))} for side in SIDES]
        session.execute(insert(SandboxKey).values(made).on_conflict_do_nothing())
        session.commit()
        kept = _read(session)
    session.commit()
    return Keys(_parsed(kept["app"]), _parsed(kept["provider"]))


def _read(session: Session) -> dict[str, str]:
    return {side: pem for side, pem in session.execute(select(SandboxKey.side, SandboxKey.private_pem))}


def _parsed(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)  # noqa: S101 - for the type checker; we wrote it
    return key
