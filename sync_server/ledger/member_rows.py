"""Members as the database holds them and as tills are told of them: read under a lock, made into rows again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from shared_models.domain.effects import MemberView
from shared_models.domain.member import Account, Lot, Profile, Standing
from shared_models.domain.profile_edit import Consent, Stamp
from shared_models.orm.server import member, points_lot
from shared_models.wire.state import BasisDoc, LentDoc, basis_doc, lot_docs, newest_month, pending_lots, read_standing
from sync_server.act import FeedRow
from sync_server.ledger import person
from sync_server.ledger.documents import MemberFigures, seal_place, sealed_person
from sync_server.server import Server
from sync_server.store.engine import lock
from sync_server.store.statements import Row, among

NEW_MEMBERS_LOCK = 0x71_11_00_04

_NOTHING = Account()
_BASIS = msgspec.json.Decoder(BasisDoc)
_APART = msgspec.json.Decoder(MemberFigures)


@dataclass(slots=True)
class Member:
    """``view`` is what effects make of it, ``read`` what the database held. ``counted`` is 0 while untouched,
    ``ordinal`` until the member is stored. ``shown``: a new row is published although no fact of this act is counted:
    what is lent of the points has changed.

    Of an alias ``view`` is what is theirs alone, and they hold no lots in the database. Who has ``aliases`` has the
    points of all in ``view``, their own alone in ``apart``. ``granted``: new lots, with who earned them.
    """

    id: UUID
    number: str
    store_id: str
    registered_on: date
    source: str
    made_up: bool
    flags: list[str]
    view: MemberView
    read: Account = _NOTHING
    stored: bool = True
    changed: bool = False
    counted: int = 0
    ordinal: int = 0
    shown: bool = False
    profile: Profile | None = None
    granted: dict[UUID, tuple[Lot, UUID]] = field(default_factory=dict)
    consents: dict[str, Consent] = field(default_factory=dict)
    clocks: dict[str, Stamp] = field(default_factory=dict)
    alias_of: UUID | None = None
    aliases: tuple[UUID, ...] = ()
    apart: MemberView | None = None
    welcome: int | None = None

    @property
    def alone(self) -> MemberView:
        """What is theirs alone."""
        return self.apart or self.view


def read_members(connection: Connection, ids: set[UUID]) -> dict[UUID, Member]:
    """The members there are, locked. Who makes new ones is alone until the commit: a row that isn't there yet can't be
    locked, and of two that make it at once one would undo what the other booked. That lock comes before the rows'."""
    if not ids:
        return {}
    there = connection.execute(select(member.c.id, member.c.alias_of).where(among(connection, member.c.id, ids))).all()
    if len(ids) > len(there):
        lock(connection, NEW_MEMBERS_LOCK)
    wanted = ids | {row.alias_of for row in there if row.alias_of}
    rows = _locked(connection, wanted)
    late = {row.alias_of for row in rows if row.alias_of} - wanted
    rows += _locked(connection, late) if late else []
    lots: dict[UUID, list[Lot]] = {row.id: [] for row in rows}
    lot = points_lot.c
    held = select(lot.member_id, lot.id, lot.remaining, lot.expires_on, lot.available_on)
    held = held.where(among(connection, lot.member_id, lots), lot.remaining > 0).order_by(lot.expires_on, lot.id)
    for member_id, lot_id, remaining, until, since in connection.execute(held) if lots else ():
        available_on = date.fromisoformat(since) if since else None
        lots[member_id].append(Lot(lot_id, remaining, date.fromisoformat(until), available_on))
    aliases = _aliases(connection, [row.id for row in rows if row.apart and not row.alias_of])
    found = {}
    for row in rows:
        account = Account(tuple(lots[row.id]), row.debt)
        apart = _APART.decode(row.apart).view() if row.apart else None
        found[row.id] = Member(
            id=row.id, number=row.number, store_id=row.store_id, registered_on=date.fromisoformat(row.registered_on),
            source=row.source, made_up=row.made_up, flags=row.flags.split(),
            view=apart if apart and row.alias_of else MemberView(account, standing_of(row)), read=account,
            consents=person.read_consents(row.consents), clocks=person.read_clocks(row.clocks), alias_of=row.alias_of,
            aliases=aliases.get(row.id, ()), apart=None if row.alias_of else apart, welcome=row.welcome,
            ordinal=row.ordinal,
        )  # fmt: skip
    return found


def number_new(connection: Connection, new: list[Member]) -> None:
    """Give new members the next ordinals. Who makes new ones is alone (``_read``)."""
    if new:
        last = connection.scalar(select(func.max(member.c.ordinal))) or 0
        for ordinal, one in enumerate(new, last + 1):
            one.ordinal = ordinal


def _locked(connection: Connection, ids: set[UUID]) -> list[Any]:
    """In the order of their ids. Whoever was joined into another since they were looked up comes late: two acts that
    wait for each other then are told apart by the database, and the till tries again."""
    locked = select(member).where(among(connection, member.c.id, ids)).order_by(member.c.id).with_for_update()
    return list(connection.execute(locked))


def _aliases(connection: Connection, ids: list[UUID]) -> dict[UUID, tuple[UUID, ...]]:
    if not ids:
        return {}
    rows = connection.execute(select(member.c.id, member.c.alias_of).where(member.c.alias_of.in_(ids)))
    found: dict[UUID, list[UUID]] = {}
    for row in rows:
        found.setdefault(row.alias_of, []).append(row.id)
    return {kept: tuple(sorted(gone)) for kept, gone in found.items()}


def standing_of(row: Any) -> Standing:
    """Of a row of ``member``."""
    basis = _BASIS.decode(row.basis) if row.basis else None
    return read_standing(row.tier, row.growth, row.referrals, basis, row.spend_month, row.spend_month_minor)


def member_row(one: Member) -> Row:
    standing = one.view.standing
    spend_month, spend_month_minor = newest_month(standing)
    basis = basis_doc(standing)
    return {
        "id": one.id, "number": one.number, "store_id": one.store_id, "registered_on": one.registered_on.isoformat(),
        "source": one.source, "made_up": one.made_up, "tier": standing.tier, "growth": standing.growth,
        "spend_month": spend_month, "spend_month_minor": spend_month_minor, "referrals": standing.referrals,
        "debt": 0 if one.alias_of else one.view.account.debt, "flags": " ".join(one.flags),
        "basis": msgspec.json.encode(basis) if basis else None, "consents": person.write_consents(one.consents),
        "clocks": person.write_clocks(one.clocks), "alias_of": one.alias_of,
        "apart": msgspec.json.encode(_figures(one, one.alone)) if one.alias_of or one.apart else None,
        "welcome": one.welcome, "ordinal": one.ordinal,
    }  # fmt: skip


def new_lots(one: Member) -> list[Row]:
    left = {lot.id: lot.points for lot in one.view.account.lots}
    return [
        {
            "id": lot.id, "member_id": one.id, "granted": lot.points, "remaining": left.get(lot.id, 0),
            "expires_on": lot.expires_on.isoformat(),
            "available_on": lot.available_on.isoformat() if lot.available_on else None,
            "earned_by": earner if earner != one.id else None,
        }
        for lot, earner in one.granted.values()
    ]  # fmt: skip


def take_from_lots(connection: Connection, changed: list[Member]) -> None:
    taken = []
    for one in changed:
        left = {lot.id: lot for lot in one.view.account.lots}
        for lot in one.read.lots:
            now = left.get(lot.id) or replace(lot, points=0)
            if now != lot:
                taken.append({"lot": lot.id, "left": now.points, "until": now.expires_on.isoformat()})
    if taken:
        connection.execute(
            points_lot.update()
            .where(points_lot.c.id == bindparam("lot"))
            .values(remaining=bindparam("left"), expires_on=bindparam("until")),
            taken,
        )


def _figures(one: Member, view: MemberView, lent: Sequence[LentDoc] = ()) -> MemberFigures:
    account, standing = view.account, view.standing
    spend_month, spend_month_minor = newest_month(standing)
    return MemberFigures(
        id=one.id, number=one.number, store_id=one.store_id, tier=standing.tier, growth=standing.growth,
        spend_month=spend_month, spend_month_minor=spend_month_minor, referrals=standing.referrals,
        lots=lot_docs(account), debt=account.debt, flags=one.flags, basis=basis_doc(standing),
        pending=pending_lots(account), ordinal=one.ordinal, lent=list(lent),
        consents=person.consent_docs(one.consents), edited=person.newest_clock(one.clocks, one.consents),
        alias_of=one.alias_of, aliases=list(one.aliases),
    )  # fmt: skip


def feed_row(one: Member, server: Server, lent: Sequence[LentDoc]) -> FeedRow:
    key, sealed = str(one.id), None
    if one.profile is not None or not one.stored:
        plain = sealed_person(one.profile, server.identity.phone_key)
        sealed = server.sealer.seal(plain, seal_place(key))
    figures = msgspec.json.encode(_figures(one, one.view, lent))
    return FeedRow("member", key, figures, store_id=one.store_id, member_id=one.id, sealed=sealed)
