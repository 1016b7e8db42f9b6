"""The SQL that is made of a kind's table, deadline and open condition. All locking of the engine is in here.

Guards compare with `statement_timestamp()`, one moment for a whole batch that no later one undercuts; what is
measured or slept on is asked of `clock_timestamp()`, which goes on within a transaction. An index over the due
column, partial over what is open, serves `overdue`, `upcoming` and `page`.
"""

from dataclasses import dataclass

from sqlalchemy import TextClause, text

_OVERDUE = """
SELECT {id} FROM {table} WHERE ({open}) AND {due} <= statement_timestamp() AND {id} <> ALL(:put_aside)
ORDER BY {due} LIMIT :limit
"""
_UPCOMING = """
SELECT extract(epoch FROM {due} - clock_timestamp())::float FROM {table}
WHERE ({open}) AND {due} > statement_timestamp() ORDER BY {due} LIMIT 1
"""
_REMAINING = """
SELECT {id}, greatest(extract(epoch FROM {due} - clock_timestamp()), 0)::float
FROM {table} WHERE {id} = ANY(:ids) AND ({open})
"""
_CLOSE = """
WITH lapse_due AS MATERIALIZED (
    SELECT {id} AS id, {due} AS due FROM {table}
    WHERE {id} = ANY(:ids) AND ({open}) AND {due} <= statement_timestamp()
    ORDER BY {id} FOR NO KEY UPDATE SKIP LOCKED
), lapse_closed AS (
    UPDATE {table} SET {close} FROM lapse_due WHERE {name}.{id} = lapse_due.id
)
SELECT id, extract(epoch FROM clock_timestamp() - due)::float FROM lapse_due
"""
_TIMERS = """
SELECT {id}, ceil(extract(epoch FROM {due}) * 1000)::bigint,
       ceil(extract(epoch FROM {due} - clock_timestamp()) * 1000)::bigint
FROM {table} WHERE {id} = ANY(:ids) AND ({open}) AND {due} > clock_timestamp()
"""
_PAGE = """
SELECT {id} AS id, {due} AS due FROM {table}
WHERE ({open}) AND {due} > statement_timestamp() AND ({due}, {id}) > (:after, :after_id)
ORDER BY {due}, {id} LIMIT :page
"""


@dataclass(frozen=True)
class Statements:
    """What the engine asks of a kind's table.

    `overdue`: ids of at most `:limit` open subjects past their deadline and not `:put_aside`; `lock_overdue`: the
    same, locked, passing over what is locked. `upcoming`: seconds until the next deadline, no row if there is none;
    None for a kind whose `overdue` is written by hand and this is not. `remaining`: those of `:ids` that are open, and
    seconds until each is due. `close`: closes those of `:ids` that are open and due; ids and seconds late. `timers`:
    those of `:ids` that are open and not due; ids, deadline in milliseconds since 1970, milliseconds left. `page`: at
    most `:page` open and not due, in the order of deadline and id, after `:after` and `:after_id`.
    """

    overdue: TextClause
    lock_overdue: TextClause
    upcoming: TextClause | None
    remaining: TextClause
    close: TextClause
    timers: TextClause
    page: TextClause


def made_of(
    table: str, id: str, due: str, open: str, close: str, *, overdue: str = "", upcoming: str = "", remaining: str = ""
) -> Statements:
    """The statements over that table, where `overdue`, `upcoming` and `remaining` are not given by hand.

    Raises ValueError for a parameter that the engine has no value for.
    """
    name = table.rpartition(".")[2]
    parts = {"table": table, "name": name, "id": id, "due": due, "open": open, "close": close}
    upcoming = upcoming or ("" if overdue else _UPCOMING.format(**parts))
    overdue = overdue or _OVERDUE.format(**parts)
    return Statements(
        overdue=_text(overdue, "limit", "put_aside"),
        lock_overdue=_text(f"{overdue} FOR NO KEY UPDATE OF {name} SKIP LOCKED", "limit", "put_aside"),
        upcoming=_text(upcoming) if upcoming else None,
        remaining=_text(remaining or _REMAINING.format(**parts), "ids"),
        close=_text(_CLOSE.format(**parts), "ids"),
        timers=_text(_TIMERS.format(**parts), "ids"),
        page=_text(_PAGE.format(**parts), "after", "after_id", "page"),
    )


def _text(sql: str, *parameters: str) -> TextClause:
    made = text(sql)
    unknown = sorted(set(made.compile().params) - set(parameters))
    if unknown:
        raise ValueError(f"nobody gives a value for `:{unknown[0]}`; if it is part of a text, write `\\:{unknown[0]}`")
    return made
