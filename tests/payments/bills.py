"""Bills of 3 October 2026, as Alipay writes them."""

from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from shared.payments.sandbox.bill import HEADER

ROW = "{trade}\t,{number}\t,{kind},{name},2026-10-03 10:00:00,2026-10-03 10:00:30,,,,,b***@x.cn,{amount},{amount},"
ROW += "0.00,0.00,0.00,0.00,0.00,,0.00,0.00,{request}\t,-0.12,0.00,"
DAY = date(2026, 10, 3)


def written(
    *rows: str, head: str | None = None, header: str = HEADER, foot: str = "#---业务明细列表结束---\r\n"
) -> bytes:
    """A bill of DAY."""
    first = head or "#起始日期：[2026年10月03日 00:00:00]   终止日期：[2026年10月04日 00:00:00]"
    return "\r\n".join(["#支付宝业务明细查询", first, header, *rows, foot]).encode("gb18030")


def row(**told: str) -> str:
    usual = {"trade": "T1", "number": "N1", "kind": "交易", "name": "课程", "amount": "70.00", "request": ""}
    return ROW.format(**usual | told)


def zipped(*files: tuple[str, bytes]) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return content.getvalue()
