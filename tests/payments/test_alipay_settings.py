"""What Alipay needs to be told, and one line for each thing that is wrong with it."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as ec_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

import config

KEY = generate_private_key(65537, 2048)
SHORT = generate_private_key(65537, 1024)
OTHER_KIND = ec_key(SECP256R1())
PKCS8, PKCS1, SPKI = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL, PublicFormat.SubjectPublicKeyInfo
PRIVATE = KEY.private_bytes(Encoding.PEM, PKCS8, NoEncryption()).decode()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, SPKI).decode()
GOOD = {
    "PAYMENT_PROVIDER": "alipay",
    "PUBLIC_URL": "https://shop.example",
    "ALIPAY_APP_ID": "2021000000000001",
    "ALIPAY_SELLER_ID": "2088000000000001",
    "ALIPAY_APP_PRIVATE_KEY": PRIVATE,
    "ALIPAY_PUBLIC_KEY": PUBLIC,
}


def test_the_account_is_read():
    settings = config.read(GOOD)
    app_id, seller_id = "2021000000000001", "2088000000000001"
    assert settings.alipay == config.AlipayAccount(app_id, seller_id, PRIVATE, PUBLIC, config.ALIPAY_GATEWAY)
    assert "PRIVATE KEY" not in repr(settings)


@pytest.mark.parametrize("form", [PKCS8, PKCS1])
@pytest.mark.parametrize("kept_in_file", [False, True])
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_key_may_be_a_pem_or_bare_base64_here_or_in_a_file(tmp_path, form, kept_in_file, encoding):
    raw = KEY.private_bytes(encoding, form, NoEncryption())
    text = raw.decode() if encoding is Encoding.PEM else base64.encodebytes(raw).decode()
    if kept_in_file:
        (tmp_path / "key").write_text(text)
        text = str(tmp_path / "key")
    public = base64.b64encode(KEY.public_key().public_bytes(Encoding.DER, SPKI)).decode()
    account = config.read(GOOD | {"ALIPAY_APP_PRIVATE_KEY": text, "ALIPAY_PUBLIC_KEY": public}).alipay
    assert account is not None
    assert (account.app_private_key, account.public_key) == (PRIVATE, PUBLIC)


NO_KEYS = [
    "",
    "x",
    "/nowhere",
    "/",
    "\0",
    "a" * 5000,
    "é",
    "-----BEGIN PRIVATE KEY-----",
    base64.b64encode(b"x").decode(),
]
BAD = [
    *(("ALIPAY_APP_ID", text) for text in ("", "app", "1" * 15, "1" * 17, "٣" * 16)),
    *(("ALIPAY_SELLER_ID", text) for text in ("", "seller", "2088" + "1" * 11, "2088" + "1" * 13, "2089" + "1" * 12)),
    ("ALIPAY_APP_PRIVATE_KEY", SHORT.private_bytes(Encoding.PEM, PKCS8, NoEncryption()).decode()),
    ("ALIPAY_PUBLIC_KEY", SHORT.public_key().public_bytes(Encoding.PEM, SPKI).decode()),
    *(("ALIPAY_APP_PRIVATE_KEY", text) for text in (*NO_KEYS, PUBLIC)),
    ("ALIPAY_APP_PRIVATE_KEY", KEY.private_bytes(Encoding.PEM, PKCS8, BestAvailableEncryption(b"x")).decode()),
    ("ALIPAY_APP_PRIVATE_KEY", OTHER_KIND.private_bytes(Encoding.PEM, PKCS8, NoEncryption()).decode()),
    *(("ALIPAY_PUBLIC_KEY", text) for text in (*NO_KEYS, PRIVATE)),
    ("ALIPAY_PUBLIC_KEY", OTHER_KIND.public_key().public_bytes(Encoding.PEM, SPKI).decode()),
    *(("ALIPAY_GATEWAY", text) for text in ("", "ftp://x/", "https://x", "https://x/gateway.do?a=b", "file:///etc")),
]


@pytest.mark.parametrize(("variable", "text"), BAD)
def test_what_is_wrong_is_one_line_and_matters_to_alipay_alone(variable, text):
    with pytest.raises(SystemExit) as ended:
        config.read_or_exit(GOOD | {variable: text})
    assert str(ended.value).startswith(f"{variable}: ")
    assert "\n" not in str(ended.value)
    assert config.read(GOOD | {variable: text, "PAYMENT_PROVIDER": "sandbox"}).alipay is None


@pytest.mark.parametrize("variable", [name for name in GOOD if name != "PAYMENT_PROVIDER"])
def test_what_is_missing_is_named(variable):
    with pytest.raises(config.BadSetting, match=f"^{variable}: "):
        config.read({name: value for name, value in GOOD.items() if name != variable})


@pytest.mark.parametrize("url", ["shop.example", "https://shop.example/path", "https://", "*", "ftp://shop.example"])
def test_a_bad_public_url_is_named(url):
    with pytest.raises(config.BadSetting, match="^PUBLIC_URL: "):
        config.read({"PUBLIC_URL": url})


def test_a_public_url_is_taken():
    assert config.read({"PUBLIC_URL": "https://shop.example:8443"}).public_url == "https://shop.example:8443"
    assert config.read({}).public_url == ""
