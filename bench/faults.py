"""`make bench-faults`: how late orders are timed out while something is broken, at 50 orders a second."""

import argparse
import os
import signal
from collections.abc import Callable, Mapping
from threading import Event, Thread

from bench.rig import Rig, machine, percentile, rig

RATE = 50  # orders a second
SPREAD = 20  # seconds over which they fall due
FIRST_IN = 5  # seconds
AT = FIRST_IN + SPREAD / 4  # seconds until it breaks
BROKEN = SPREAD / 2  # seconds until it is whole again, where it is not broken for good
KILL_EVERY = 0.2  # seconds

Fault = Callable[[Rig, Event], None]


def nothing(bench: Rig, over: Event) -> None:
    """What the others are compared with."""


def subscriptions_killed(bench: Rig, over: Event) -> None:
    """CLIENT KILL of all subscriptions, again and again."""
    while not over.wait(KILL_EVERY):
        bench.redis.client_kill_filter(_type="pubsub")


def connections_killed(bench: Rig, over: Event) -> None:
    """CLIENT KILL of every connection, again and again."""
    while not over.wait(KILL_EVERY):
        for kind in ("pubsub", "normal"):
            bench.redis.client_kill_filter(_type=kind, skipme=True)


def notifications_off(bench: Rig, over: Event) -> None:
    """Somebody sets notify-keyspace-events to nothing."""
    bench.redis.config_set("notify-keyspace-events", "")


def emptied(bench: Rig, over: Event) -> None:
    """FLUSHALL."""
    bench.redis.flushall()


def gone(bench: Rig, over: Event) -> None:
    """Redis is killed, and started again with what it had on disk."""
    port = bench.valkey.port
    bench.valkey.kill()
    over.wait(BROKEN)
    bench.valkey.start(port)


def frozen(bench: Rig, over: Event) -> None:
    """Redis is alive and answers nobody, then goes on."""
    os.kill(bench.valkey.pid, signal.SIGSTOP)
    over.wait(BROKEN)
    os.kill(bench.valkey.pid, signal.SIGCONT)


FAULTS: Mapping[str, Fault] = {
    "nothing": nothing,
    "subscriptions killed every 200 ms": subscriptions_killed,
    "all connections killed every 200 ms": connections_killed,
    "notifications off": notifications_off,
    "FLUSHALL": emptied,
    f"Redis killed for {BROKEN:.0f} s": gone,
    f"Redis frozen for {BROKEN:.0f} s": frozen,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--only", default="", help="faults whose name has this in it")
    options = parser.parse_args()
    print(f"{machine()}; {RATE} orders/s due for {SPREAD} s, seconds from expires_at to commit")
    print(f"{'what is broken':36} {'closed':>7} {'p50':>8} {'p99':>8} {'max':>8}  by event, nudge, sweep", flush=True)
    for _ in range(options.runs):
        for name, fault in FAULTS.items():
            if options.only in name:
                _measure(name, fault)


def _measure(name: str, fault: Fault) -> None:
    over = Event()

    def break_it() -> None:
        if not over.wait(AT):
            fault(bench, over)

    with rig() as bench, bench.listener() as listener:
        bench.place(RATE * SPREAD, first_in=FIRST_IN, spread=SPREAD)
        breaking = Thread(target=break_it)
        breaking.start()
        bench.wait_until_closed(FIRST_IN + 3 * SPREAD)
        over.set()
        breaking.join()
        paths = [listener.metric(f'order_timeouts_total{{path="{path}"}}') for path in ("event", "nudge", "sweep")]
        late = bench.lateness()
    figures = " ".join(f"{percentile(late, share):8.3f}" for share in (0.5, 0.99, 1))
    print(f"{name:36} {len(late):7,} {figures}  {', '.join(f'{path:.0f}' for path in paths)}", flush=True)


if __name__ == "__main__":
    main()
