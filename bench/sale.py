"""`make bench-sale`: a flash sale's orders, one of each user, fall due evenly within a minute; one listener."""

import argparse

from bench.rig import machine, percentile, rig

SPREAD = 60  # seconds
ARMED = 6000  # orders a second at the least, while the stage is set
SHARES = {"p50": 0.5, "p99": 0.99, "max": 1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    orders = parser.parse_args().orders
    print(
        f"{machine()}; {orders:,} orders of as many users, with credit and a coupon, due evenly within {SPREAD} s, "
        "one listener",
        flush=True,
    )
    with rig() as bench, bench.listener() as listener:
        bench.place(orders, first_in=20 + orders / ARMED, spread=SPREAD, users=orders)
        bench.wait_until_closed(20 + orders / ARMED + 2 * SPREAD)
        late = bench.lateness()
        seconds = bench.seconds()
        print(
            f"closed {len(late):,} in {seconds:.1f} s from the first deadline on, {len(late) / seconds:,.0f} orders/s"
        )
        print("late by", *(f"{name} {percentile(late, share):.3f} s" for name, share in SHARES.items()))
        print(
            f"listener: at most {listener.memory('VmHWM'):.0f} MB, subscribed anew "
            f"{listener.metric('expiry_reconnects_total'):.0f} times"
        )
        print(f"violations {bench.violations()}")


if __name__ == "__main__":
    main()
