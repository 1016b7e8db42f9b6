"""RSA keys as the rest of the code wants them: PEM."""

import base64
import binascii

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

LEAST_BITS = 2048


def private_pem(text: str) -> str:
    """The RSA private key in `text`, which is PEM or the bare base64 that Alipay hands out. Raises ValueError."""
    try:
        key = load_pem_private_key(text.encode(), None) if _is_pem(text) else load_der_private_key(_der(text), None)
    except (TypeError, UnsupportedAlgorithm):  # TypeError: it wants a password
        raise ValueError("a key of another kind") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
    _check_length(key)
    return private_text(key)


def public_pem(text: str) -> str:
    """The RSA public key in `text`, as `private_pem` reads a private one. Raises ValueError."""
    try:
        key = load_pem_public_key(text.encode()) if _is_pem(text) else load_der_public_key(_der(text))
    except UnsupportedAlgorithm:
        raise ValueError("a key of another kind") from None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA key")
    _check_length(key)
    return public_text(key)


def private_text(key: RSAPrivateKey) -> str:
    """The key as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_text(key: RSAPublicKey) -> str:
    """The key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _check_length(key: RSAPrivateKey | RSAPublicKey) -> None:
    if key.key_size < LEAST_BITS:
        raise ValueError("the key is too short")


def _is_pem(text: str) -> bool:
    return text.lstrip().startswith("-----BEGIN ")


def _der(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
