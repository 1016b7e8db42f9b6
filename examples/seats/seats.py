"""Seats: an application of somebody else on lapse. A seat is held for a minute, and free again unless it is booked."""

import os

from flask import Flask, abort
from sqlalchemy import text

import lapse
from lapse.schema import DDL

HOLD = f"{float(os.environ.get('HOLD_SECONDS', '60'))} s"
TABLES = """
CREATE TABLE IF NOT EXISTS bookings (id bigserial PRIMARY KEY, seat text, status text, held_until timestamptz);
CREATE UNIQUE INDEX IF NOT EXISTS one_booking ON bookings (seat) WHERE status <> 'released';
CREATE INDEX IF NOT EXISTS held ON bookings (held_until) WHERE status = 'held';
CREATE TABLE IF NOT EXISTS releases (booking_id bigint PRIMARY KEY, late_seconds float);
"""

sessions = lapse.open_sessions(os.environ["DATABASE_URL"])
redis = lapse.connect(os.environ["REDIS_URL"], timeout=2)
app = Flask(__name__)

timeouts = lapse.Timeouts(prefix="seats")
booking = timeouts.add(
    lapse.Kind("booking", table="bookings", due="held_until", open="status = 'held'", close="status = 'released'")
)


@booking.within
def note(session, closed):
    rows = [{"id": each.id, "late": each.late} for each in closed]
    session.execute(text("INSERT INTO releases VALUES (:id, :late)"), rows)


@app.cli.command()
def migrate():
    with sessions.begin() as session:
        session.execute(text(TABLES + DDL))


@app.post("/seats/<seat>/hold")
def hold(seat):
    query = """INSERT INTO bookings (seat, status, held_until) VALUES (:seat, 'held', now() + CAST(:hold AS interval))
               ON CONFLICT DO NOTHING RETURNING id"""
    with sessions.begin() as session:
        id = session.scalar(text(query), {"seat": seat, "hold": HOLD}) or abort(409)
    with sessions() as session:
        booking.arm(session, redis, [id])
    return {"id": id}, 201


@app.post("/bookings/<int:id>/book")
def book(id):
    with sessions.begin() as session:
        query = "UPDATE bookings SET status = 'booked' WHERE id = :id AND status = 'held' RETURNING id"
        session.scalar(text(query), {"id": id}) or abort(409)
    booking.disarm(redis, [id])
    return {"id": id}
