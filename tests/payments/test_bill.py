"""Reading a bill: the form that Alipay writes, and everything that is none."""

from io import BytesIO

import pytest

from shared.payments import BadBill, bill, read_bill
from tests.payments.bills import DAY, row, written, zipped


def read(content: bytes) -> list:
    return list(read_bill(BytesIO(content)).lines)


def in_gbk(archive: bytes, *names: str) -> bytes:
    """The archive with its files named so, as Alipay does: without the mark that zip has for UTF-8."""
    for number, name in enumerate(names):
        archive = archive.replace(str(number).encode() * len(name.encode("gbk")), name.encode("gbk"))
    return archive


def test_the_form_that_alipay_writes():
    content = written(
        row(name="价格，表"),
        row(trade="T2", number="N2_1", name="镕㐂"),  # the second is in GB 18030 alone
        row(kind="退款", amount="-30.50", request="R7"),
        row(kind="转账", trade="?"),
    )
    names = "20880000_20261003_业务明细.csv", "20880000_20261003_业务明细(汇总).csv"
    placeholders = [str(number) * len(name.encode("gbk")) for number, name in enumerate(names)]
    archive = in_gbk(zipped((placeholders[0], content), (placeholders[1], b"#")), *names)
    for file in (content, archive):
        assert read_bill(BytesIO(file)).day == DAY
        assert [(line.trade_no, line.out_trade_no, str(line.amount), line.request_no) for line in read(file)] == [
            ("T1", "N1", "70.00", ""),
            ("T2", "N2_1", "70.00", ""),
            ("T1", "N1", "30.50", "R7"),
        ]
    assert read(written()) == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no list"),
        (b"\x00" * 1000, "lacks|names no day"),
        (b"PK\x03\x04" + b"x" * 100, "day|list"),
        (written(row(), foot=""), "end is missing"),
        (written(row(amount="1e3")), "trade 1"),
        (written(row(), row(trade="T 2")), "trade 2"),
        (written(row(), "T2,N2,交易"), "trade 2"),
        (written(row(number="x" * 65)), "trade 1"),
        (written(row(), head="#起始日期：[2026年10月01日 00:00:00] 终止日期：[2026年10月04日 00:00:00]"), "several"),
        (written(row(), head="#起始日期：[2026年13月01日 00:00:00] 终止日期：[2026年13月02日 00:00:00]"), "not exist"),
        (written(row(), head="#"), "names no day"),
        (written(row(), header="支付宝交易号,商户订单号"), "lacks the columns"),
        (written(row(name="x" * 70000)), "line of more"),
        (written(row(name='"' + "x" * 60000), *["x" * 60000] * 3), "cannot be read"),
        (zipped(("a.csv", written()), ("b.csv", written())), "exactly one"),
        (zipped(("a.txt", written())), "exactly one"),
        (zipped(*[(f"{number}.txt", b"") for number in range(20)], ("a.csv", written())), "exactly one"),
    ],
)
def test_what_is_no_bill_is_refused_with_a_reason(content, why):
    with pytest.raises(BadBill, match=why) as refused:
        read(content)
    assert len(str(refused.value).splitlines()) == 1


def test_a_broken_zip_is_refused():
    whole = zipped(("a.csv", written(*[row(trade=f"T{number}") for number in range(500)])))
    middle = len(whole) // 3
    for broken in (whole[:middle] + bytes(50) + whole[middle + 50 :], whole[: middle * 2] + whole[middle * 2 + 9 :]):
        with pytest.raises(BadBill):
            read(broken)


def test_a_zip_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(bill, "MOST_UNPACKED", 2**20)
    bomb = zipped(("a.csv", written(row()) + b"#\r\n" * 2**20))
    assert len(bomb) < 2**16
    with pytest.raises(BadBill, match="MiB"):
        read(bomb)
