"""The members that one act touches: read under a lock, folded through the domain's effects, written back as sets.

A member who was joined into another is an *alias*: facts that name one are booked to them and, with the points of both,
to the one they were joined into. What would be each one's alone is kept beside, so that they can be parted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, bindparam, func, literal, select

from shared_models.domain import effects, points, profile_edit
from shared_models.domain.effects import MemberView
from shared_models.domain.joining import joined
from shared_models.domain.member import Account, Effect, Lot, MemberRegistered, Profile, Standing
from shared_models.domain.member_links import MembersJoined, MembersParted
from shared_models.domain.profile_edit import Consent, ConsentChoice, Stamp
from shared_models.domain.programme import Programme
from shared_models.domain.spending_rules import ResourceKind
from shared_models.orm.server import counted, member, points_entry, points_lot
from shared_models.wire.state import BasisDoc, LentDoc, basis_doc, lot_docs, newest_month, pending_lots, read_standing
from sync_server.act import Act, FeedRow
from sync_server.ledger import person
from sync_server.ledger.documents import MemberFigures, seal_place, sealed_person
from sync_server.ledger.leases import lent_to
from sync_server.server import Server
from sync_server.store.engine import lock
from sync_server.store.statements import Row, add, among, put

UNREGISTERED = "unregistered"
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
            source=fact.source, made_up=fact.made_up, flags=[], view=effects.new_member(self._programme), stored=False,
        )  # fmt: skip
        if known is not None:
            found = replace(
                known, number=fact.number, store_id=fact.store_id, registered_on=fact.registered_on,
                source=fact.source, made_up=fact.made_up, flags=[],
            )  # fmt: skip
        found.changed, found.counted, found.profile = True, number, profile
        found.consents = profile_edit.both(found.consents, profile_edit.registered(fact.consents))
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
            found.counted = self.holder(found).counted = number

    def apply(self, number: int, effect: Effect) -> int:
        """Fold fact ``number``'s effect in; return how many of the points it redeemed weren't there."""
        named = self.known[effect.member_id]
        holder = self.holder(named)
        overspent = _overspent(holder.view, self._programme, effect) if effect.redeemed_points else 0
        if named is not holder:
            named.view = effects.apply(named.view, effect, self._programme)
        elif named.apart is not None:
            named.apart = effects.apply(named.apart, effect, self._programme)
        holder.view = effects.apply(holder.view, effect, self._programme)
        self._touch(number, named, holder)
        earned, given_back = effect.earned, effect.given_back
        holder.granted |= {lot.id: (lot, named.id) for lot in (*given_back, *((earned,) if earned else ()))}
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

    def edit(
        self, number: int, member_id: UUID, profile: Profile | None, changed: Iterable[str],
        choices: Sequence[ConsentChoice], at: Stamp,
    ) -> None:  # fmt: skip
        """Fact ``number`` edited a member: ``profile`` is what came of it, ``None`` if no field did. An opt-out of an
        alias is also one of whom they were joined into."""
        found = self.known[member_id]
        holder = self.holder(found)
        if profile is not None:
            found.profile = profile
            found.clocks |= dict.fromkeys(changed, at)
        for each in {found.id: found, holder.id: holder}.values():
            said = choices if each is found else [choice for choice in choices if not choice.given]
            each.consents = profile_edit.with_choices(each.consents, said, at, self._act.now_ms)
        self._touch(number, found, holder)

    def reward(self, number: int, effect: Effect, welcome: int) -> None:
        """Fold in what an act earned; ``welcome`` is what of it is the welcome gift."""
        self.apply(number, effect)
        found = self.known[effect.member_id]
        found.welcome = (found.welcome or 0) + welcome

    def join(self, number: int, fact: MembersJoined) -> bool:
        """``False``, and nothing changed, if either of the two is an alias, unknown or the other."""
        kept, gone = self.known.get(fact.kept), self.known.get(fact.gone)
        if kept is None or gone is None or kept is gone or kept.alias_of or gone.alias_of:
            return False
        group = [gone, *(self.known[each] for each in gone.aliases)]
        both = joined(kept.view, gone.view, self._programme, fact.on)
        kept.apart, gone.view, gone.apart, kept.view = kept.alone, gone.alone, None, both
        kept.read = Account((*kept.read.lots, *gone.read.lots))
        kept.aliases = tuple(sorted((*kept.aliases, *(each.id for each in group))))
        out = {name: Consent(withdrawn=each.withdrawn) for name, each in gone.consents.items() if each.withdrawn}
        kept.consents = profile_edit.both(kept.consents, out)
        gone.aliases, gone.read = (), Account()
        for each in group:
            each.alias_of = kept.id
        lot = points_lot.c
        self._act.connection.execute(
            points_lot.update()
            .where(lot.member_id == gone.id)
            .values(earned_by=func.coalesce(lot.earned_by, literal(gone.id, lot.earned_by.type)), member_id=kept.id)
        )
        self._count_as_both(kept.id, [each.id for each in group])
        self._touch(number, kept, *group)
        return True

    def part(self, number: int, fact: MembersParted) -> bool:
        """``False``, and nothing changed, if the two aren't joined. Of two aliases of one the ``second`` leaves."""
        first, second = self.known.get(fact.first), self.known.get(fact.second)
        if first is None or second is None or first is second or self.holder(first) is not self.holder(second):
            return False
        kept, leaves = self.holder(first), second if second.alias_of else first
        kept.aliases = tuple(each for each in kept.aliases if each != leaves.id)
        leaves.alias_of = None
        kept.view, others = kept.alone, [self.known[each].view for each in kept.aliases]
        kept.apart = kept.view if others else None
        for view in others:
            kept.view = joined(kept.view, view, self._programme, fact.on)
        self._share_lots(kept, leaves)
        self._touch(number, kept, leaves)
        return True

    def _share_lots(self, kept: Member, leaves: Member) -> None:
        """Every lot that was ever of both goes to who earned it, with what each one's own account has left of it."""
        left = {lot.id: lot for one in (kept, leaves) for lot in one.view.account.lots}
        rows = []
        of_both = select(points_lot).where(points_lot.c.member_id == kept.id)
        for row in self._act.connection.execute(of_both):
            is_leaving = row.earned_by == leaves.id
            now = left.get(row.id)
            rows.append(
                {
                    "lot": row.id, "owner": leaves.id if is_leaving else kept.id,
                    "earner": None if is_leaving else row.earned_by, "left": now.points if now else 0,
                    "until": now.expires_on.isoformat() if now else row.expires_on,
                }
            )  # fmt: skip
        if rows:
            self._act.connection.execute(
                points_lot.update()
                .where(points_lot.c.id == bindparam("lot"))
                .values(
                    member_id=bindparam("owner"), earned_by=bindparam("earner"), remaining=bindparam("left"),
                    expires_on=bindparam("until"),
                ),
                rows,
            )  # fmt: skip
        kept.read, leaves.read = kept.view.account, leaves.view.account

    def _count_as_both(self, kept_id: UUID, ids: list[UUID]) -> None:
        """The row of whom others were joined into counts, of every device, what any of theirs counted: a device's facts
        are taken in order, so none of a lower number is still to come for any of them."""
        most = (
            select(counted.c.incarnation, func.max(counted.c.number).label("number"))
            .where(counted.c.member_id.in_([kept_id, *ids]))
            .group_by(counted.c.incarnation)
        )
        rows = self._act.connection.execute(most).all()
        put(
            self._act.connection,
            counted,
            [{"member_id": kept_id, "incarnation": row.incarnation, "number": row.number} for row in rows],
        )

    def holder(self, one: Member) -> Member:
        """Who has the points of ``one``."""
        return self.known[one.alias_of] if one.alias_of else one

    @staticmethod
    def _touch(number: int, *members: Member) -> None:
        for one in members:
            one.changed, one.counted = True, number

    def show(self, member_ids: Iterable[UUID]) -> None:
        """Publish new rows of these members too: what is lent of their points has changed."""
        for member_id in member_ids:
            if member_id in self.known:
                found = self.known[member_id]
                found.shown = self.holder(found).shown = True

    def joined_with(self, member_id: UUID) -> list[UUID]:
        """Who has that member's points, and all who were joined into them."""
        found = self.known.get(member_id)
        if found is None:
            return [member_id]
        holder = self.holder(found)
        return [holder.id, *holder.aliases]

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
        ids = [each for one in published for each in (one.id, *one.aliases)]
        lent = lent_to(connection, ResourceKind.POINTS, ids)
        for one in published:
            of_all = [doc for each in (one.id, *one.aliases) for doc in lent.get(each, ())]
            self._act.publish(_feed_row(one, server, of_all))

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


def _number(connection: Connection, new: list[Member]) -> None:
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


def group_of(connection: Connection, ids: Iterable[UUID]) -> set[UUID]:
    """``ids`` and all that are joined with any of them."""
    wanted = set(ids)
    kept = connection.scalars(select(member.c.alias_of).where(member.c.id.in_(wanted), member.c.alias_of.is_not(None)))
    wanted |= set(kept)
    return wanted | set(connection.scalars(select(member.c.id).where(member.c.alias_of.in_(wanted))))


def standing_of(row: Any) -> Standing:
    """Of a row of ``member``."""
    basis = _BASIS.decode(row.basis) if row.basis else None
    return read_standing(row.tier, row.growth, row.referrals, basis, row.spend_month, row.spend_month_minor)


def _overspent(view: MemberView, programme: Programme, effect: Effect) -> int:
    """How many redeemed points no lot covers. What a return takes back may be owed too, but wasn't overspent."""
    account = effects.account_on(view, programme, effect.on)
    redeemed = replace(effect, earned=None, taken_back=0, given_back=())
    return points.apply(account, redeemed).debt - account.debt


def _member_row(one: Member) -> Row:
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


def _new_lots(one: Member) -> list[Row]:
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


def _take_from_lots(connection: Connection, changed: list[Member]) -> None:
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


def _feed_row(one: Member, server: Server, lent: Sequence[LentDoc]) -> FeedRow:
    key, sealed = str(one.id), None
    if one.profile is not None or not one.stored:
        plain = sealed_person(one.profile, server.identity.phone_key)
        sealed = server.sealer.seal(plain, seal_place(key))
    figures = msgspec.json.encode(_figures(one, one.view, lent))
    return FeedRow("member", key, figures, store_id=one.store_id, member_id=one.id, sealed=sealed)
