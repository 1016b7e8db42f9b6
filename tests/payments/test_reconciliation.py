"""Our books against the provider's bill: what differs is found, kept once, and resolved when it no longer does."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Barrier, Event, Thread
from zipfile import ZipFile

import pytest
from flask_migrate import downgrade, upgrade
from prometheus_client import REGISTRY

from embedded.process import wait_for
from expiry_listener.listener import Listener
from expiry_listener.shop import Shop, Wallets
from shared.payments import BadBill, ProviderFailed, Reconciler, yesterday
from shared.payments.alipay import Alipay
from shared.payments.bill_download import download
from shared.payments.client import BEIJING, Client
from shared.payments.sandbox import sandbox_account, signing
from shared.payments.sandbox.bill import bill_file
from shared.payments.sandbox.cashier import SELLER_ID
from shared.payments.sandbox.gateway import Gateway
from shared.timeouts import TIMEOUTS
from tests.desk import Desk
from tests.payments.bills import row, written
from webapp.database import db

BACK_TO = {
    "sandbox_trades": "created_at",
    "sandbox_refunds": "created_at",
    "payments": "created_at",
    "refunds": "done_at",
}


@pytest.fixture
def run(app) -> Callable:
    """The command."""
    return lambda *arguments: app.test_cli_runner().invoke(args=["payments", "reconcile", *map(str, arguments)])


@pytest.fixture
def move(till) -> Callable[[date], None]:
    """Let all that happened today have happened on another day."""

    def move(day: date) -> None:
        days = (datetime.now(BEIJING).date() - day).days
        for table, moment in BACK_TO.items():
            till.execute(f"UPDATE {table} SET {moment} = {moment} - make_interval(days => :days)", days=days)
        till.execute("UPDATE refunds SET created_at = created_at - make_interval(days => :days)", days=days)

    return move


@pytest.fixture
def paid(u1, till, move) -> dict:
    """Yesterday one order was paid, and another paid and given back."""
    order, returned = u1.ordered(2), u1.ordered(3)
    for each in (order, returned):
        till.pay(till.link(u1, each))
        assert till.deliver().text == "success"
    assert u1.post(f"/orders/{returned['id']}/refund/").status_code == 200
    move(yesterday())
    return order


@pytest.fixture
def reconciler(till, sessions) -> Reconciler:
    """The listener's loop, to be stepped through."""
    return Reconciler(sessions, till.provider, Event())


def differences(till) -> list[str]:
    """Those that are open: kind, our amount, theirs."""
    query = (
        "SELECT string_agg(kind || coalesce(' ' || ours, '') || '|' || coalesce(theirs::text, ''), ';' ORDER BY kind)"
    )
    return (till.scalar(f"{query} FROM payment_differences WHERE resolved_at IS NULL") or "").split(";")


def test_an_agreeing_day(run, till, paid):
    done = run()
    assert done.output == f"{yesterday()}: 3 lines in the bill, 0 differences.\n"
    assert done.exit_code == 0
    assert till.scalar("SELECT count(*) FROM billed_money") == 3
    assert till.scalar("SELECT day FROM reconciliations WHERE done_at IS NOT NULL") == yesterday()


def test_refunds_of_before_the_migration_are_of_their_own_day(app, run, till, paid):
    with app.app_context():
        downgrade(revision="0004")
        upgrade()
        db.engine.dispose()
    assert run().output == f"{yesterday()}: 3 lines in the bill, 0 differences.\n"


def test_a_recovered_orders_other_name_is_the_same_order(run, u1, till, move):
    order = u1.ordered(2)
    till.time_out(order["id"])
    assert u1.post(f"/orders/{order['id']}/recover/").status_code == 200
    till.pay(till.link(u1, order))
    till.deliver()
    move(yesterday())
    assert till.scalar("SELECT out_trade_no FROM sandbox_trades") == f"{order['order_number']}_1"
    assert run().exit_code == 0


OTHER = "(SELECT trade_no FROM payments WHERE id NOT IN (SELECT payment_id FROM refunds))"
BROKEN = {
    "unknown_payment": (f"DELETE FROM payments WHERE trade_no = {OTHER}", ["unknown_payment|100.00"]),
    "missing_payment": (f"DELETE FROM sandbox_trades WHERE trade_no = {OTHER}", ["missing_payment 100.00|"]),
    "other_amount": (
        f"UPDATE sandbox_trades SET amount = 99.99 WHERE trade_no = {OTHER}",
        ["other_amount 100.00|99.99"],
    ),
    "other_order": (
        f"UPDATE sandbox_trades SET out_trade_no = 'somebody' WHERE trade_no = {OTHER}",
        ["other_order 100.00|100.00"],
    ),
    "missing_refund": ("DELETE FROM sandbox_refunds", ["missing_refund 200.00|"]),
    "unknown_refund": (
        f"INSERT INTO sandbox_refunds SELECT 'forged', trade_no, 1, created_at FROM sandbox_trades"
        f" WHERE trade_no = {OTHER}",
        ["unknown_refund|1.00"],
    ),
    "other_refund_amount": (
        "UPDATE sandbox_refunds SET amount = 1",
        ["other_refund_amount 200.00|1.00"],
    ),
    "kept_money": (
        f"UPDATE orders SET status = 4 WHERE id IN (SELECT order_id FROM payments WHERE trade_no = {OTHER})",
        ["kept_money 100.00|"],
    ),
    "refund not done": (
        "UPDATE refunds SET done_at = NULL",
        ["kept_money 200.00|", "unknown_refund 200.00|200.00"],
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_each_kind_is_found_kept_once_and_resolved(run, till, paid, kind):
    statement, found = BROKEN[kind]
    kept = ("sandbox_refunds", "sandbox_trades", "refunds", "payments")
    for table in (*kept, "orders"):
        till.execute(f"CREATE TABLE kept_{table} AS TABLE {table}")
    till.execute(statement)
    for _ in range(2):
        done = run()
        assert done.exit_code == 1, done.output
        assert len(done.output.splitlines()) == len(found) + 1
        assert differences(till) == found
    assert till.scalar("SELECT count(*) FROM payment_differences") == len(found)
    assert till.scalar("SELECT bool_and(last_seen > first_seen) FROM payment_differences")

    for table in kept:
        till.execute(f"DELETE FROM {table}")
    for table in reversed(kept):
        till.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE kept_{table}")
    till.execute("UPDATE orders SET status = kept.status FROM kept_orders kept WHERE kept.id = orders.id")
    assert run().exit_code == 0
    assert differences(till) == [""]
    assert till.scalar("SELECT count(*) FROM payment_differences WHERE resolved_at IS NOT NULL") == len(found)


def test_what_differed_again_is_open_again(run, till, paid):
    for more, exit_code in ((1, 1), (-1, 0), (1, 1)):
        till.execute("UPDATE sandbox_trades SET amount = amount + :more", more=more)
        assert run().exit_code == exit_code
    assert till.scalar("SELECT count(*) FROM payment_differences WHERE resolved_at IS NULL") == 2


def test_a_payment_that_is_heard_of_the_next_day_is_found_in_the_bill_of_its_own(run, till, paid):
    earlier = yesterday() - timedelta(days=1)
    for moved in ("sandbox_trades", "sandbox_refunds"):
        till.execute(f"UPDATE {moved} SET created_at = created_at - interval '1 day'")
    till.execute("UPDATE refunds SET created_at = created_at - interval '9 days'")
    assert run("--date", earlier).exit_code == 0
    till.execute("INSERT INTO sandbox_trades VALUES ('T9', 'N9', 5, 0, now() - interval '1 day')")
    assert run().exit_code == 1  # the bill of the next day has none of ours, and one that is not
    assert differences(till) == ["unknown_payment|5.00"]


def test_an_empty_day(run, till):
    done = run()
    assert (done.exit_code, done.output) == (0, f"{yesterday()}: 0 lines in the bill, 0 differences.\n")


def test_a_bill_that_may_only_be_late_is_waited_for(run, till, paid, move):
    till.execute("DELETE FROM sandbox_refunds")
    till.execute("DELETE FROM sandbox_trades")
    done = run()
    assert done.exit_code == 1
    assert "there is no bill" in done.output
    assert till.scalar("SELECT count(*) FROM reconciliations") == 0
    move(yesterday() - timedelta(days=4))
    done = run("--date", till.scalar("SELECT (min(created_at) AT TIME ZONE interval '8 h')::date FROM payments"))
    assert done.output.count("missing_payment") == 2
    assert done.output.count("missing_refund") == 1


@pytest.mark.parametrize("days", [0, 1])
def test_a_day_that_is_not_over_is_refused(run, till, days):
    done = run("--date", yesterday() + timedelta(days=1 + days))
    assert (done.exit_code, "is not over" in done.output) == (1, True)
    assert till.scalar("SELECT count(*) FROM reconciliations") == 0


def test_a_downloaded_file_does_as_well(run, till, paid, sessions, tmp_path):
    with sessions() as session:
        content = bill_file(session, yesterday(), SELLER_ID)
    file = tmp_path / "bill.zip"
    file.write_bytes(content)
    assert run("--file", file).output == f"{yesterday()}: 3 lines in the bill, 0 differences.\n"
    with ZipFile(BytesIO(content)) as archive:
        [name] = [name for name in archive.namelist() if "汇总" not in name]
        file.write_bytes(archive.read(name))
    assert run("--file", file).exit_code == 0
    assert till.scalar("SELECT count(*) FROM billed_money") == 3
    assert run("--file", file, "--date", "2026-01-01").exit_code == 2
    assert run("--file", tmp_path / "none").exit_code == 1
    assert run("--file", tmp_path).exit_code == 1


def test_what_cannot_be_read_loses_nothing(run, till, paid, tmp_path):
    till.execute("UPDATE sandbox_trades SET amount = amount + 1")
    assert run().exit_code == 1
    before = differences(till)
    day = f"[{yesterday():%Y}年{yesterday():%m}月{yesterday():%d}日 00:00:00]"
    file = tmp_path / "bill.csv"
    rows = [row(trade=f"T{number}") for number in range(3000)]
    file.write_bytes(written(*rows, head=f"#起始日期：{day}   终止日期：{day}", foot=""))
    done = run("--file", file)
    assert (done.exit_code, done.output) == (1, "Error: The bill was not compared: its end is missing.\n")
    assert differences(till) == before
    assert till.scalar("SELECT count(*) FROM billed_money") == 3


def test_once_a_day_over_two_listeners(till, paid, sessions):
    asked = []

    class Counting:
        def bill(self, day):
            asked.append(day)
            return till.provider.bill(day)

    till.execute("UPDATE sandbox_trades SET amount = amount + 1")
    start = Barrier(4)

    def work(_):
        desk = Reconciler(sessions, Counting(), Event())
        start.wait()
        return desk.reconcile()

    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(work, range(4)))
    assert sorted(map(bool, done)) == [False, False, False, True]
    assert len(asked) == 1
    assert asked[0] <= yesterday()
    assert Reconciler(sessions, Counting(), Event()).reconcile() is None
    assert len(asked) == 1


def test_running_listeners_do_it_by_themselves(till, paid, sessions, redis):
    def additions(backlog, stop):
        wallets = Wallets(sessions, redis, 0.2, backlog, stop)
        return Shop(wallets, reconciler=Reconciler(sessions, till.provider, stop))

    listeners = [Listener(TIMEOUTS, sessions, redis, 0.2, additions=additions) for _ in range(2)]
    for listener in listeners:
        listener.start()
    try:
        done = "SELECT count(*) FROM reconciliations WHERE done_at IS NOT NULL"
        assert wait_for(lambda: till.scalar(done) == 1, 20)
    finally:
        for listener in listeners:
            listener.stop()


def test_the_listener_finds_what_differs_and_says_so(till, paid, reconciler, move, caplog):
    due = till_due(reconciler, till)
    till.execute("UPDATE sandbox_trades SET amount = amount + 1, created_at = :noon", noon=noon(due))
    till.execute("UPDATE payments SET created_at = :noon", noon=noon(due))
    caplog.set_level("INFO")
    assert reconciler.reconcile() == due
    assert REGISTRY.get_sample_value("payment_differences", {"kind": "other_amount"}) == 2
    assert sum("payments differ: other_amount" in line for line in caplog.messages) == 2
    till.execute("UPDATE sandbox_trades SET amount = amount - 1")
    till.execute("UPDATE reconciliations SET done_at = NULL, retry_at = now()")
    assert reconciler.reconcile() == due
    assert REGISTRY.get_sample_value("payment_differences", {"kind": "other_amount"}) == 0


def till_due(reconciler: Reconciler, till) -> date:
    """The day that the listener takes next."""
    due = reconciler.reconcile()
    till.execute("DELETE FROM billed_money")
    till.execute("DELETE FROM payment_differences")
    till.execute("DELETE FROM reconciliations")
    assert due is not None
    return due


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=BEIJING)


def test_a_provider_that_is_away_is_asked_again_in_an_hour(till, sessions, paid):
    class Away:
        failures = 1

        def bill(self, day):
            if self.failures:
                self.failures = 0
                raise ProviderFailed("no answer")
            return till.provider.bill(day)

    desk = Reconciler(sessions, Away(), Event())
    day = desk.reconcile()
    assert day is not None
    assert till.scalar("SELECT error || ' ' || (done_at IS NULL) FROM reconciliations") == "no answer true"
    assert desk.reconcile() is None
    till.execute("UPDATE reconciliations SET retry_at = now()")
    assert desk.reconcile() == day
    assert till.scalar("SELECT count(*) FROM reconciliations WHERE done_at IS NOT NULL AND error IS NULL") == 1


def test_days_without_a_listener_are_made_up_for(till, reconciler):
    last = reconciler.reconcile()
    for days, expected in ((3, 3), (30, 7)):
        till.execute("DELETE FROM reconciliations")
        earlier = last - timedelta(days=days)
        till.execute("INSERT INTO reconciliations (day, done_at) VALUES (:day, now())", day=earlier)
        found = [reconciler.reconcile() for _ in range(expected)]
        assert found == [last - timedelta(days=expected - number - 1) for number in range(expected)]
        assert reconciler.reconcile() is None


@pytest.fixture
def over_http(till, sessions):
    """Alipay whose bills come over HTTP; `served` says what, when it is not the sandbox's own."""
    served: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path, _, query = self.path.partition("?")
            if path == "/bill":
                body = served.get("bill") or gateway.file_at(self.path)
            else:
                body = served.get("answer") or gateway.answer(query).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        here = f"http://127.0.0.1:{server.server_port}"
        keys = till.provider.keys
        gateway = Gateway(keys, sessions, f"{here}/bill")
        account = sandbox_account(keys)
        thread = Thread(target=server.serve_forever)
        thread.start()
        known = partial(type(account), account.app_private_key, account.public_key)
        yield Alipay(lambda: Client(known(gateway=f"{here}/gateway.do"))), served, keys
        server.shutdown()
        thread.join()


def test_a_bill_over_http_with_real_signatures(over_http, paid):
    alipay, served, keys = over_http
    assert len(list(alipay.bill(yesterday()))) == 3
    with pytest.raises(ProviderFailed, match="no bill"):
        alipay.bill(yesterday() - timedelta(days=9))
    served["bill"] = written(row())
    with pytest.raises(BadBill, match=r"2026-10-03|it is of"):
        alipay.bill(yesterday())
    for by, url in ((keys.app, "https://evil.example/"), (keys.provider, "file:///etc/passwd"), (keys.provider, "")):
        content = f'{{"code":"10000","msg":"Success","bill_download_url":"{url}"}}'
        name = "alipay_data_dataservice_bill_downloadurl_query_response"
        served["answer"] = f'{{"{name}":{content},"sign":"{signing.sign(by, content)}"}}'.encode()
        with pytest.raises(ProviderFailed, match="Validation" if by is keys.app else "not to be had"):
            alipay.bill(yesterday())


def test_too_big_a_download_is_refused(over_http, paid, monkeypatch):
    alipay, served, _ = over_http
    monkeypatch.setattr("shared.payments.bill_download.MOST_PACKED", 1000)
    served["bill"] = b"x" * 2000
    with pytest.raises(ProviderFailed, match="MiB"):
        alipay.bill(yesterday())
    with pytest.raises(ValueError, match="not to be had"):
        download("ftp://127.0.0.1/x", 1)


def test_the_sandbox_writes_what_was_bought(sessions, till, paid):
    with sessions() as session, ZipFile(BytesIO(bill_file(session, yesterday(), SELLER_ID))) as archive:
        [name] = [name for name in archive.namelist() if "汇总" not in name]
        content = archive.read(name).decode("gbk")
    subject = till.scalar("SELECT min(subject) FROM sandbox_trades")
    assert re.search(r"[\u4e00-\u9fff]", subject), subject
    assert subject in content
    assert "退款批次号/请求号" in content


def test_staff_see_what_differs(app, run, till, paid):
    till.execute("UPDATE sandbox_trades SET amount = amount + 1")
    run()
    boss = Desk(app.test_client())
    assert boss.log_in().status_code == 303
    page = boss.get("/payment_differences/").text
    assert page.count("other_amount") >= 2
