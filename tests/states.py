"""`make states`: draws docs/states.md from the table of transitions; a test says when that is due."""

from config import ROOT
from shared.order_status import OrderStatus, Transition

FILE = ROOT / "docs" / "states.md"

PAGE = """\
# The states of an order

Drawn from `OrderStatus.TRANSITIONS` (`shared/order_status.py`) by `make states`. The verbs, the model, the drill and
the tests go by the same table; what is not in it cannot happen.

```mermaid
stateDiagram-v2
{arrows}
```

| from | to | verb | who | when |
| --- | --- | --- | --- | --- |
{rows}

An order that is {live} holds its credit and its coupon. A change that ends this gives both back in the same
statement; a change that begins it takes both or is refused.
"""


def drawing() -> str:
    """The page."""
    changes = OrderStatus.TRANSITIONS
    live = " or ".join(status.words for status in OrderStatus if status.is_live)
    return PAGE.format(
        arrows="\n".join(
            f"    {_node(each.before)} --> {_node(each.after)}: {each.verb} ({each.who})" for each in changes
        ),
        rows="\n".join(_row(each) for each in changes),
        live=live,
    )


def _node(status: OrderStatus | None) -> str:
    return "[*]" if status is None else status.name


def _row(change: Transition) -> str:
    before = "–" if change.before is None else f"{change.before} {change.before.words}"
    return f"| {before} | {change.after} {change.after.words} | `{change.verb}` | {change.who} | {change.words} |"


if __name__ == "__main__":
    FILE.write_text(drawing())
