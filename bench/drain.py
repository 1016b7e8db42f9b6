"""`make bench-drain`: how fast listeners time out orders that are all due in the same second."""

import argparse
from contextlib import ExitStack

from bench.rig import USERS, machine, rig


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=USERS, help="whose orders they are, in turn")
    parser.add_argument("--listeners", type=int, nargs="+", default=[1], help="several numbers take turns in each run")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print(
        f"{machine()}; {options.orders:,} orders of {options.users:,} users, with credit and a coupon, "
        "due in the same second"
    )
    columns = (
        ("run", 3),
        ("listeners", 9),
        ("closed", 9),
        ("seconds", 8),
        ("orders/s", 9),
        ("MB", 5),
        ("violations", 10),
    )
    print(*(f"{name:>{width}}" for name, width in columns), flush=True)
    for run in range(1, options.runs + 1):
        for listeners in options.listeners:
            _measure(run, listeners, options.orders, options.users)


def _measure(run: int, listeners: int, orders: int, users: int) -> None:
    with rig() as bench:
        with ExitStack() as stack:
            running = [stack.enter_context(bench.listener()) for _ in range(listeners)]
            bench.place(orders, first_in=max(20, orders / 5000), spread=1, users=users)
            bench.wait_until_closed(120)
            memory = max(each.memory() for each in running)
        late = bench.lateness()
        last = late[-1] + 1 if late else float("nan")  # the first was due a second before the last
        print(
            f"{run:3} {listeners:9} {len(late):9,} {last:8.2f} {len(late) / last:9,.0f} {memory:5.0f} "
            f"{bench.violations():10}",
            flush=True,
        )


if __name__ == "__main__":
    main()
