"""The members that one act touches: read under a lock, folded through the domain's effects, written back as sets.

A member who was joined into another is an *alias*: facts that name one are booked to them and, with the points of both,
to the one they were joined into. What would be each one's alone is kept beside, so that they can be parted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from shared_models.domain import effects, points, profile_edit
from shared_models.domain.member import Effect, MemberRegistered, Profile
from shared_models.domain.member_links import MembersJoined, MembersParted
from shared_models.domain.profile_edit import ConsentChoice, Stamp
from shared_models.domain.programme import Programme
from shared_models.domain.spending_rules import ResourceKind
from shared_models.orm.server import counted, member, points_entry, points_lot
from sync_server.act import Act
from sync_server.ledger import joins
from sync_server.ledger.leases import lent_to
from sync_server.ledger.member_rows import (
    Member,
    feed_row,
    member_row,
    new_lots,
    number_new,
    read_members,
    take_from_lots,
)
from sync_server.server import Server
from sync_server.store.statements import Row, add, put

UNREGISTERED = "unregistered"


class Members:
    """The members of one act of the device ``incarnation``. Locked in the order of their ids until the act commits."""

    def __init__(self, act: Act, incarnation: UUID, programme: Programme, ids: Iterable[UUID], told: int = 0) -> None:
        """``told`` is the device's last fact if those to come are from the middle of what it told."""
        self._act = act
        self._told = told
        self._incarnation = incarnation
        self._programme = programme
        self._entries: list[Row] = []
        self.known = read_members(act.connection, set(ids))

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
        joins.join(self._act.connection, kept, group, self._programme, fact.on)
        self._touch(number, kept, *group)
        return True

    def part(self, number: int, fact: MembersParted) -> tuple[UUID, Sequence[UUID]] | None:
        """Who leaves, and whom; ``None``, and nothing changed, if the two aren't joined. Of two aliases of one the
        ``second`` leaves."""
        first, second = self.known.get(fact.first), self.known.get(fact.second)
        if first is None or second is None or first is second or self.holder(first) is not self.holder(second):
            return None
        kept, leaves = self.holder(first), second if second.alias_of else first
        left = [each for each in (kept.id, *kept.aliases) if each != leaves.id]
        joins.part(self._act.connection, kept, leaves, self.known, self._programme, fact.on)
        self._touch(number, kept, leaves)
        return leaves.id, left

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
        number_new(connection, [one for one in changed if not one.ordinal])
        put(connection, member, [member_row(one) for one in changed])
        add(connection, points_lot, [row for one in changed for row in new_lots(one)])
        take_from_lots(connection, changed)
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
            self._act.publish(feed_row(one, server, of_all))

    def _enter(self, number: int, kind: str, effect: Effect, points: int, lot_id: UUID | None) -> None:
        self._entries.append(
            {
                "incarnation": self._incarnation, "number": number, "kind": kind, "member_id": effect.member_id,
                "points": points, "lot_id": lot_id, "booked_on": effect.on.isoformat(),
            }
        )  # fmt: skip


def _overspent(view: effects.MemberView, programme: Programme, effect: Effect) -> int:
    """How many redeemed points no lot covers. What a return takes back may be owed too, but wasn't overspent."""
    account = effects.account_on(view, programme, effect.on)
    redeemed = replace(effect, earned=None, taken_back=0, given_back=())
    return points.apply(account, redeemed).debt - account.debt
