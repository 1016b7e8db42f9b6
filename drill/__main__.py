"""`make drill`: break everything on a seeded schedule, and reconcile."""

import argparse
import sys
import tempfile
from pathlib import Path

from bench.rig import machine
from drill import report, verdict
from drill.broken import BUILDS
from drill.faults import OF_PROCESSES, OF_STORES
from drill.monkey import Monkey
from drill.shoppers import Crowd, school
from drill.stack import SWEEP_INTERVAL, Setting, running

USERS = 20
BOUND = SWEEP_INTERVAL + 1  # contract, section 8


def main() -> None:
    """Run one drill for each seed; the exit code is 1 if one of them found a violation."""
    parser = argparse.ArgumentParser(prog="make drill", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="how long each run breaks things (default 120)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="one run for each (default 1)")
    parser.add_argument("--bound", type=float, default=BOUND, help=f"seconds an order may be late (default {BOUND})")
    parser.add_argument("--broken", choices=sorted(BUILDS), default="", help="a build that is broken on purpose")
    options = parser.parse_args()
    build = f"broken on purpose: {options.broken}" if options.broken else "whole"
    print(f"{machine()}; {options.seconds:.0f} s a run, {USERS} users, the build is {build}", flush=True)
    runs = []
    for seed in options.seeds:
        runs.append(run(Setting(seed, options.seconds, options.bound, options.broken)))
        print("\n".join(report.of_run(runs[-1])), flush=True)
    print("\n".join(report.of_all(runs)), flush=True)
    sys.exit(any(each.verdict.violations for each in runs))


def run(setting: Setting) -> report.Run:
    """One drill, from the start of the stack to its verdict. The servers' logs are kept when it found something."""
    folder = Path(tempfile.mkdtemp(prefix="lapse-drill-"))
    with running(setting, folder, school(USERS)) as stack:
        crowd = Crowd(stack.web.port, setting.seed, USERS)
        monkeys = [Monkey(stack, OF_PROCESSES, "processes"), Monkey(stack, OF_STORES, "stores")]
        shoppers = crowd.start()
        for monkey in monkeys:
            monkey.start()
        crowd.stop.wait(setting.seconds)
        for monkey in monkeys:
            monkey.stop()
        crowd.stop.set()
        for shopper in shoppers:
            shopper.join()
        found = verdict.reach(stack, crowd.told)
        broken = [each for monkey in monkeys for each in monkey.broken]
        histories = report.histories(stack, found.violations, crowd.told, broken)
    done = report.Run(setting, found, crowd, monkeys, histories, folder)
    report.clear_away(done)
    return done


if __name__ == "__main__":
    main()
