"""Reconciliation: what was promised against what was seen."""

from collections import defaultdict
from dataclasses import dataclass, field

from redis.exceptions import RedisError

from drill import books, witness
from drill.serving import Serving
from drill.shoppers import Told
from drill.stack import Stack
from drill.witness import Change
from embedded.process import wait_for
from shared.order_status import OrderStatus, is_allowed, transition_by

SETTLE_SECONDS = 120.0  # a bound against hanging: a lost notice is asked after at growing intervals
DONE_BY = {  # what a user was told is done, and what the database must have seen then
    "PUT /orders/{id}/": transition_by("cancel"),
    "POST /orders/{id}/recover/": transition_by("recover"),
    "POST /orders/{id}/refund/": transition_by("refund"),
}


@dataclass(frozen=True)
class Violation:
    """Something that must never happen; `order_id` where it is about an order."""

    what: str
    order_id: int | None = None


@dataclass
class Verdict:
    """What the drill found. Lateness is in seconds, by path, sorted."""

    violations: list[Violation] = field(default_factory=list)
    states: dict[int, int] = field(default_factory=dict)
    lateness: dict[str, list[float]] = field(default_factory=dict)
    longest_served: float = 0.0


def reach(stack: Stack, told: list[Told]) -> Verdict:
    """Wait until everything has settled, and judge."""
    verdict = Verdict()
    if not wait_for(lambda: not books.unsettled(stack), SETTLE_SECONDS):
        verdict.violations.append(Violation(f"not settled after {SETTLE_SECONDS:.0f} s: {books.unsettled(stack)}"))
    if not wait_for(lambda: _in_step(stack), SETTLE_SECONDS):
        verdict.violations += [Violation(line) for line in books.redis_disagrees(stack)]
    verdict.states = books.states(stack)
    verdict.violations += [
        Violation(f"{name}: {dict(row)}", row.get("order_id")) for name, row in books.disagreements(stack)
    ]
    with stack.sessions() as session:
        changes = witness.seen(session)
    verdict.violations += _wrong_changes(changes) + _wrong_answers(told, changes)
    _judge_lateness(verdict, stack, changes)
    return verdict


def _in_step(stack: Stack) -> bool:
    try:
        return not books.redis_disagrees(stack)
    except RedisError:
        return False


def _wrong_changes(changes: list[Change]) -> list[Violation]:
    found = []
    for each in changes:
        if not is_allowed(each.before, each.after):
            found.append(Violation(f"went from {each.before} to {each.after}", each.order_id))
        elif each.after == OrderStatus.TIMED_OUT and each.at < each.due:
            found.append(Violation(f"timed out {each.due - each.at:.3f} s early", each.order_id))
    return found


def _wrong_answers(told: list[Told], changes: list[Change]) -> list[Violation]:
    seen: defaultdict[int, list[tuple[int | None, int]]] = defaultdict(list)
    for change in changes:
        seen[change.order_id].append((change.before, change.after))
    found = []
    for each in told:
        if each.status >= 500 and each.status != 503:
            found.append(Violation(f"{each.action} was answered {each.status}: {each.detail}", each.order_id))
        elif each.status == 201 and each.order_id is not None and each.order_id not in seen:
            found.append(Violation("was confirmed, and is not there", each.order_id))
        elif each.status == 200 and not _happened(each.action, seen[each.order_id or 0]):
            found.append(Violation(f"{each.action} was confirmed, and did not happen", each.order_id))
    return found


def _happened(action: str, seen: list[tuple[int | None, int]]) -> bool:
    wanted = DONE_BY.get(action)
    return wanted is None or (wanted.before, wanted.after) in seen


def _judge_lateness(verdict: Verdict, stack: Stack, changes: list[Change]) -> None:
    paths = stack.paths()
    by_path: defaultdict[str, list[float]] = defaultdict(list)
    for each in changes:
        if each.after != OrderStatus.TIMED_OUT:
            continue
        by_path[paths.get(each.order_id, "unknown")].append(each.committed - each.due)
        _judge(verdict, each, stack.serving, stack.setting.bound)
    verdict.lateness = {path: sorted(values) for path, values in sorted(by_path.items())}


def _judge(verdict: Verdict, change: Change, serving: Serving, bound: float) -> None:
    served = serving.longest_within(change.due, change.committed)
    verdict.longest_served = max(verdict.longest_served, served)
    if served > bound:
        late = change.committed - change.due
        text = f"timed out {late:.3f} s late, {served:.3f} s of it while the database and a listener lived"
        verdict.violations.append(Violation(text, change.order_id))
