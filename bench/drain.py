"""`make bench-drain`: how fast one listener times out orders that are all due in the same second."""

import argparse

from bench.rig import machine, rig


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print(f"{machine()}; {options.orders:,} orders with credit and a coupon, due in the same second, one listener")
    print(
        f"{'run':>3} {'closed':>9} {'seconds':>8} {'orders/s':>9} {'listener MB':>11} {'violations':>10}",
        flush=True,
    )
    for run in range(1, options.runs + 1):
        _measure(run, options.orders)


def _measure(run: int, orders: int) -> None:
    with rig() as bench:
        with bench.listener() as process:
            bench.place(orders, first_in=max(20, orders / 5000), spread=1)
            bench.wait_until_closed(120)
            memory = process.memory_info().rss / 2**20
        late = bench.lateness()
        last = late[-1] + 1 if late else float("nan")  # the first was due a second before the last
        print(
            f"{run:3} {len(late):9,} {last:8.2f} {len(late) / last:9,.0f} {memory:11.0f} {bench.violations():10}",
            flush=True,
        )


if __name__ == "__main__":
    main()
