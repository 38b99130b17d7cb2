"""The members that one act touches: read under a lock, folded through the domain's effects, written back as sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from shared_models.domain import effects, points
from shared_models.domain.effects import MemberView
from shared_models.domain.member import Account, Effect, Lot, MemberRegistered, Profile, Standing
from shared_models.domain.programme import Programme
from shared_models.orm.server import counted, member, points_entry, points_lot
from shared_models.wire.state import BasisDoc, LentDoc, basis_doc, lot_docs, newest_month, pending_lots, read_standing
from sync_server.act import Act, FeedRow
from sync_server.ledger.documents import MemberFigures, seal_place, sealed_person
from sync_server.ledger.leases import lent_to
from sync_server.server import Server
from sync_server.store.engine import lock
from sync_server.store.statements import Row, add, put

UNREGISTERED = "unregistered"
NEW_MEMBERS_LOCK = 0x71_11_00_04

_NOTHING = Account()
_BASIS = msgspec.json.Decoder(BasisDoc)


@dataclass(slots=True)
class Member:
    """``view`` is what effects make of it, ``read`` what the database held. ``counted`` is 0 while untouched,
    ``ordinal`` until the member is stored. ``shown``: a new row is published although no fact of this act is counted:
    what is lent of the points has changed."""

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
    granted: dict[UUID, Lot] = field(default_factory=dict)


class Members:
    """The members of one act of the device ``incarnation``. Locked in the order of their ids until the act commits."""

    def __init__(self, act: Act, incarnation: UUID, programme: Programme, ids: Iterable[UUID], told: int = 0) -> None:
        """``told`` is the device's last fact if those to come are from the middle of what it told."""
        self._act = act
        self._told = told
        self._incarnation = incarnation
        self._programme = programme
        self._entries: list[Row] = []
        self.known = _read(act.connection, set(ids))

    def register(self, number: int, fact: MemberRegistered, profile: Profile | None) -> bool:
        """Take in a new member by fact ``number``. ``False`` if that id is registered already: then only counted."""
        known = self.known.get(fact.member_id)
        if known is not None and UNREGISTERED not in known.flags:
            known.counted = number
            return False
        found = Member(
            id=fact.member_id, number=fact.number, store_id=fact.store_id, registered_on=fact.registered_on,
            source=fact.source, made_up=fact.made_up, flags=[], changed=True, counted=number, profile=profile,
            view=known.view if known else effects.new_member(self._programme),
            read=known.read if known else Account(), stored=known.stored if known else False,
            granted=known.granted if known else {}, ordinal=known.ordinal if known else 0,
        )  # fmt: skip
        self.known[fact.member_id] = found
        return True

    def placeholder(self, member_id: UUID, store_id: str, on: date) -> Member:
        """Somebody whose registration we don't hold (yet): their points are kept all the same."""
        view = effects.new_member(self._programme)
        self.known[member_id] = Member(
            id=member_id, number=str(member_id), store_id=store_id, registered_on=on, source="", made_up=False,
            flags=[UNREGISTERED], view=view, stored=False,
        )  # fmt: skip
        return self.known[member_id]

    def count(self, number: int, member_id: UUID) -> None:
        """Fact ``number`` did nothing to the member that isn't in the row already."""
        found = self.known.get(member_id)
        if found is not None:
            found.counted = number

    def apply(self, number: int, effect: Effect) -> int:
        """Fold fact ``number``'s effect in; return how many of the points it redeemed weren't there."""
        found = self.known[effect.member_id]
        overspent = _overspent(effects.account_on(found.view, self._programme, effect.on), effect)
        found.view = effects.apply(found.view, effect, self._programme)
        found.changed = True
        found.counted = number
        earned, given_back = effect.earned, effect.given_back
        found.granted |= {lot.id: lot for lot in (*given_back, *((earned,) if earned else ()))}
        if earned is not None:
            self._enter(number, "earned", effect, earned.points, earned.id)
        if effect.redeemed_points:
            self._enter(number, "redeemed", effect, -effect.redeemed_points, None)
        if effect.taken_back:
            self._enter(number, "taken_back", effect, -effect.taken_back, None)
        if given_back:
            only = given_back[0].id if len(given_back) == 1 else None
            self._enter(number, "given_back", effect, sum(lot.points for lot in given_back), only)
        return overspent

    def show(self, member_ids: Iterable[UUID]) -> None:
        """Publish new rows of these members too: what is lent of their points has changed."""
        for member_id in member_ids:
            if member_id in self.known:
                self.known[member_id].shown = True

    def write(self, server: Server) -> None:
        """Store what changed and publish a new row of every member that counts a fact of this act or is to be shown."""
        connection = self._act.connection
        touched = sorted((one for one in self.known.values() if one.counted), key=lambda one: one.id)
        changed = [one for one in touched if one.changed]
        _number(connection, [one for one in changed if not one.ordinal])
        put(connection, member, [_member_row(one) for one in changed])
        add(connection, points_lot, [row for one in changed for row in _new_lots(one)])
        _take_from_lots(connection, changed)
        add(connection, points_entry, self._entries)
        put(
            connection,
            counted,
            [
                {"member_id": one.id, "incarnation": self._incarnation, "number": max(one.counted, self._told)}
                for one in touched
            ],
        )
        published = sorted((one for one in self.known.values() if one.counted or one.shown), key=lambda one: one.id)
        lent = lent_to(connection, [one.id for one in published])
        for one in published:
            self._act.publish(_feed_row(one, server, lent.get(one.id, [])))

    def _enter(self, number: int, kind: str, effect: Effect, points: int, lot_id: UUID | None) -> None:
        self._entries.append(
            {
                "incarnation": self._incarnation, "number": number, "kind": kind, "member_id": effect.member_id,
                "points": points, "lot_id": lot_id, "booked_on": effect.on.isoformat(),
            }
        )  # fmt: skip


def _read(connection: Connection, ids: set[UUID]) -> dict[UUID, Member]:
    """The members there are, locked. Who makes new ones is alone until the commit: a row that isn't there yet can't be
    locked, and of two that make it at once one would undo what the other booked. That lock comes before the rows'."""
    if not ids:
        return {}
    if len(ids) > (connection.scalar(select(func.count()).select_from(member).where(member.c.id.in_(ids))) or 0):
        lock(connection, NEW_MEMBERS_LOCK)
    rows = connection.execute(select(member).where(member.c.id.in_(ids)).order_by(member.c.id).with_for_update()).all()
    lots: dict[UUID, list[Lot]] = {row.id: [] for row in rows}
    held = select(points_lot).where(points_lot.c.member_id.in_(list(lots)), points_lot.c.remaining > 0)
    for lot in connection.execute(held.order_by(points_lot.c.expires_on, points_lot.c.id)) if lots else ():
        available_on = date.fromisoformat(lot.available_on) if lot.available_on else None
        lots[lot.member_id].append(Lot(lot.id, lot.remaining, date.fromisoformat(lot.expires_on), available_on))
    found = {}
    for row in rows:
        account = Account(tuple(lots[row.id]), row.debt)
        found[row.id] = Member(
            id=row.id, number=row.number, store_id=row.store_id, registered_on=date.fromisoformat(row.registered_on),
            source=row.source, made_up=row.made_up, flags=row.flags.split(), view=MemberView(account, standing_of(row)),
            read=account, ordinal=row.ordinal,
        )  # fmt: skip
    return found


def _number(connection: Connection, new: list[Member]) -> None:
    """Give new members the next ordinals. Who makes new ones is alone (``_read``)."""
    if new:
        last = connection.scalar(select(func.max(member.c.ordinal))) or 0
        for ordinal, one in enumerate(new, last + 1):
            one.ordinal = ordinal


def standing_of(row: Any) -> Standing:
    """Of a row of ``member``."""
    basis = _BASIS.decode(row.basis) if row.basis else None
    return read_standing(row.tier, row.growth, row.referrals, basis, row.spend_month, row.spend_month_minor)


def _overspent(account: Account, effect: Effect) -> int:
    """How many redeemed points no lot covers. What a return takes back may be owed too, but wasn't overspent."""
    redeemed = replace(effect, earned=None, taken_back=0, given_back=())
    return points.apply(account, redeemed).debt - account.debt if effect.redeemed_points else 0


def _member_row(one: Member) -> Row:
    standing = one.view.standing
    spend_month, spend_month_minor = newest_month(standing)
    basis = basis_doc(standing)
    return {
        "id": one.id, "number": one.number, "store_id": one.store_id, "registered_on": one.registered_on.isoformat(),
        "source": one.source, "made_up": one.made_up, "tier": standing.tier, "growth": standing.growth,
        "spend_month": spend_month, "spend_month_minor": spend_month_minor, "referrals": standing.referrals,
        "debt": one.view.account.debt, "flags": " ".join(one.flags),
        "basis": msgspec.json.encode(basis) if basis else None, "ordinal": one.ordinal,
    }  # fmt: skip


def _new_lots(one: Member) -> list[Row]:
    left = {lot.id: lot.points for lot in one.view.account.lots}
    return [
        {
            "id": lot.id, "member_id": one.id, "granted": lot.points, "remaining": left.get(lot.id, 0),
            "expires_on": lot.expires_on.isoformat(),
            "available_on": lot.available_on.isoformat() if lot.available_on else None,
        }
        for lot in one.granted.values()
    ]  # fmt: skip


def _take_from_lots(connection: Connection, changed: list[Member]) -> None:
    taken = []
    for one in changed:
        left = {lot.id: lot for lot in one.view.account.lots}
        for lot in one.read.lots:
            now = left.get(lot.id, replace(lot, points=0))
            if now != lot:
                taken.append({"lot": lot.id, "left": now.points, "until": now.expires_on.isoformat()})
    if taken:
        connection.execute(
            points_lot.update()
            .where(points_lot.c.id == bindparam("lot"))
            .values(remaining=bindparam("left"), expires_on=bindparam("until")),
            taken,
        )


def _feed_row(one: Member, server: Server, lent: list[LentDoc]) -> FeedRow:
    account, standing, key = one.view.account, one.view.standing, str(one.id)
    spend_month, spend_month_minor = newest_month(standing)
    figures = MemberFigures(
        id=one.id, number=one.number, store_id=one.store_id, tier=standing.tier, growth=standing.growth,
        spend_month=spend_month, spend_month_minor=spend_month_minor, referrals=standing.referrals,
        lots=lot_docs(account), debt=account.debt, flags=one.flags, basis=basis_doc(standing),
        pending=pending_lots(account), ordinal=one.ordinal, lent=lent,
    )  # fmt: skip
    sealed = None
    if one.profile is not None or not one.stored:
        plain = sealed_person(one.profile, server.identity.phone_key)
        sealed = server.sealer.seal(plain, seal_place(key))
    return FeedRow("member", key, msgspec.json.encode(figures), store_id=one.store_id, member_id=one.id, sealed=sealed)
