"""The only reader of the environment: every setting, its default and its rule.

A bad value ends the process with one line that names the variable; see `from_environment`.
"""

import os
import re
import resource
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import lapse.settings as engine
from lapse.settings import BadSetting
from lapse.settings import integer as _integer
from shared.order_status import RECOVER_WITHIN
from shared.pem import LEAST_BITS, private_pem, public_pem

ROOT = Path(__file__).resolve().parent
ALIPAY_GATEWAY = "https://openapi.alipay.com/gateway.do"
SHORTEST_KEY = 32  # bytes: as many as HS256 signs with
SANDBOX_WARNING = "PAYMENT_PROVIDER is sandbox: courses are given away, for its cashier takes no real money"
MOST_STREAMS = 1000
"""Event streams that a web process keeps open at a time, if it may have so many descriptors."""

_ORIGIN = r"https?://[A-Za-z0-9.\-\[\]:]+"


@dataclass(frozen=True)
class AlipayAccount:
    """What Alipay knows the shop by; the keys are PEM."""

    app_id: str
    seller_id: str
    app_private_key: str = field(repr=False)
    public_key: str
    gateway: str


@dataclass(frozen=True)
class Settings:
    """What a process runs with. Times are in seconds."""

    database_url: str  # empty: the embedded PostgreSQL
    redis_url: str  # empty: the embedded Valkey
    order_timeout: int
    sweep_interval: float
    jwt_secret_key: str  # empty: the one kept in the data folder
    port: int
    listener_port: int
    data_dir: Path
    cors_origins: tuple[str, ...]
    rate_limits: bool
    payment_provider: str
    alipay: AlipayAccount | None = None  # None: the sandbox
    public_url: str = ""  # empty: ourselves, on the loopback
    recover_within: int = RECOVER_WITHIN
    trusted_proxies: int = 0
    jwt_secret_key_old: str = ""  # signs nothing more; empty: there is none
    staff_second_factor: bool = False  # whether members of the staff must have one
    embedded: bool = False
    """Whether a store of this process is one that Lapse runs itself, for development."""

    @property
    def warnings(self) -> list[str]:
        """What whoever runs the shop should know, a line each."""
        return [SANDBOX_WARNING] if self.payment_provider == "sandbox" else []

    @property
    def latest_close(self) -> float:
        """Seconds past its deadline by which an unpaid order is closed at the latest, while one listener lives."""
        return self.sweep_interval + 1


def most_streams() -> int:
    """How many event streams this process can keep open and still serve requests."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_STREAMS if descriptors == resource.RLIM_INFINITY else min(MOST_STREAMS, descriptors // 2)


def from_environment() -> Settings:
    """Return the settings with both stores' URLs filled in, starting embedded servers where none is set.

    Raises SystemExit with one line when a value is bad.
    """
    settings = read_or_exit()
    if settings.embedded:
        from embedded import attach  # an extra of the install: not there in production

        stores = attach(
            settings.data_dir,
            postgres=not settings.database_url,
            valkey=not settings.redis_url,
        )
        settings = replace(
            settings,
            database_url=settings.database_url or stores.database_url,
            redis_url=settings.redis_url or stores.redis_url,
        )
    if not settings.jwt_secret_key:
        settings = replace(settings, jwt_secret_key=_kept_secret(settings.data_dir / "jwt_secret_key"))
    return settings


def read_or_exit(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings as written, or raise SystemExit with the one line of `BadSetting`."""
    try:
        return read(environ)
    except BadSetting as error:
        raise SystemExit(str(error)) from None


def read(environ: Mapping[str, str]) -> Settings:
    """Return the settings that `environ` asks for, touching nothing. Raises BadSetting."""
    database_url = engine.database_url(environ).replace("+psycopg:", ":", 1)  # the shop's own driver is psycopg2
    jwt_secret_key = _secret(environ, "JWT_SECRET_KEY")
    if database_url and not jwt_secret_key:
        raise BadSetting("JWT_SECRET_KEY", "must be set when DATABASE_URL is set")
    payment_provider = _payment_provider(environ, database_url)
    redis_url = engine.redis_url(environ)
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        order_timeout=_integer(environ, "ORDER_TIMEOUT", 900, 1, 366 * 86400),
        sweep_interval=engine.sweep_interval(environ),
        jwt_secret_key=jwt_secret_key,
        port=_integer(environ, "PORT", 8000, 1, 65535),
        listener_port=engine.listener_port(environ),
        data_dir=_data_dir(environ),
        cors_origins=_origins(environ),
        rate_limits=_choice(environ, "RATE_LIMITS", ("on", "off")) == "on",
        payment_provider=payment_provider,
        alipay=_alipay(environ) if payment_provider == "alipay" else None,
        public_url=_public_url(environ, payment_provider),
        recover_within=_integer(environ, "RECOVER_WITHIN", RECOVER_WITHIN, 1, 366 * 86400),
        trusted_proxies=_integer(environ, "TRUSTED_PROXIES", 0, 0, 9),
        jwt_secret_key_old=_secret(environ, "JWT_SECRET_KEY_OLD"),
        staff_second_factor=_choice(environ, "STAFF_SECOND_FACTOR", ("optional", "required")) == "required",
        embedded=not (database_url and redis_url),
    )


def _payment_provider(environ: Mapping[str, str], database_url: str) -> str:
    if database_url and "PAYMENT_PROVIDER" not in environ:
        raise BadSetting("PAYMENT_PROVIDER", "must be given when DATABASE_URL is set: alipay, or sandbox for trials")
    return _choice(environ, "PAYMENT_PROVIDER", ("sandbox", "alipay"))


def _secret(environ: Mapping[str, str], name: str) -> str:
    """The variable's value, too long to be guessed; empty when it is not set."""
    text = environ.get(name)
    if text is None:
        return ""
    try:
        is_short = len(text.encode()) < SHORTEST_KEY
    except UnicodeEncodeError:
        raise BadSetting(name, "must be text in UTF-8") from None
    if is_short:
        raise BadSetting(name, f"must have at least {SHORTEST_KEY} bytes")
    return text


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """The variable's value, one of `choices`; the first is the default."""
    text = environ.get(name, choices[0])
    if text not in choices:
        raise BadSetting(name, f"must be one of {', '.join(choices)}, not {text!r}")
    return text


def _data_dir(environ: Mapping[str, str]) -> Path:
    text = environ.get("DATA_DIR", ".data")
    if not text or "\0" in text:
        raise BadSetting("DATA_DIR", "must be the path of a folder")
    path = Path(text).absolute()
    nearest = next(folder for folder in (path, *path.parents) if folder.exists())
    if not nearest.is_dir():
        raise BadSetting("DATA_DIR", f"{nearest} is not a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise BadSetting("DATA_DIR", f"{nearest} cannot be written to")
    return path


def _origins(environ: Mapping[str, str]) -> tuple[str, ...]:
    origins = tuple(part.strip() for part in environ.get("CORS_ORIGINS", "").split(",") if part.strip())
    for origin in origins:
        if not re.fullmatch(_ORIGIN, origin):
            raise BadSetting("CORS_ORIGINS", f"{origin!r} is not an origin such as https://shop.example:8443")
    return origins


def _alipay(environ: Mapping[str, str]) -> AlipayAccount:
    app_id = environ.get("ALIPAY_APP_ID", "")
    if not re.fullmatch(r"[0-9]{16}", app_id):
        raise BadSetting("ALIPAY_APP_ID", "must be the 16 digits of the app's id")
    seller_id = environ.get("ALIPAY_SELLER_ID", "")
    if not re.fullmatch(r"2088[0-9]{12}", seller_id):
        raise BadSetting("ALIPAY_SELLER_ID", "must be the 16 digits of the account that is paid; they begin with 2088")
    gateway = environ.get("ALIPAY_GATEWAY", ALIPAY_GATEWAY)
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+/[^\s?#]*", gateway):
        raise BadSetting("ALIPAY_GATEWAY", f"must look like {ALIPAY_GATEWAY}")
    return AlipayAccount(
        app_id,
        seller_id,
        _key(environ, "ALIPAY_APP_PRIVATE_KEY", private_pem),
        _key(environ, "ALIPAY_PUBLIC_KEY", public_pem),
        gateway,
    )


def _key(environ: Mapping[str, str], name: str, pem_of: Callable[[str], str]) -> str:
    """The key that the variable holds, or that the file it names holds, as PEM."""
    text = environ.get(name, "")
    try:
        if text and os.path.isfile(text):
            text = Path(text).read_text()
        return pem_of(text)
    except (OSError, ValueError):
        kind = f"an RSA key of at least {LEAST_BITS} bits (PEM, or Alipay's base64)"
        raise BadSetting(name, f"must be {kind}, or the path of a file with one") from None


def _public_url(environ: Mapping[str, str], payment_provider: str) -> str:
    url = environ.get("PUBLIC_URL", "")
    if not url and payment_provider == "alipay":
        raise BadSetting("PUBLIC_URL", "must be set when PAYMENT_PROVIDER is alipay, such as https://shop.example")
    if url and not re.fullmatch(_ORIGIN, url):
        raise BadSetting("PUBLIC_URL", "must be where browsers find us, such as https://shop.example")
    return url


def _kept_secret(path: Path) -> str:
    """The secret in `path`, made on first use; two processes that start together agree on one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)  # of a process that was killed here and had our number
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(SHORTEST_KEY))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()
