"""A day's bill as Alipay writes it: a CSV in GBK with comment lines at its head and foot, in a zip or by itself."""

import csv
import logging
import re
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO
from zipfile import BadZipFile

from shared.payments.bill_archive import BadBill, detail_of

TRADE_NO, OUT_TRADE_NO, KIND, AMOUNT, REQUEST_NO = COLUMNS = (
    "支付宝交易号",
    "商户订单号",
    "业务类型",
    "订单金额(元)",
    "退款批次号/请求号",
)
TRADE, REFUND = "交易", "退款"
END = "业务明细列表结束"
ENCODING = "gb18030"  # GBK and all that it lacks
LONGEST_LINE = 65536  # bytes; a real one has some hundred
MOST_UNPACKED = 256 * 2**20  # bytes, about a million lines

_DAY = r"\[(\d{4})年(\d\d)月(\d\d)日 "
_PERIOD = re.compile(rf"起始日期：{_DAY}00:00:00\]\s*终止日期：{_DAY}[\d:]+\]", re.ASCII)
_NAME = re.compile(r"[\w.-]{1,64}", re.ASCII)
_NUMBER = re.compile(r"[^\0]{0,64}")
_MONEY = re.compile(r"-?[0-9]{1,8}(\.[0-9]{1,2})?", re.ASCII)
_UNREADABLE = (BadZipFile, zlib.error, csv.Error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BillLine:
    """Money of a trade, or, with a `request_no`, money given back of it; `amount` is positive for both."""

    trade_no: str
    out_trade_no: str
    amount: Decimal
    is_refund: bool = False
    request_no: str = ""


@dataclass(frozen=True)
class Bill:
    """The lines of one day in Beijing; they are read as they are asked for, and raise BadBill."""

    day: date
    lines: Iterator[BillLine]


def read_bill_of(day: date, file: IO[bytes]) -> Iterator[BillLine]:
    """The lines of the bill in a file, which is closed after the last; it must be of that day. Raises BadBill."""
    with ExitStack() as on_failure:
        on_failure.enter_context(file)
        bill = read_bill(file)
        if bill.day != day:
            raise BadBill(f"it is of {bill.day}, not of {day}")
        on_failure.pop_all()
        return _and_close(file, bill.lines)


def _and_close(file: IO[bytes], lines: Iterator[BillLine]) -> Iterator[BillLine]:
    with file:
        yield from lines


def read_bill(file: IO[bytes]) -> Bill:
    """The bill in a file, zip or CSV. Raises BadBill with what is wrong in one line."""
    rows = _rows(file)
    day = None
    for row in rows:
        if not any(row) or row[0].startswith("#"):
            day = _day(row) or day
            continue
        if day is None:
            raise BadBill("its head names no day")
        return Bill(day, _lines(rows, _places(row)))
    raise BadBill("there is no list of trades in it")


def _rows(file: IO[bytes]) -> Iterator[list[str]]:
    try:
        for row in csv.reader(_texts(detail_of(file))):
            yield [cell.strip() for cell in row]
    except _UNREADABLE as error:
        raise BadBill(f"it cannot be read: {error}") from error


def _texts(file: IO[bytes]) -> Iterator[str]:
    """The lines as text, to the last byte: only at its end does a zip say whether it is whole."""
    total = 0
    while line := file.readline(LONGEST_LINE):
        total += len(line)
        if total > MOST_UNPACKED:
            raise BadBill(f"it has more than {MOST_UNPACKED // 2**20} MiB")
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            raise BadBill(f"it has a line of more than {LONGEST_LINE} bytes")
        # Only names, which nobody compares, are other than ASCII.
        yield line.decode(ENCODING, "replace")


def _day(row: list[str]) -> date | None:
    found = _PERIOD.search(",".join(row))
    if found is None:
        return None
    years = [int(digits) for digits in found.groups()]
    try:
        first, last = date(*years[:3]), date(*years[3:])
    except ValueError:
        raise BadBill("its head names a day that does not exist") from None
    if (last - first).days not in (0, 1):  # a day ends where the next one begins
        raise BadBill("it is about several days; take one for each")
    return first


def _places(header: list[str]) -> dict[str, int]:
    """Where each column is that we read."""
    names = [name.replace("（", "(").replace("）", ")") for name in header]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise BadBill(f"it lacks the columns {', '.join(missing)}")
    return {name: names.index(name) for name in COLUMNS}


def _lines(rows: Iterator[list[str]], places: dict[str, int]) -> Iterator[BillLine]:
    others = 0
    is_whole = False
    for number, row in enumerate(rows, start=1):
        if not any(row) or is_whole:
            continue
        if row[0].startswith("#"):
            is_whole = END in row[0]
            continue
        try:
            line = _line({name: row[place] for name, place in places.items()})
        except (LookupError, ValueError):
            raise BadBill(f"trade {number} of it is not as it should be") from None
        others += line is None
        if line is not None:
            yield line
    if not is_whole:
        raise BadBill("its end is missing")
    if others:
        log.warning("a bill has lines of other kinds than trades and refunds", extra={"lines": others})


def _line(cells: dict[str, str]) -> BillLine | None:
    """None for a line of another kind than we know."""
    trade_no, number, kind, amount, request_no = (cells[name] for name in COLUMNS)
    if kind not in (TRADE, REFUND):
        return None
    is_good = _NAME.fullmatch(trade_no) and _MONEY.fullmatch(amount)
    if not (is_good and _NUMBER.fullmatch(number) and _NUMBER.fullmatch(request_no)):
        raise ValueError
    if kind == TRADE:
        return BillLine(trade_no, number, Decimal(amount))
    return BillLine(trade_no, number, abs(Decimal(amount)), is_refund=True, request_no=request_no)
