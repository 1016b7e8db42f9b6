"""Times in the admin: kept in UTC, shown and typed by the reader's clock."""

from datetime import UTC, datetime

import pytest

from shared.models import Coupon
from tests.coupons import make_coupon

FORM = {"name": "新券", "takes_off": "10", "condition": "0.00", "coupon_type": "0", "get_type": "0", "total": "0"}
SUMMER, WINTER = "2036-07-01T12:00:00", "2036-01-01T12:00:00"
BERLIN = {SUMMER: 10, WINTER: 11}
"""The hour in UTC when the clocks of Berlin show 12."""


@pytest.fixture
def in_berlin(boss):
    boss.client.set_cookie("lapse_zone", "Europe/Berlin", path="/admin")
    return boss


def end(sessions, coupon_id):
    with sessions() as session:
        return session.get_one(Coupon, coupon_id).end_time


def save(boss, coupon_id, end_time):
    form = FORM | {"start_time": "2026-01-01T00:00:00", "end_time": end_time, "per_user": "1"}
    return boss.post(f"/coupons/edit/?id={coupon_id}", form)


@pytest.mark.parametrize("typed", BERLIN)
def test_what_is_typed_is_kept_in_utc_and_shown_as_it_was(in_berlin, sessions, typed):
    coupon = make_coupon(sessions)
    assert save(in_berlin, coupon, typed).status_code == 302
    assert end(sessions, coupon) == datetime.fromisoformat(typed).replace(hour=BERLIN[typed], tzinfo=UTC)
    form = in_berlin.get(f"/coupons/edit/?id={coupon}").text
    assert f'value="{typed}"' in form
    assert "Until (Europe/Berlin)" in form
    assert f">{typed.replace('T', ' ')}</time>" in in_berlin.get("/coupons/").text


def test_an_hour_that_comes_twice_stays_what_it_was(in_berlin, sessions):
    coupon = make_coupon(sessions)
    second = datetime(2036, 10, 26, 1, 30, tzinfo=UTC)  # half past two for the second time
    with sessions.begin() as session:
        session.get_one(Coupon, coupon).end_time = second
    assert save(in_berlin, coupon, "2036-10-26T02:30:00").status_code == 302
    assert end(sessions, coupon) == second
    assert save(in_berlin, coupon, "2036-10-26T02:31:00").status_code == 302
    assert end(sessions, coupon) == datetime(2036, 10, 26, 0, 31, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["2036-03-30T02:30:00", "0001-01-01T00:00:00"])
def test_a_time_that_no_clock_shows_is_refused(in_berlin, sessions, typed):
    page = save(in_berlin, make_coupon(sessions), typed)
    assert page.status_code == 200
    assert any("There is no such" in error for error in in_berlin.errors(page))


@pytest.mark.attack
@pytest.mark.parametrize("zone", ["", "../../etc/passwd", "/etc/passwd", "Europe", "No/Where", "x" * 3000, "Ａ"])
def test_a_zone_that_there_is_not_is_utc(boss, zone):
    boss.client.set_cookie("lapse_zone", zone, path="/admin")
    assert "in the zone UTC." in boss.get("/coupons/").text
