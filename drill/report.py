"""What a drill prints: figures as Markdown, and the history of every order with which something is wrong."""

import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.rig import percentile
from drill import books
from drill.monkey import Broken, Monkey
from drill.shoppers import Crowd, Told
from drill.stack import Setting, Stack
from drill.verdict import Verdict, Violation
from shared.order_status import OrderStatus

MOST_HISTORIES = 5
AFTERWARDS = 10.0  # seconds after a user was last told of their order, in which faults may still concern it


@dataclass(frozen=True)
class Run:
    """One drill, done."""

    setting: Setting
    verdict: Verdict
    crowd: Crowd
    monkeys: Sequence[Monkey]
    histories: list[str]
    folder: Path

    def faults(self) -> Counter[str]:
        """How often each fault took place."""
        return Counter(each.name for monkey in self.monkeys for each in monkey.broken)


def of_run(run: Run) -> list[str]:
    """The lines about one run."""
    verdict = run.verdict
    states = ", ".join(f"{OrderStatus(state).name.lower()} {count}" for state, count in verdict.states.items())
    answers = ", ".join(f"{status or 'none'} {count}" for status, count in sorted(run.crowd.answers().items()))
    lines = [
        f"\n## Seed {run.setting.seed}: {len(verdict.violations)} violations\n",
        f"- orders: {sum(verdict.states.values())} created = {states}",
        f"- answers of the web: {answers}",
        f"- faults: {run.faults().total()} of {len(run.faults())} kinds",
        f"- longest that a due order waited while the database and a listener lived: {verdict.longest_served:.3f} s"
        f" (bound {run.setting.bound:.0f} s)",
        *(f"- {line}" for line in _lateness(verdict.lateness)),
        *(f"- did not take place: {line}" for monkey in run.monkeys for line in monkey.failed),
    ]
    return lines + [f"- VIOLATION: {each.what} (order {each.order_id})" for each in verdict.violations] + run.histories


def of_all(runs: Sequence[Run]) -> list[str]:
    """The lines about all runs together."""
    faults = sum((run.faults() for run in runs), Counter())
    lateness: dict[str, list[float]] = {}
    for run in runs:
        for path, values in run.verdict.lateness.items():
            lateness[path] = sorted([*lateness.get(path, []), *values])
    violations = sum(len(run.verdict.violations) for run in runs)
    return [
        f"\n## All {len(runs)} runs: {violations} violations\n",
        *(f"- {line}" for line in _lateness(lateness)),
        "\n| fault | times |\n| --- | --- |",
        *(f"| {name} | {count} |" for name, count in sorted(faults.items())),
    ]


def histories(
    stack: Stack, violations: Iterable[Violation], told: Sequence[Told], broken: Sequence[Broken]
) -> list[str]:
    """What is known of the first few orders that violate something, and what was broken meanwhile."""
    orders = list(dict.fromkeys(each.order_id for each in violations if each.order_id))[:MOST_HISTORIES]
    lines = []
    for order in orders:
        lines += [f"\n### History of order {order}\n", *books.history(stack, order)]
        own = [each for each in told if each.order_id == order]
        lines += [f"told: {each}" for each in own]
        begin, end = min((each.at for each in own), default=0), max((each.at for each in own), default=0) + AFTERWARDS
        lines += [f"fault: {each}" for each in broken if each.begin < end and each.end > begin]
    return lines


def clear_away(run: Run) -> None:
    """Remove the files of a run that found nothing."""
    if run.verdict.violations:
        run.histories.append(f"\nLogs and data: {run.folder}")
    else:
        shutil.rmtree(run.folder, ignore_errors=True)


def _lateness(by_path: dict[str, list[float]]) -> list[str]:
    return [
        f"timed out by {path}: {len(values)}, late p50 {percentile(values, 0.5):.3f} s,"
        f" p99 {percentile(values, 0.99):.3f} s, max {values[-1]:.3f} s"
        for path, values in by_path.items()
    ]
