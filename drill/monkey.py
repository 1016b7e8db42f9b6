"""Breaks one thing after the other, as the seed says, and writes down what and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from threading import Event, Thread
from time import time

from drill.faults import Fault
from drill.stack import Stack

PAUSE = 1.5  # seconds between two faults of one monkey, on average


@dataclass(frozen=True)
class Broken:
    """One fault that took place. Times are seconds since 1970."""

    name: str
    begin: float
    end: float


class Monkey:
    """Goes through all of its faults in a random order, again and again, until told to stop."""

    def __init__(self, stack: Stack, faults: Sequence[Fault], name: str) -> None:
        self._stack = stack
        self._faults = faults
        self._random = Random(f"{stack.setting.seed} {name}")
        self._stop = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self.broken: list[Broken] = []
        self.failed: list[str] = []

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Mend what is broken and stop."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            for fault in self._random.sample(self._faults, len(self._faults)):
                if self._stop.wait(self._random.expovariate(1 / PAUSE)):
                    return
                self._commit(fault)

    def _commit(self, fault: Fault) -> None:
        """One fault. The other monkey may have killed what it is about: then it did not take place."""
        name, begin = fault.__name__.replace("_", " "), time()
        try:
            for seconds in fault(self._stack, self._random):
                self._stop.wait(seconds)
        except Exception as error:
            self.failed.append(f"{name}: {type(error).__name__}: {error}")
            return
        self.broken.append(Broken(name, begin, time()))
