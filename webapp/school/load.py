"""Writing a school into the database; what is there already is left as it is."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Table, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.accounts import audit
from shared.accounts.audit import Action, Fact
from shared.coupons import outbox
from shared.models import (
    Base,
    Category,
    Coupon,
    Course,
    Direction,
    Lesson,
    User,
    UserCoupon,
)
from shared.models.coupons import coupon_categories, coupon_courses, coupon_directions
from shared.models.names import folded_or_none
from webapp.passwords import hash_password
from webapp.school.file import BadFile, School

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('lapse load'))")
_TAKE_TIME = text("SET LOCAL idle_in_transaction_session_timeout = 0")  # hashing many passwords takes long
_ADVANCE = """
SELECT setval(pg_get_serial_sequence('{table}', 'id'), greatest(
    (SELECT max(id) FROM {table}), nextval(pg_get_serial_sequence('{table}', 'id')) - 1, 1))
"""

_COURSE_COLUMNS = ("id", "name", "name_en", "cover", "brief", "price", "credit")
_SCOPES = {"directions": coupon_directions, "categories": coupon_categories, "courses": coupon_courses}


def load(session: Session, school: School) -> list[int]:
    """Add what is new in `school` and return the ids of the new user coupons, which are on the outbox.

    The caller commits. Raises BadFile when something refers to what is neither in the file nor in the database.
    """
    session.execute(_TAKE_TIME)
    session.execute(_ONE_AT_A_TIME)
    problems = list(_dangling(session, school))
    if problems:
        raise BadFile(problems)
    added = {
        "directions": _add(session, Direction, school["directions"]),
        "categories": _add(session, Category, [_category(entry) for entry in school["categories"]]),
        "courses": _add(session, Course, [_course(entry) for entry in school["courses"]]),
        "users": _add_users(session, school["users"]),
        "coupons": _add_coupons(session, school["coupons"]),
    }
    _add(session, Lesson, [row for entry in school["courses"] for row in _lessons(entry)])
    _advance_ids(session, school)
    handed_out = _hand_out(session, school["user_coupons"])
    _tell(
        session,
        added | {"user_coupons": handed_out},
        [user["username"] for user in school["users"] if user["is_staff"]],
    )
    return handed_out


def _tell(session: Session, added: dict[str, Collection[int]], staff: Collection[str]) -> None:
    """Put down how much is new, and each new member of the staff."""
    if any(added.values()):
        counts = {part: len(ids) for part, ids in added.items()}
        audit.record(session, Action.SCHOOL_LOADED, Fact(after=counts))
    named = session.execute(select(User.id, User.username).where(User.username.in_(staff)).order_by(User.id))
    made = [Fact("user", id, after={"username": username}) for id, username in named if id in added["users"]]
    audit.record(session, Action.STAFF_MADE, *made)


def _dangling(session: Session, school: School) -> Iterator[str]:
    """What refers to nothing."""
    directions = _known(session, Direction.id, school["directions"])
    categories = _known(session, Category.id, school["categories"])
    courses = _known(session, Course.id, school["courses"])
    coupons = _known(session, Coupon.id, school["coupons"])
    usernames = _known(session, User.username, school["users"])
    yield from _unknown(school, "categories", "direction", directions)
    yield from _unknown(school, "courses", "direction", directions)
    yield from _unknown(school, "courses", "category", categories)
    yield from _unknown(school, "user_coupons", "user", usernames)
    yield from _unknown(school, "user_coupons", "coupon", coupons)
    for scope, known in (("directions", directions), ("categories", categories), ("courses", courses)):
        for index, coupon in enumerate(school["coupons"]):
            for place, id in enumerate(coupon[scope]):
                if id not in known:
                    yield f"coupons[{index}].{scope}[{place}]: there is no {id}."


def _known(session: Session, column: Any, entries: Sequence[dict[str, Any]]) -> set[Any]:
    return {entry[column.key] for entry in entries} | set(session.scalars(select(column)))


def _unknown(school: School, part: str, reference: str, known: Collection[Any]) -> Iterator[str]:
    for index, entry in enumerate(school[part]):
        if entry[reference] not in known:
            yield f"{part}[{index}].{reference}: there is no {entry[reference]!r}."


def _add(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> set[int]:
    """Insert those rows that are new; returns their ids."""
    if not rows:
        return set()
    added = insert(model).on_conflict_do_nothing().returning(model.__table__.c.id)
    return set(session.scalars(added, rows))


def _add_users(session: Session, entries: Sequence[dict[str, Any]]) -> set[int]:
    there = set(session.scalars(select(User.username)))
    new = [entry for entry in entries if entry["username"] not in there]
    alike = _folded_names(session, [entry["username"] for entry in new])
    with ThreadPoolExecutor() as threads:  # the hashing leaves the interpreter's lock
        hashes = threads.map(hash_password, [entry["password"] for entry in new])
        rows = [
            {name: entry[name] for name in ("username", "credit", "is_staff")}
            | {"password_hash": hashed, "folded_name": folded}
            for entry, hashed, folded in zip(new, hashes, alike, strict=True)
        ]
    return _add(session, User, rows)


def _folded_names(session: Session, usernames: Sequence[str]) -> list[str | None]:
    """The folded names, of those that look alike the first alone; a file may name its users as it likes."""
    taken = set(session.scalars(select(User.folded_name)))
    folded = []
    for username in usernames:
        name = folded_or_none(username)
        folded.append(None if name in taken else name)
        taken.add(name)
    return folded


def _add_coupons(session: Session, entries: Sequence[dict[str, Any]]) -> set[int]:
    rows = [{name: value for name, value in entry.items() if name not in _SCOPES} for entry in entries]
    added = _add(session, Coupon, rows)
    for scope, table in _SCOPES.items():
        _add_scope(session, table, scope, [entry for entry in entries if entry["id"] in added])
    return added


def _add_scope(session: Session, table: Table, scope: str, entries: Sequence[dict[str, Any]]) -> None:
    rows = [{"coupon_id": entry["id"], "target_id": target} for entry in entries for target in entry[scope]]
    if rows:
        session.execute(insert(table), rows)


def _advance_ids(session: Session, school: School) -> None:
    """Let what is made later get ids beyond the loaded ones."""
    for table in ("directions", "categories", "courses", "coupons"):
        if school[table]:
            session.execute(text(_ADVANCE.format(table=table)))


def _hand_out(session: Session, entries: Sequence[dict[str, Any]]) -> list[int]:
    """Give users the coupons they do not have yet, counting each pair; returns the new ids."""
    ids = dict(session.execute(select(User.username, User.id)).all())
    wanted = Counter((ids[entry["user"]], entry["coupon"]) for entry in entries)
    pair = (UserCoupon.user_id, UserCoupon.coupon_id)
    for user_id, coupon_id, count in session.execute(select(*pair, func.count()).group_by(*pair)):
        wanted[user_id, coupon_id] -= count
    rows = [{"user_id": user_id, "coupon_id": coupon_id} for user_id, coupon_id in (+wanted).elements()]
    if not rows:
        return []
    new = session.scalars(insert(UserCoupon).returning(UserCoupon.id), rows).all()
    outbox.put(session, UserCoupon.id.in_(new))
    return list(new)


def _category(entry: dict[str, Any]) -> dict[str, Any]:
    return {"id": entry["id"], "name": entry["name"], "name_en": entry["name_en"], "direction_id": entry["direction"]}


def _course(entry: dict[str, Any]) -> dict[str, Any]:
    discount = entry["discount"] or {"type": None, "type_en": "", "price": None}
    teacher = entry["teacher"] or {"name": "", "brief": ""}
    return {name: entry[name] for name in _COURSE_COLUMNS} | {
        "direction_id": entry["direction"],
        "category_id": entry["category"],
        "discount_type": discount["type"],
        "discount_type_en": discount["type_en"],
        "discount_price": discount["price"],
        "teacher_name": teacher["name"],
        "teacher_brief": teacher["brief"],
    }


def _lessons(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"course_id": entry["id"], "position": place, **lesson} for place, lesson in enumerate(entry["lessons"], 1)]
