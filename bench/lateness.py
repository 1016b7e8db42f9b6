"""`make bench-lateness`: how late orders are timed out, with and without a million other timers.

The control leaves out the nudge and the sweep: what a plain subscriber does.
"""

import argparse

from bench.rig import machine, percentile, rig

ORDERS = 1000
SPREAD = 20  # seconds
WAIT = 60  # seconds for what has not come


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1)
    runs = parser.parse_args().runs
    print(f"{machine()}; {ORDERS} orders due over {SPREAD} s, seconds from expires_at to commit")
    print(f"{'engine':18} {'other timers':>12} {'closed':>7} {'p50':>8} {'p99':>8} {'max':>8}", flush=True)
    for _ in range(runs):
        for others in (0, 1_000_000):
            _measure("lapse", others)
        for others in (0, 1_000_000):
            _measure("plain subscriber", others)


def _measure(engine: str, others: int) -> None:
    control = engine != "lapse"
    with rig() as bench:
        bench.fill(others)
        arguments, interval = (("plain",), 3600) if control else ((), 5)
        with bench.listener(*arguments, sweep_interval=interval):
            bench.place(ORDERS, first_in=5, spread=SPREAD)
            bench.wait_until_closed(5 + SPREAD + WAIT)
        late = bench.lateness()
        figures = " ".join(f"{percentile(late, share):8.3f}" for share in (0.5, 0.99, 1))
        print(f"{engine:18} {others:12,} {len(late):7,} {figures}", flush=True)


if __name__ == "__main__":
    main()
