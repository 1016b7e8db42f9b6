"""Plots at the desk: bars and a table that say the same, by the reader's clock."""

import re
from decimal import Decimal

import pytest

from shared import orders
from shared.orders import Receipt
from webapp.admin.plot import HEIGHT, WIDTH, plot


def test_bars_are_as_high_as_their_part_of_the_highest():
    drawn = plot("n", [0, 5, Decimal(10)])
    assert [bar.height for bar in drawn.bars] == [0, HEIGHT / 2, HEIGHT]
    assert all(bar.y + bar.height == HEIGHT for bar in drawn.bars)
    assert drawn.bars[-1].x + drawn.bars[-1].width < WIDTH
    assert (drawn.total, drawn.most) == (15, 10)


@pytest.mark.parametrize("values", [[], [0, 0]])
def test_nothing_is_flat(values):
    assert [bar.height for bar in plot("n", values).bars] == [0] * len(values)


def test_what_was_sold_today_is_in_plot_and_table(boss, u1, sessions):
    order = u1.ordered(2)
    with sessions.begin() as session:
        orders.settle(session, Receipt(order["order_number"], "T1", Decimal(order["real_price"])))
    boss.client.set_cookie("lapse_zone", "Asia/Shanghai", path="/admin")
    page = boss.get("/figures/?days=90").text
    assert "Asia/Shanghai" in page
    assert "Sales: 100.00 in all, at most 100.00 on a day" in page
    assert page.count('class="plot-bar"') == 6 * 90
    today = re.findall(r"<tr>.*?</tr>", page.split("<tbody>")[-1], re.DOTALL)[1]
    assert re.findall(r"<td>(.*?)</td>", today) == ["100.00", "0", "1", "0", "0", "0"]


@pytest.mark.attack
def test_no_other_period_and_no_styles_in_the_page(boss):
    for days in ("x", "-1", "9" * 30, "1", ""):
        page = boss.get(f"/figures/?days={days}")
        assert page.status_code == 200
        assert page.text.count('class="plot-bar"') == 6 * 30
        assert "style=" not in page.text
