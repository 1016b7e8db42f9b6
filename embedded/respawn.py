"""Runs a process of the Procfile again when it ends by itself: `python -m embedded.respawn NAME`.

For development: in production the process manager does it. Ends with the command's exit code
on SIGTERM and SIGINT, which the command must get as well, and when it fails QUICK_ENDS times in a row. It is told
the name and not the command, so that whoever kills the command by what `ps` shows of it does not kill both.
"""

import shlex
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from honcho.environ import parse_procfile

BACKOFF_SECONDS = 0.5
QUICK_SECONDS = 3.0
QUICK_ENDS = 5


def main(command: list[str]) -> int:
    """Run `command` until it is told to stop; returns the exit code of its last run."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: stopping.set())
    quick_ends = 0
    while True:
        started = time.monotonic()
        code = subprocess.Popen(command).wait()
        quick_ends = quick_ends + 1 if time.monotonic() - started < QUICK_SECONDS else 0
        if stopping.is_set() or quick_ends == QUICK_ENDS:
            return code if code >= 0 else 128 - code
        print(f"{command[0]} ended with code {code} and is started again", flush=True)
        if stopping.wait(BACKOFF_SECONDS):
            return 0


if __name__ == "__main__":
    processes = parse_procfile(Path("Procfile").read_text()).processes
    sys.exit(main(shlex.split(processes[sys.argv[1]])))
