"""Rows that time out on time: an event-driven timeout engine on PostgreSQL and Redis.

You say what a kind of timeout is (`Kind`), keep your kinds in a registry (`Timeouts`), arm a row after its commit,
and run `python -m expiry_listener module:registry`. See docs/timeout-kinds.md.
"""

from lapse.database import open_sessions
from lapse.kind import Batch, Kind, TimedOut
from lapse.redis_client import connect
from lapse.registry import Timeouts

__all__ = ["Batch", "Kind", "TimedOut", "Timeouts", "connect", "open_sessions"]
