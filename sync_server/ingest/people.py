"""Facts about who members are: edits, links between registrations, joining and parting, gifts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, select

from shared_models.domain import profile_edit
from shared_models.domain.clock import utc
from shared_models.domain.earning import reward
from shared_models.domain.facts import Fact
from shared_models.domain.joining import effect_of_reward
from shared_models.domain.member import MemberRegistered, Profile
from shared_models.domain.member_links import (
    REGISTER,
    MemberRewarded,
    MembersJoined,
    MembersLinked,
    MembersParted,
)
from shared_models.domain.profile_edit import MemberEdited, ProfileChange
from shared_models.domain.programme import Programme
from shared_models.domain.spending_rules import points_of
from shared_models.orm.server import fact as fact_table
from shared_models.orm.server import member_link
from shared_models.wire.facts import Payload
from sync_server.act import Act
from sync_server.ingest.after import After
from sync_server.ingest.alerts import Alerts
from sync_server.ingest.reading import APPLIED
from sync_server.ingest.sides import Sides
from sync_server.ledger import partings
from sync_server.ledger.joins import group_of
from sync_server.ledger.leases import recall
from sync_server.ledger.members import Members
from sync_server.ledger.profiles import Profiles
from sync_server.store.statements import add_missing

OPEN, JOINED, PARTED = "open", "joined", "parted"

Booked = tuple[Fact, Payload]
_Own = MembersLinked | MembersJoined | MembersParted | MemberRewarded


def leads_to_links(facts: Iterable[Booked]) -> bool:
    """Whether the server may have something to say about them: then its own device is locked before the members."""
    return any(
        isinstance(one, MemberRegistered) or (isinstance(one, MemberEdited) and one.profile is not None)
        for _, one in facts
    )


def segments(facts: Sequence[Booked]) -> Iterator[Sequence[Booked]]:
    """What joins or parts members stands alone: it is about all that was booked before."""
    start = 0
    for place, (_, payload) in enumerate(facts):
        if isinstance(payload, MembersJoined | MembersParted):
            yield from (each for each in (facts[start:place], facts[place : place + 1]) if each)
            start = place + 1
    if facts[start:]:
        yield facts[start:]


def ids_of(connection: Connection, facts: Iterable[Booked]) -> set[UUID]:
    """The members that such facts are about."""
    found: set[UUID] = set()
    for _, payload in facts:
        match payload:
            case MemberEdited() | MemberRewarded():
                found.add(payload.member_id)
            case MembersJoined():
                found |= group_of(connection, (payload.kept, payload.gone))
            case MembersParted():
                found |= group_of(connection, (payload.first, payload.second))
    return found


class People:
    """Books such facts in one segment of a batch. ``is_own``: the batch is of the server's own device. ``retold``: by
    number, the facts that those of the batch tell again."""

    def __init__(
        self,
        act: Act,
        members: Members,
        profiles: Profiles,
        sides: Sides,
        alerts: Alerts,
        after: After,
        retold: Mapping[int, Fact],
        *,
        is_own: bool,
    ) -> None:
        self._act = act
        self._members = members
        self._profiles = profiles
        self._sides = sides
        self._alerts = alerts
        self._after = after
        self._retold = retold
        self._is_own = is_own

    def book(self, fact: Fact, payload: Payload) -> None:
        """Leaves facts of other kinds alone."""
        if isinstance(payload, MemberEdited):
            self._edit(fact, payload)
        elif isinstance(payload, _Own):
            if not self._is_own:
                self._alerts.add("not-for-tills", f"A till can't say {fact.kind}; it was left out.", fact)
                return
            match payload:
                case MembersLinked():
                    self._link(payload)
                case MembersJoined():
                    self._join(fact, payload)
                case MembersParted():
                    self._part(fact, payload)
                case MemberRewarded():
                    self._reward(fact, payload)

    def registered(self, payload: MemberRegistered, profile: Profile | None) -> Profile | None:
        """The profile of a registration with what edits that came before it have changed."""
        known = self._members.known.get(payload.member_id)
        if known is None or not known.clocks:
            return profile
        edited = self._profiles.current(payload.member_id)
        return replace(profile or edited, **{field: getattr(edited, field) for field in known.clocks})

    def welcome(self, member_id: UUID, programme: Programme) -> None:
        """Somebody registered at a till is to get the gift, unless they turn out to be known. People taken over from
        elsewhere aren't new."""
        if not self._is_own and reward(programme.acts, REGISTER, 0).points:
            self._members.known[member_id].welcome = 0
            self._after.welcome.add(member_id)

    def link(self, member_id: UUID, others: Iterable[UUID]) -> None:
        """Have the server say that these may be one person."""
        for other in others:
            first, second = sorted((member_id, other))
            if (first, second) not in self._after.links:
                self._after.links.append((first, second))

    def _edit(self, fact: Fact, payload: MemberEdited) -> None:
        first = self._retold.get(fact.number, fact)
        if first is not fact and self._is_booked(first):
            self._members.count(fact.number, payload.member_id)
            return
        known = self._members.known.get(payload.member_id)
        if known is None:
            known = self._members.placeholder(payload.member_id, payload.store_id, utc(self._act.now_ms).date())
            self._alerts.add("unknown-member", "An edit names a member nobody registered.", fact, payload.member_id)
        at = profile_edit.stamp(first.hlc, first.incarnation, first.number, self._act.now_ms)
        change = self._sides.change(fact, payload, self._alerts) or ProfileChange()
        change = profile_edit.newer(change, known.clocks, at)
        merged = None
        if change.changed():
            before = self._profiles.current(payload.member_id)
            merged = change.over(before)
            self._profiles.add(payload.member_id, merged, is_new_phone=merged.phone != before.phone)
        self._members.edit(fact.number, payload.member_id, merged, change.changed(), payload.consents, at)

    def _is_booked(self, first: Fact) -> bool:
        """Whether its own device told it, too: then it stands in its place already, by the clock it came with."""
        held = select(fact_table.c.hash).where(
            fact_table.c.incarnation == first.incarnation, fact_table.c.number == first.number,
            fact_table.c.state == APPLIED,
        )  # fmt: skip
        found = self._act.connection.scalar(held)
        return found is not None and bytes(found) == first.hash

    def _link(self, payload: MembersLinked) -> None:
        row = {
            "first": payload.first, "second": payload.second, "why": payload.why, "state": OPEN,
            "linked_ms": self._act.now_ms, "decided_ms": None, "decided_by": None, "how": None, "note": None,
        }  # fmt: skip
        add_missing(self._act.connection, member_link, [row])

    def _join(self, fact: Fact, payload: MembersJoined) -> None:
        if self._members.join(fact.number, payload):
            self._decide(payload.kept, payload.gone, JOINED, payload.by, payload.how, payload.note)
            self._after.welcome |= {payload.kept, payload.gone}
            self._recall(payload.gone)
        else:
            self._alerts.add("join-refused", "Two members can't be joined as they are now.", fact, payload.kept)

    def _part(self, fact: Fact, payload: MembersParted) -> None:
        if (parted := self._members.part(fact.number, payload)) is not None:
            self._disjoin(*parted, payload.by, payload.note)
        partings.done(self._act.connection, payload.first, payload.second)
        self._decide(payload.first, payload.second, PARTED, payload.by, None, payload.note)
        self._after.welcome |= {payload.first, payload.second}

    def _disjoin(self, leaves: UUID, left: Sequence[UUID], by: str, note: str) -> None:
        """Who leaves a person leaves all of them, whomever they were joined with."""
        link = member_link.c
        theirs = ((link.first == leaves) & link.second.in_(left)) | ((link.second == leaves) & link.first.in_(left))
        joined = self._act.connection.execute(select(link.first, link.second).where(theirs, link.state == JOINED)).all()
        for first, second in joined:
            self._decide(first, second, PARTED, by, None, note)

    def _recall(self, member_id: UUID) -> None:
        """Whose points are others' now: tills are to borrow them anew."""
        for each in self._members.joined_with(member_id):
            recall(self._act, points_of(each))

    def _decide(self, one: UUID, other: UUID, state: str, by: str, how: str | None, note: str) -> None:
        first, second = sorted((one, other))
        row = {
            "first": first, "second": second, "why": "person", "state": state, "linked_ms": self._act.now_ms,
            "decided_ms": self._act.now_ms, "decided_by": by, "how": how, "note": note,
        }  # fmt: skip
        add_missing(self._act.connection, member_link, [row])
        decided = {name: row[name] for name in ("state", "decided_ms", "decided_by", "how", "note")}
        mine = (member_link.c.first == first) & (member_link.c.second == second)
        self._act.connection.execute(member_link.update().where(mine).values(**decided))

    def _reward(self, fact: Fact, payload: MemberRewarded) -> None:
        if payload.member_id not in self._members.known:
            return
        points = (payload.lot.points if payload.lot else 0) - payload.taken_back
        self._members.reward(fact.number, effect_of_reward(payload), points if payload.act == REGISTER else 0)
