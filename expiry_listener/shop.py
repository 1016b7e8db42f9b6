"""What the shop adds to its listener: wallets that follow the database, and money that waits for the provider.

The one module here that knows the shop.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Event
from time import monotonic

from prometheus_client import REGISTRY
from redis import Redis
from sqlalchemy.orm import Session

import config
from expiry_listener.additions import Additions
from expiry_listener.application import REDIS_TIMEOUT, Application
from lapse.batches import Sessions
from lapse.database import open_sessions
from lapse.redis_client import connect
from shared import metrics
from shared.coupons import wallet
from shared.payments import PaymentPoller, Reconciler, WrongProvider, agree, agree_or_exit, open_provider
from shared.stores.migrated import is_migrated
from shared.timeouts import TIMEOUTS

UNMIGRATED = "database: migrations are missing; run `flask --app wsgi db upgrade`"
QUIET = 0.05  # seconds between looks whether the backlog is gone
PATIENCE = 2.0  # seconds that wallets wait for that: orders go first, but no wallet waits for ever


def application() -> Application:
    """The shop, set up by the environment.

    Raises SystemExit with one line when a variable has a bad value, or the database is for another provider.
    """
    settings = config.from_environment()
    sessions = open_sessions(settings.database_url)
    agree_or_exit(sessions, settings.payment_provider)
    redis = connect(settings.redis_url, timeout=REDIS_TIMEOUT)

    def additions(backlog: Callable[[], int], stop: Event) -> Additions:
        wallets = Wallets(sessions, redis, settings.sweep_interval, backlog, stop)
        provider = open_provider(settings.alipay, sessions)
        poller = PaymentPoller(sessions, redis, provider, stop, settings.recover_within)
        reconciler = Reconciler(sessions, provider, stop)
        return Shop(wallets, poller, settings.payment_provider, settings.warnings, reconciler)

    host = "127.0.0.1" if settings.embedded else "0.0.0.0"  # noqa: S104 - probed from other machines
    return Application(TIMEOUTS, sessions, redis, settings.sweep_interval, host, settings.listener_port, additions)


class Shop(Additions):
    """Without `poller` and `reconciler` it leaves payments alone; `provider` is the name of who takes the money."""

    def __init__(
        self,
        wallets: "Wallets",
        poller: PaymentPoller | None = None,
        provider: str = "sandbox",
        warnings: Sequence[str] = (),
        reconciler: Reconciler | None = None,
    ) -> None:
        self._wallets = wallets
        self._poller = poller
        self._reconciler = reconciler
        self._provider = provider
        self._warnings = list(warnings)
        self._agreed = False

    def schema_problem(self, session: Session) -> str | None:
        if not is_migrated(session):
            return UNMIGRATED
        try:
            self._agreed = self._agreed or agree(session, self._provider)
        except WrongProvider as wrong:
            return str(wrong)
        return None

    def warnings(self) -> list[str]:
        return self._warnings

    def loops(self) -> Mapping[str, Callable[[], None]]:
        payments = {"payment poller": self._poller.run} if self._poller else {}
        bills = {"reconciler": self._reconciler.run} if self._reconciler else {}
        return {"wallets": self._wallets.run, **payments, **bills}

    def batch_committed(self) -> None:
        self._wallets.wake()

    def redis_was_emptied(self, session: Session) -> None:
        wallet.resync_all(session)
        session.commit()
        self._wallets.wake()

    def stop(self) -> None:
        self._wallets.wake()

    def metrics(self) -> bytes:
        return metrics.exposition(REGISTRY)


class Wallets:
    """Projects the outbox every `interval` seconds and whenever woken; `backlog` says how much others have to do."""

    def __init__(
        self, sessions: Sessions, redis: Redis, interval: float, backlog: Callable[[], int], stop: Event
    ) -> None:
        self._sessions = sessions
        self._redis = redis
        self._interval = interval
        self._backlog = backlog
        self._stop = stop
        self._woken = Event()

    def wake(self) -> None:
        """Ask for a run now."""
        self._woken.set()

    def run(self) -> None:
        """Project until told to stop. Raises RedisError or SQLAlchemyError when a store is away."""
        while not self._stop.is_set():
            self._woken.clear()
            with self._sessions() as session:
                self._let_the_backlog_go_first()
                while wallet.project_pending(session, self._redis) and not self._stop.is_set():
                    self._let_the_backlog_go_first()
            self._woken.wait(self._interval)

    def _let_the_backlog_go_first(self) -> None:
        latest = monotonic() + PATIENCE
        while self._backlog() and monotonic() < latest and not self._stop.is_set():
            self._stop.wait(QUIET)
