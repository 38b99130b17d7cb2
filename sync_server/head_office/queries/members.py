"""Members: found by number, phone or its last digits, listed, and one of them whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, literal, or_, select, tuple_

from shared_models.domain.stored_value_facts import account_id
from shared_models.domain.stored_value_ledger import BonusLot, StoredValue, stored_value
from shared_models.domain.stored_value_summary import Summary, together
from shared_models.orm import server as tables
from sync_server.head_office.queries.place import Place

PAGE = 50
LEDGER_PAGE = 100

_MEMBER = tables.member.c
_PROFILE = tables.member_profile.c
_LOT = tables.points_lot.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; all empty is everybody. A member fits who fits any of them."""

    number: str = ""
    last4: str = ""
    phone_hash: bytes = b""

    @property
    def is_everybody(self) -> bool:
        return not (self.number or self.last4 or self.phone_hash)


@dataclass(frozen=True, slots=True)
class MemberPage:
    """``rows`` newest registration first, each with its profile's ``last4`` and ``sealed`` (``None`` if erased)."""

    rows: Sequence[Row[Any]]
    balances: dict[UUID, int]
    older: Place | None


def page(
    connection: Connection, wanted: Wanted, today: str, *, tier: str = "", store_id: str = "",
    registered: tuple[str, str] | None = None, after: Place | None = None,
) -> MemberPage:  # fmt: skip
    """Up to ``PAGE`` members; ``registered`` is the first and last day of registration."""
    statement = _listed()
    if not wanted.is_everybody:
        statement = statement.where(_fits(wanted))
    if tier:
        statement = statement.where(_MEMBER.tier == tier)
    if store_id:
        statement = statement.where(_MEMBER.store_id == store_id)
    if registered:
        statement = statement.where(_MEMBER.registered_on.between(*registered))
    if after is not None:
        edge = tuple_(literal(after.day), literal(after.id, _MEMBER.id.type))
        statement = statement.where(tuple_(_MEMBER.registered_on, _MEMBER.id) < edge)
    rows = connection.execute(statement.order_by(_MEMBER.registered_on.desc(), _MEMBER.id.desc()).limit(PAGE + 1)).all()
    more, rows = len(rows) > PAGE, rows[:PAGE]
    older = Place(rows[-1].registered_on, rows[-1].id) if more else None
    return MemberPage(rows, balances(connection, [row.id for row in rows], today), older)


def by_tier(connection: Connection, store_id: str = "") -> dict[str, int]:
    """How many members each tier has."""
    statement = select(_MEMBER.tier, func.count()).group_by(_MEMBER.tier)
    if store_id:
        statement = statement.where(_MEMBER.store_id == store_id)
    return {row[0]: row[1] for row in connection.execute(statement)}


def balances(connection: Connection, ids: Sequence[UUID], today: str) -> dict[UUID, int]:
    """Points each can spend on business date ``today``, less what is owed."""
    if not ids:
        return {}
    lots = connection.execute(
        select(_LOT.member_id, func.sum(_LOT.remaining))
        .where(_LOT.member_id.in_(ids), _LOT.expires_on >= today)
        .group_by(_LOT.member_id)
    )
    found = {row[0]: int(row[1]) for row in lots}
    debts = connection.execute(select(_MEMBER.id, _MEMBER.debt).where(_MEMBER.id.in_(ids)))
    return {row.id: found.get(row.id, 0) - row.debt for row in debts}


@dataclass(frozen=True, slots=True)
class WholeMember:
    """``lots`` with points left, soonest expiry first; ``entries`` newest first, with their sale if there is one."""

    row: Row[Any]
    lots: Sequence[Row[Any]]
    entries: Sequence[Row[Any]]
    entries_total: int
    points_total: int


def one(connection: Connection, member_id: UUID) -> WholeMember | None:
    row = connection.execute(_listed().where(_MEMBER.id == member_id)).one_or_none()
    if row is None:
        return None
    lots = connection.execute(
        select(*tables.points_lot.columns)
        .where(_LOT.member_id == member_id, _LOT.remaining != 0)
        .order_by(_LOT.expires_on, _LOT.id)
    ).all()
    entry, group = tables.points_entry.c, select(_MEMBER.id).where(_is_of(member_id))
    counts = connection.execute(select(func.count(), func.sum(entry.points)).where(entry.member_id.in_(group))).one()
    return WholeMember(row, lots, _entries(connection, member_id), counts[0], int(counts[1] or 0))


def numbers(connection: Connection, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Ids and numbers of these members."""
    rows: Select[Any] = select(_MEMBER.id, _MEMBER.number).where(_MEMBER.id.in_(ids)).order_by(_MEMBER.number)
    return connection.execute(rows).all() if ids else []


def _is_of(member_id: UUID) -> ColumnElement[bool]:
    """That member, and who was joined into them."""
    return or_(_MEMBER.id == member_id, _MEMBER.alias_of == member_id)


def _entries(connection: Connection, member_id: UUID) -> Sequence[Row[Any]]:
    entry, sale = tables.points_entry.c, tables.sale.c
    statement: Select[Any] = (
        select(
            *tables.points_entry.columns, sale.sale_id, sale.receipt_number, sale.lane, sale.store_id,
            sale.confirmed_ms, _LOT.expires_on,
        )
        .select_from(
            tables.points_entry.outerjoin(
                tables.sale, and_(sale.incarnation == entry.incarnation, sale.number == entry.number)
            ).outerjoin(tables.points_lot, _LOT.id == entry.lot_id)
        )
        .where(entry.member_id.in_(select(_MEMBER.id).where(_is_of(member_id))))
        .order_by(entry.booked_on.desc(), sale.confirmed_ms.desc(), entry.number.desc(), entry.kind)
        .limit(LEDGER_PAGE)
    )  # fmt: skip
    return connection.execute(statement).all()


@dataclass(frozen=True, slots=True)
class Valuables:
    """A member's stored value and coupons. ``held`` is ``None`` for one who never had any; ``entries`` newest first;
    ``coupons`` those that end last first, each with how often its use was ``disputed``."""

    held: StoredValue | None
    entries: Sequence[Row[Any]]
    coupons: Sequence[Row[Any]]


def valuables(connection: Connection, member_id: UUID) -> Valuables:
    """Of who has others joined into them, that of all; of one of these what they would have alone."""
    group = list(connection.scalars(select(_MEMBER.id).where(_is_of(member_id))))
    accounts = [account_id(each) for each in group]
    entry, coupon, use = tables.stored_value_entry.c, tables.coupon.c, tables.coupon_use.c
    rows = connection.execute(select(tables.stored_value).where(tables.stored_value.c.id.in_(accounts))).all()
    lot = tables.stored_value_lot.c
    lots: dict[UUID, list[BonusLot]] = {row.id: [] for row in rows}
    for each in connection.execute(select(tables.stored_value_lot).where(lot.account_id.in_(accounts))):
        lots[each.account_id].append(BonusLot(each.id, each.minor, date.fromisoformat(each.expires_on)))
    kept = [Summary(row.principal_minor, tuple(lots[row.id]), row.frozen) for row in rows]
    held = stored_value(together(kept, None).entries()) if kept else None
    entries = connection.execute(
        select(*tables.stored_value_entry.columns)
        .where(entry.account_id.in_(accounts))
        .order_by(entry.booked_on.desc(), entry.number.desc())
        .limit(LEDGER_PAGE)
    ).all()
    disputed = select(func.count()).where(use.coupon_id == coupon.id, use.disputed != "").scalar_subquery()
    owned: Select[Any] = (
        select(*tables.coupon.columns, disputed.label("disputed"))
        .where(coupon.member_id.in_(group))
        .order_by(coupon.valid_to.desc(), coupon.id)
        .limit(LEDGER_PAGE)
    )
    coupons = connection.execute(owned).all()
    return Valuables(held, entries, coupons)


def _listed() -> Select[Any]:
    return select(*tables.member.columns, _PROFILE.last4, _PROFILE.sealed).select_from(
        tables.member.outerjoin(tables.member_profile, _PROFILE.member_id == _MEMBER.id)
    )


def _fits(wanted: Wanted) -> Any:
    """By the profile's indexes first, so that no list of all members is read."""
    conditions = []
    if wanted.number:
        conditions.append(_MEMBER.number == wanted.number)
    if wanted.last4:
        conditions.append(_MEMBER.id.in_(select(_PROFILE.member_id).where(_PROFILE.last4 == wanted.last4)))
    if wanted.phone_hash:
        conditions.append(_MEMBER.id.in_(select(_PROFILE.member_id).where(_PROFILE.phone_hash == wanted.phone_hash)))
    return or_(*conditions)
