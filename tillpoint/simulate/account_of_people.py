"""The accountant on members: points and growth, who was joined with whom, the gift, and who they are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared_models.domain.facts import Fact
from shared_models.domain.member import MemberRegistered, Profile
from shared_models.domain.member_links import (
    REGISTER,
    MemberRewarded,
    MembersJoined,
    MembersLinked,
    MembersParted,
)
from shared_models.domain.phone import last4, mask
from shared_models.domain.profile_edit import MemberEdited
from shared_models.domain.retold import FactRetold
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.reward_facts import RewardRedeemed
from shared_models.domain.sale import SaleConfirmed
from shared_models.wire.facts import Payload, decode, decode_change, decode_profile
from tillpoint.simulate.account_of_returns import Receipt
from tillpoint.simulate.books import Account, PersonOnScreen, ServerBooks, TillBooks

DRIFT_MS = 10 * 60 * 1000
CLOCK_BITS = 16
_FIELDS = ("name", "phone", "birthday", "gender")
_SOURCE_TILL = "till"


def check_people(
    payloads: list[Payload],
    receipts: Mapping[str, Receipt],
    tills: list[TillBooks],
    server: ServerBooks,
    found: Account,
) -> None:
    """Points and growth are conserved, also where members were joined and parted; the gift is given once; the latest
    edit of each field holds; and every till shows what the server does."""
    own = list(_own_facts(server))
    alias_of = _aliases(own)
    _members(payloads, receipts, own, alias_of, server, found)
    _lots(payloads, own, server, found)
    _gifts(payloads, own, alias_of, found)
    for member_id, person in server.people.items():
        if person.alias_of != alias_of.get(member_id):
            found.violations.append(
                f"member {member_id} was joined into {alias_of.get(member_id)}, the server says {person.alias_of}"
            )
    _profiles(server, found)
    _on_screens(tills, alias_of, server, found)


def _own_facts(server: ServerBooks) -> Iterator[Payload]:
    """What the server said itself, in the order it did: it begins a new journal when it was restored."""
    journals = [server.facts.get(each, []) for each in server.own]
    for facts in sorted((each for each in journals if each), key=lambda facts: facts[0].hlc):
        yield from map(decode, facts)


def _aliases(own: Iterable[Payload]) -> dict[UUID, UUID]:
    """Who was joined into whom in the end."""
    alias_of: dict[UUID, UUID] = {}
    for payload in own:
        match payload:
            case MembersJoined(kept=kept, gone=gone) if kept != gone and not {kept, gone} & alias_of.keys():
                alias_of |= {each: kept for each, holder in alias_of.items() if holder == gone} | {gone: kept}
            case MembersParted(first=first, second=second) if _holder(alias_of, first) == _holder(alias_of, second):
                alias_of.pop(second if second in alias_of else first, None)
    return alias_of


def _holder(alias_of: Mapping[UUID, UUID], member_id: UUID) -> UUID:
    return alias_of.get(member_id, member_id)


def _members(
    payloads: list[Payload],
    receipts: Mapping[str, Receipt],
    own: list[Payload],
    alias_of: Mapping[UUID, UUID],
    server: ServerBooks,
    found: Account,
) -> None:
    points: defaultdict[UUID, int] = defaultdict(int)
    growth: defaultdict[UUID, int] = defaultdict(int)
    registered: Counter[UUID] = Counter()
    for payload in payloads:
        match payload:
            case MemberRegistered():
                registered[payload.member_id] += 1
            case SaleConfirmed(member=member) if member is not None:
                earned = member.earned.points if member.earned else 0
                person = _holder(alias_of, member.id)
                points[person] += earned - member.redeemed_points
                growth[person] += member.growth
                found.points_earned += earned
                found.points_redeemed += member.redeemed_points
    for redeemed in {each.redemption_id: each for each in payloads if isinstance(each, RewardRedeemed)}.values():
        points[_holder(alias_of, redeemed.member_id)] -= redeemed.points
        found.points_redeemed += redeemed.points
    for receipt in receipts.values():
        if receipt.sale.member is not None:
            person = _holder(alias_of, receipt.sale.member.id)
            points[person] += receipt.points
            growth[person] += receipt.growth
    for reward in own:
        if isinstance(reward, MemberRewarded):
            person = _holder(alias_of, reward.member_id)
            points[person] += (reward.lot.points if reward.lot else 0) - reward.taken_back
            growth[person] += reward.growth
    for member_id, times in registered.items():
        if times != 1 or member_id not in server.shown:
            found.violations.append(
                f"member {member_id}: registered {times} times, on the server: {member_id in server.shown}"
            )
    for member_id, shown in server.shown.items():
        if member_id in alias_of:
            continue
        if (shown.points, shown.growth) != (points[member_id], growth[member_id]):
            found.violations.append(
                f"member {member_id}: facts say {points[member_id]} points and growth {growth[member_id]}, "
                f"the server {shown.points} and {shown.growth}"
            )


def _lots(payloads: list[Payload], own: list[Payload], server: ServerBooks, found: Account) -> None:
    """Points are good as long as whoever gave them said."""
    told: dict[UUID, date] = {}
    for payload in (*payloads, *own):
        match payload:
            case SaleConfirmed(member=member) if member is not None and member.earned:
                told[member.earned.lot_id] = member.earned.expires_on
            case SaleReturned(member=back) if back is not None:
                told |= {lot.id: lot.expires_on for lot in back.given_back}
            case MemberRewarded(lot=lot) if lot is not None:
                told[lot.id] = lot.expires_on
    for lot_id, last in server.lots.items():
        if told.get(lot_id, last) != last:
            found.violations.append(f"points {lot_id} are good through {told[lot_id]}, on the server through {last}")


def _gifts(payloads: list[Payload], own: list[Payload], alias_of: Mapping[UUID, UUID], found: Account) -> None:
    """Who registered at a till gets the gift, and no person two. Of those who may be one person one gets it, and none
    if one of them was a member without it. Two who came to share a phone by an edit may both have had it before."""
    gifts: Counter[UUID] = Counter()
    for reward in own:
        if isinstance(reward, MemberRewarded) and reward.act == REGISTER:
            gifts[reward.member_id] += 1 if reward.lot else -1
    maybe_one = _Groups()
    for payload in own:
        if isinstance(payload, MembersLinked):
            maybe_one.unite(payload.first, payload.second)
    decided = {frozenset((each.first, each.second)) for each in own if isinstance(each, MembersParted)}
    for gone, kept in alias_of.items():
        maybe_one.unite(gone, kept)
    people: dict[UUID, list[UUID]] = {}
    for member_id in gifts:
        people.setdefault(_holder(alias_of, member_id), []).append(member_id)
    for person, members in people.items():
        count = sum(gifts[each] for each in members)
        if not 0 <= count <= 1 or any(not 0 <= gifts[each] <= 1 for each in members):
            found.violations.append(f"person {person} has {count} gifts for registering")
    registered = {each.member_id: each for each in payloads if isinstance(each, MemberRegistered)}
    for group in maybe_one.of(registered):
        new = all(registered[each].source == _SOURCE_TILL for each in group if each in registered)
        apart = any(pair <= group for pair in decided)
        if new and not apart and not any(gifts[each] > 0 for each in group):
            found.violations.append(f"nobody of {len(group)} who registered as {sorted(group)[0]} has the gift")
    edited = {each.member_id for each in (*payloads, *own) if isinstance(each, MemberEdited) and each.profile}
    for pair in {frozenset((each.first, each.second)) for each in own if isinstance(each, MembersLinked)} - decided:
        if not pair & edited and sum(gifts[each] for each in pair) > 1:
            both = " and ".join(map(str, sorted(pair)))
            found.violations.append(f"{both} registered with one phone and have a gift each")


class _Groups:
    """Who belongs together, by pairs."""

    def __init__(self) -> None:
        self._head: dict[UUID, UUID] = {}

    def unite(self, one: UUID, other: UUID) -> None:
        self._head[self._find(one)] = self._find(other)

    def of(self, ids: Iterable[UUID]) -> list[frozenset[UUID]]:
        """The groups that ``ids`` are in."""
        groups: defaultdict[UUID, set[UUID]] = defaultdict(set)
        for each in {*ids, *self._head}:
            groups[self._find(each)].add(each)
        return [frozenset(group) for group in groups.values() if group & set(ids)]

    def _find(self, one: UUID) -> UUID:
        while one in self._head and self._head[one] != one:
            one = self._head[one]
        return one


@dataclass(frozen=True, slots=True)
class _Edit:
    """A change of one field. Of two the one with the higher stamp holds: its clock as far as it was believed when it
    came, then device and number."""

    stamp: tuple[int, UUID, int]
    value: str


def _profiles(server: ServerBooks, found: Account) -> None:
    registered, edits = _told_of_people(server)
    for member_id, person in server.people.items():
        profile = registered.get(member_id)
        if profile is None or person.profile is None:
            continue
        for field in _FIELDS:
            late = max(edits.get((member_id, field), ()), key=lambda edit: edit.stamp, default=None)
            ought = late.value if late else getattr(profile, field)
            if getattr(person.profile, field) != ought:
                found.violations.append(
                    f"member {member_id}: by the latest edit {field} is {ought!r}, "
                    f"the server says {getattr(person.profile, field)!r}"
                )


def _told_of_people(server: ServerBooks) -> tuple[dict[UUID, Profile], dict[tuple[UUID, str], list[_Edit]]]:
    registered: dict[UUID, Profile] = {}
    edits: defaultdict[tuple[UUID, str], list[_Edit]] = defaultdict(list)
    for fact, first, payload in _about_people(server):
        booked = server.booked[fact.incarnation, fact.number]
        if booked.side is None:
            continue
        if isinstance(payload, MemberRegistered):
            registered[payload.member_id] = decode_profile(booked.side)
            continue
        believed = ((booked.received_ms + DRIFT_MS) << CLOCK_BITS) | ((1 << CLOCK_BITS) - 1)
        stamp = (min(first.hlc, believed), first.incarnation, first.number)
        for field, value in decode_change(booked.side).changed().items():
            edits[payload.member_id, field].append(_Edit(stamp, value))
    return registered, edits


def _about_people(server: ServerBooks) -> Iterator[tuple[Fact, Fact, MemberRegistered | MemberEdited]]:
    """Each fact on the server about who a member is, and the one that told so first. What was told again counts only
    if the server didn't hear it from its own device."""
    held = {fact.hash for facts in server.facts.values() for fact in facts}
    for facts in server.facts.values():
        for fact in facts:
            payload, first = decode(fact), fact
            if isinstance(payload, FactRetold):
                if payload.hash in held:
                    continue
                first = payload.fact
                payload = decode(first)
            if isinstance(payload, MemberRegistered | MemberEdited):
                yield fact, first, payload


def _on_screens(tills: list[TillBooks], alias_of: Mapping[UUID, UUID], server: ServerBooks, found: Account) -> None:
    """An alias is shown as whom they were joined into."""
    figures = {each: server.shown[_holder(alias_of, each)] for each in server.shown}
    people = {each: _on_screen(_holder(alias_of, each), alias_of, server) for each in server.people}
    for till in tills:
        for what, ours, theirs in (("members", figures, till.shown), ("people", people, till.people)):
            differing = [each for each in ours if theirs.get(each) != ours[each]]
            if differing:
                example = differing[0]
                found.violations.append(
                    f"{till.name} shows {len(differing)} {what} otherwise than the server does: "
                    f"{theirs.get(example)} instead of {ours[example]}"
                )


def _on_screen(member_id: UUID, alias_of: Mapping[UUID, UUID], server: ServerBooks) -> PersonOnScreen:
    person = server.people[member_id]
    profile = person.profile or Profile("", "")
    aliases = tuple(sorted(each for each, kept in alias_of.items() if kept == member_id))
    return PersonOnScreen(member_id, mask(profile.name), last4(profile.phone), person.consents, aliases)
