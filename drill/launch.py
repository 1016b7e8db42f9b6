"""Starts a part of the product as the drill wants it: `python -m drill.launch [options] MODULE [ARGUMENT…]`.

It may see another time of day than the machine, it may be a broken build, and which path timed out
which order is written down. Otherwise it is what the Procfile starts.
"""

import argparse
import json
import os
import runpy
import sys
from time import time

import time_machine
from redis import Redis

from lapse.kind import Batch


def main() -> None:
    """Become the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--skew", type=float, default=0.0, help="seconds that its clock is ahead")
    parser.add_argument("--broken", default="", help="a build of drill.broken")
    parser.add_argument("--paths", default="", help="the file to write paths to")
    parser.add_argument("module")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if options.skew:
        time_machine.travel(time() + options.skew, tick=True).start()
    if options.broken:
        from drill.broken import BUILDS

        BUILDS[options.broken]()
    if options.paths:
        _write_paths(options.paths)
    sys.argv = [options.module, *options.arguments]
    runpy.run_module(options.module, run_name="__main__", alter_sys=True)


def _write_paths(file: str) -> None:
    from shared.timeouts import ORDER

    lines = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    @ORDER.afterwards
    def write(redis: Redis, batch: Batch) -> None:
        line = {"path": batch.trigger, "orders": [each.id for each in batch.closed]}
        os.write(lines, json.dumps(line).encode() + b"\n")


if __name__ == "__main__":
    main()
