"""What docs/deployment.md says of backing up: PostgreSQL alone, Redis is made anew from it."""

import subprocess
from dataclasses import replace

import pytest
from sqlalchemy import text

from embedded.postgres import BINARIES
from embedded.process import wait_for
from shared.order_status import OrderStatus
from shared.stores import redis_keys
from tests import processes
from tests.conftest import close
from tests.processes import PATIENCE
from webapp import create_app

SOON = "UPDATE orders SET expires_at = statement_timestamp() + interval '1 s' WHERE id = :id"


def run(program: str, *arguments: object) -> None:
    """One of PostgreSQL's own programs; raises when it fails."""
    subprocess.run([BINARIES / program, *map(str, arguments)], check=True)


@pytest.mark.processes
def test_it_comes_back_from_postgresql_alone(u1, sessions, database_url, empty_database, redis, settings, tmp_path):
    credit, wallet = u1.credit(), u1.wallet()
    waits, falls_due = u1.ordered(2), u1.ordered(3, credit=10)
    with sessions.begin() as session:
        session.execute(text(SOON), {"id": falls_due["id"]})
    dump = tmp_path / "lapse.dump"
    run("pg_dump", "--format=custom", "--no-owner", "--file", dump, database_url)
    redis.flushall()
    run("pg_restore", "--no-owner", "--exit-on-error", "--dbname", empty_database, dump)
    restored = replace(settings, database_url=empty_database)
    app = create_app(restored)
    again = replace(u1, client=app.test_client())  # with the token of before
    with processes.listener(restored, tmp_path):
        due = f"/orders/{falls_due['id']}/"
        assert wait_for(lambda: again.get(due).json["order_status"] == OrderStatus.TIMED_OUT, PATIENCE)
        assert again.credit() == credit
        assert wait_for(lambda: redis.exists(redis_keys.order_timer(waits["id"])) == 1, PATIENCE)
        keys = [redis_keys.coupon(u1.id, coupon) for coupon in wallet]
        assert keys
        assert wait_for(lambda: redis.exists(*keys) == len(keys), PATIENCE)
    assert again.get(f"/orders/{waits['id']}/").json["order_status"] == OrderStatus.UNPAID
    assert again.wallet() == wallet
    close(app)
