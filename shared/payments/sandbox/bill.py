"""The sandbox's bills: its books of a day in the form that Alipay's have, zip and all."""

import csv
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.models import SandboxRefund, SandboxTrade
from shared.payments.client import BEIJING

HEADER = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
    "订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,"
    "商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
DASHES = "-" * 41


def bill_file(session: Session, day: date, seller_id: str) -> bytes | None:
    """The zip with the bill of a day in Beijing; None before the day is over, and for one without trades."""
    trades, refunds = _trades(session, day), _refunds(session, day)
    if day >= datetime.now(BEIJING).date() or not (trades or refunds):
        return None
    name = f"{seller_id}0156_{day:%Y%m%d}_业务明细"
    zipped = BytesIO()
    with ZipFile(zipped, "w", ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.csv", _detail(day, seller_id, trades, refunds))
        archive.writestr(f"{name}(汇总).csv", "#支付宝业务汇总查询\r\n".encode("gbk"))
    return zipped.getvalue()


def _trades(session: Session, day: date) -> list[list[str]]:
    begin, end = _span(day)
    query = select(SandboxTrade).where(SandboxTrade.created_at >= begin, SandboxTrade.created_at < end)
    found = session.scalars(query.order_by(SandboxTrade.created_at))
    return [_row(trade, "交易", trade.created_at, trade.amount) for trade in found]


def _refunds(session: Session, day: date) -> list[list[str]]:
    begin, end = _span(day)
    query = select(SandboxRefund, SandboxTrade).join(SandboxTrade)
    within = query.where(SandboxRefund.created_at >= begin, SandboxRefund.created_at < end)
    found = session.execute(within.order_by(SandboxRefund.created_at))
    return [_row(trade, "退款", made.created_at, -made.amount, made.request_no) for made, trade in found]


def _row(trade: SandboxTrade, kind: str, done: datetime, amount: Decimal, request_no: str = "") -> list[str]:
    created, finished = (f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}" for moment in (trade.created_at, done))
    names = [f"{trade.trade_no}\t", f"{trade.out_trade_no}\t", kind, trade.subject, created, finished]
    nothing = ["0.00"] * 5
    money = [f"{amount:.2f}", f"{amount:.2f}", *nothing, "", "0.00", "0.00"]
    return [*names, "", "", "", "", "buy***@sandbox.invalid", *money, f"{request_no}\t", "0.00", "0.00", ""]


def _detail(day: date, seller_id: str, trades: list[list[str]], refunds: list[list[str]]) -> bytes:
    text = StringIO()
    text.write("#支付宝业务明细查询\r\n")
    text.write(f"#账号：[{seller_id}0156]\r\n")
    text.write(f"#起始日期：[{_written(day)} 00:00:00]   终止日期：[{_written(day + timedelta(days=1))} 00:00:00]\r\n")
    text.write(f"#{DASHES}业务明细列表{DASHES[1:]}\r\n{HEADER}\r\n")
    csv.writer(text).writerows([*trades, *refunds])
    text.write(f"#{DASHES}业务明细列表结束{DASHES[5:]}\r\n")
    text.write(f"#交易合计：{len(trades)}笔\r\n#退款合计：{len(refunds)}笔\r\n")
    now = datetime.now(BEIJING)
    text.write(f"#导出时间：[{_written(now)} {now:%H:%M:%S}]\r\n")
    return text.getvalue().encode("gbk", "replace")


def _span(day: date) -> tuple[datetime, datetime]:
    begin = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    return begin, begin + timedelta(days=1)


def _written(day: date) -> str:
    return f"{day.year:04}年{day.month:02}月{day.day:02}日"
