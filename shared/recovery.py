"""How long after its end, and how often, an order may become live again."""

RECOVER_WITHIN = 86400
"""Seconds, unless the operator chose others."""

MOST_RECOVERIES = 3
