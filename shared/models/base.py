"""The declarative base and the column types that recur."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, Identity, Index, MetaData, Numeric, func
from sqlalchemy.orm import DeclarativeBase, mapped_column

Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Money = Annotated[Decimal, mapped_column(Numeric(10, 2))]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())]


class Base(DeclarativeBase):
    """Base of all tables; names every constraint, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: DateTime(timezone=True), int: BigInteger}


def by_time(table: str) -> Index:
    """An index of `created_at` for a table that only grows: small, and next to nothing to keep."""
    return Index(
        f"ix_{table}_created_at", "created_at", postgresql_using="brin", postgresql_with={"autosummarize": "on"}
    )
