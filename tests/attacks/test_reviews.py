"""One voice a person: nobody pushes a course up or down by buying, reviewing and giving back."""

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from webapp.database import db


@pytest.fixture
def bought(till):
    """Let somebody buy a course."""

    def buy(buyer, *course_ids):
        order = buyer.ordered(*course_ids)
        till.pay(till.link(buyer, order))
        till.deliver()
        return order

    return buy


def review(buyer, order, rating, content="x", **more):
    return buyer.post(f"/orders/{order['id']}/review/", {"rating": rating, "content": content} | more)


def shown(client, course_id=2):
    course = client.get(f"/courses/{course_id}/").json
    return course["rating"], [each["content"] for each in course["reviews"]]


def test_a_refunded_orders_review_no_longer_counts(u1, u2, bought, client):
    for text_ in ("one", "two", "three"):
        order = bought(u1, 2)
        assert review(u1, order, 1, text_).status_code == 201
        assert shown(client) == ("1.0", [text_])
        assert u1.post(f"/orders/{order['id']}/refund/").status_code == 200
        assert shown(client) == (None, [])
    assert review(u2, bought(u2, 2), 5, "other").status_code == 201
    assert shown(client) == ("5.0", ["other"])


def test_one_review_for_each_user_and_course_over_all_orders(u1, till, bought, client):
    first = bought(u1, 2)
    assert review(u1, first, 5, "first").status_code == 201
    second = u1.ordered(3)
    # Two paid orders with the same course, as a database of before may have them.
    till.execute("UPDATE order_courses SET course_id = 2 WHERE order_id = :id", id=second["id"])
    till.execute("UPDATE orders SET status = 1, paid_at = now() WHERE id = :id", id=second["id"])
    again = review(u1, second, 1, "second")
    assert (again.status_code, again.json["code"]) == (409, "already_reviewed")
    assert shown(client) == ("5.0", ["first"])
    lines = u1.get(f"/orders/{second['id']}/").json["order_courses"]
    assert [line["reviewed"] for line in lines] == [True]


def test_whoever_buys_again_reviews_again(u1, u2, bought):
    review(u2, bought(u2, 2), 3)
    order = bought(u1, 2)
    review(u1, order, 1)
    u1.post(f"/orders/{order['id']}/refund/")
    again = bought(u1, 2)
    assert u1.get("/users/me/courses/").json["results"][0]["reviewed"] is False
    assert review(u1, again, 5).status_code == 201
    assert review(u1, again, 4).json["code"] == "already_reviewed"
    assert u1.get("/users/me/courses/").json["results"][0]["reviewed"] is True


def test_all_reviews_are_counted_though_the_newest_are_shown(u1, bought, client, till):
    assert review(u1, bought(u1, 2), 5).status_code == 201
    till.execute("""
        WITH others AS (INSERT INTO users (username, password_hash)
                        SELECT 'x' || n, '' FROM generate_series(1, 24) AS n RETURNING id)
        INSERT INTO reviews (order_id, course_id, user_id, rating, content)
        SELECT order_id, 2, others.id, 4, 'y' FROM others, reviews
    """)
    course = client.get("/courses/2/").json
    assert (course["review_count"], len(course["reviews"]), course["rating"]) == (25, 20, "4.0")


def test_reviews_show_no_login_names(u1, u2, bought, client):
    u1.patch("/users/me/", {"nickname": "小明"})
    for buyer in (u1, u2):
        review(buyer, bought(buyer, 2), 5)
    course = client.get("/courses/2/")
    assert [each["nickname"] for each in course.json["reviews"]] == ["", "小明"]
    assert "username" not in course.text
    assert '"u1"' not in course.text


def test_the_migration_keeps_one_of_many_reviews(u1, till, app):
    """The one of a paid order before newer ones of refunded orders; of several paid ones the newest."""
    ids = [u1.ordered(3)["id"] for _ in range(4)]
    till.execute("UPDATE orders SET status = 1, paid_at = now() WHERE id = ANY(:ids)", ids=ids[:2])
    till.execute("UPDATE orders SET status = 4, paid_at = now() WHERE id = ANY(:ids)", ids=ids[2:])
    till.time_out(u1.ordered(2)["id"])
    recovered = till.scalar("SELECT max(id) FROM orders")
    u1.post(f"/orders/{recovered}/recover/")
    with app.app_context():
        db.session.remove()
        downgrade(revision="0001")
        with db.engine.begin() as connection:
            for id in ids:
                insert = (
                    "INSERT INTO reviews (order_id, course_id, user_id, rating, content) VALUES (:id, 3, :u, 1, '')"
                )
                connection.execute(text(insert), {"id": id, "u": u1.id})
        upgrade()
        db.engine.dispose()
    assert till.scalar("SELECT order_id FROM reviews") == ids[1]
    assert till.scalar("SELECT recoveries FROM orders WHERE id = :id", id=recovered) == 1
    assert till.scalar("SELECT sum(recoveries)::int FROM orders") == 1
