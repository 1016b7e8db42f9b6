"""What an order is called at the provider: its number, and after a recovery its number with that recovery's.

A provider closes a trade whose time is over, and takes no money for it any more; a reopened order needs a new one.
"""

import re

_RECOVERED = re.compile(r"(.+)_[0-9]+")


def out_trade_no(order_number: str, recoveries: int) -> str:
    """What an order that was recovered so often is called. Alipay takes letters, digits and `_` alone."""
    return f"{order_number}_{recoveries}" if recoveries else order_number


def out_trade_nos(order_number: str, recoveries: int) -> list[str]:
    """All that it was ever called, the latest first: an old link may have been paid too."""
    return [out_trade_no(order_number, number) for number in range(recoveries, -1, -1)]


def order_number_of(out_trade_no: str) -> str:
    """The order that is meant."""
    recovered = _RECOVERED.fullmatch(out_trade_no)
    return recovered[1] if recovered else out_trade_no
