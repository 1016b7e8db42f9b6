"""RSA2 as the provider's side does it.

Written with another library than the SDK's, so that what the app verifies was not signed by the same code.
"""

import base64
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256


def sign(key: RSAPrivateKey, text: str) -> str:
    """The signature of the text, base64."""
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def signed(key: RSAPrivateKey, fields: Mapping[str, str]) -> dict[str, str]:
    """The fields of a notice or of a return, with `sign` and `sign_type`, which are not signed themselves."""
    return {**fields, "sign_type": "RSA2", "sign": sign(key, canonical(fields))}


def is_genuine(key: RSAPublicKey, request: Mapping[str, str]) -> bool:
    """Whether the app with that key signed the request; of a request everything but `sign` is signed."""
    text = canonical({name: value for name, value in request.items() if name != "sign"})
    try:
        key.verify(base64.b64decode(request.get("sign", "")), text.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def canonical(fields: Mapping[str, str]) -> str:
    """What is signed: the fields by name."""
    return "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
