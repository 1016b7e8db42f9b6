"""Orders for the engine's tests, written straight into the database."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared.order_status import OrderStatus

CREDIT = 50  # what each order holds


@dataclass(frozen=True)
class Shop:
    """A user per name, orders that hold credit and a coupon each, and what the books say of them."""

    sessions: sessionmaker[Session]

    def user(self, name: str, credit: int = 0) -> int:
        """A user with that much credit; returns their id."""
        return self.scalar(
            "INSERT INTO users (username, password_hash, credit) VALUES (:name, '-', :credit) RETURNING id",
            name=name,
            credit=credit,
        )

    def coupon(self, user_id: int) -> int:
        """A coupon in the user's hands, valid for years; returns the user coupon's id."""
        coupon_id = self.scalar(
            "INSERT INTO coupons (name, discount, coupon_type, get_type, sale, start_time, end_time) "
            "VALUES ('c', 1, 0, 0, '-30', now() - interval '1 day', now() + interval '9 years') RETURNING id"
        )
        return self.scalar(
            "INSERT INTO user_coupons (user_id, coupon_id) VALUES (:user, :coupon) RETURNING id",
            user=user_id,
            coupon=coupon_id,
        )

    def orders(
        self, user_id: int, count: int = 1, *, due_in: float = -1, status: int = 0, coupon_id: int | None = None
    ) -> list[int]:
        """Orders of the user that hold CREDIT each, due in so many seconds; returns their ids."""
        query = """
            INSERT INTO orders (order_number, user_id, status, pay_type, total_price, real_price, credit,
                                user_coupon_id, expires_at, paid_at)
            SELECT 'n' || nextval('order_number_seq'), :user, :status, 0, 10, 5, :credit, :coupon,
                   clock_timestamp() + make_interval(secs => :due_in),
                   CASE WHEN :status IN (1, 4) THEN now() END
            FROM generate_series(1, :count) RETURNING id
        """
        values = {"user": user_id, "status": status, "credit": CREDIT, "coupon": coupon_id}
        with self.sessions.begin() as session:
            rows = session.scalars(text(query), values | {"due_in": due_in, "count": count})
            return sorted(rows)

    def status(self, order_id: int) -> OrderStatus:
        """The order's state."""
        return OrderStatus(self.scalar("SELECT status FROM orders WHERE id = :id", id=order_id))

    def count(self, status: int) -> int:
        """How many orders are in that state."""
        return self.scalar("SELECT count(*) FROM orders WHERE status = :status", status=status)

    def paths(self) -> list[str]:
        """Which path closed each order that timed out, as its history has it."""
        query = "SELECT data->>'path' FROM order_events WHERE kind = 'status' AND status = 3"
        with self.sessions() as session:
            return list(session.scalars(text(query)))

    def credit(self, user_id: int) -> int:
        """The user's free credit."""
        return self.scalar("SELECT credit FROM users WHERE id = :id", id=user_id)

    def give_backs(self, order_ids: Sequence[int], kind: str = "credit") -> int:
        """How many rows of the ledger say that these orders gave that back."""
        return self.scalar(
            "SELECT count(*) FROM ledger WHERE action = 'give_back' AND kind = :kind AND order_id = ANY(:ids)",
            kind=kind,
            ids=list(order_ids),
        )

    def scalar(self, query: str, **values: object) -> int:
        """The one value of a query, committed."""
        with self.sessions.begin() as session:
            return session.scalars(text(query), values).one()

    def execute(self, statement: str, **values: object) -> None:
        """Run a statement and commit."""
        with self.sessions.begin() as session:
            session.execute(text(statement), values)
