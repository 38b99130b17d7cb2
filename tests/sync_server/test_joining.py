"""Two registrations of one person: linked, joined after a check, parted without loss; the welcome gift once."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import permutations
from uuid import UUID

import msgspec
import pytest

from shared_models.domain import effects
from shared_models.domain.earn_rules import ActRule
from shared_models.domain.effects import MemberView
from shared_models.domain.leases import Lease, LeaseReturned, LeaseUse
from shared_models.domain.member import Account, Effect
from shared_models.domain.member_links import Check, MembersJoined
from shared_models.domain.profile_edit import ConsentChoice, ProfileChange
from shared_models.domain.programme import default_programme, to_plain
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.spending_rules import ResourceKind
from shared_models.orm import server as tables
from shared_models.wire import leases as wire_leases
from shared_models.wire import messages as wire
from shared_models.wire.facts import decode
from shared_models.wire.messages import Cursor, LeaseAnswer, LeaseRequest
from shared_models.wire.state import LentDoc, MemberDoc
from sync_server import lending, people, setup
from sync_server.errors import BadInput
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.tables import count, rows
from tests.sync_server.till import Till, problem, read

GIFT = 88
PROGRAMME = default_programme()


def doc_of(till: Till, member_id: UUID) -> MemberDoc:
    return msgspec.json.decode(till.rows("member")[str(member_id)].doc, type=MemberDoc)


def total(account: Account) -> int:
    return sum(lot.points for lot in account.lots) - account.debt


def register(till: Till, number: str, phone: str = "8613800138000") -> UUID:
    member = acts.member(till, number)
    till.register(member, acts.profile(phone=phone))
    till.pushed()
    return member.member_id


def links(server: Server) -> list[tuple[UUID, UUID, str]]:
    return [tuple(row) for row in rows(server, tables.member_link, "first", "second", "state")]


def kinds(server: Server, kind: str) -> int:
    return sum(1 for (each,) in rows(server, tables.fact, "kind") if each == kind)


@pytest.fixture
def two(enrol: Callable[..., Till]) -> tuple[Till, Till]:
    return enrol("A", 1), enrol("B", 1)


def test_a_phone_registered_twice_is_linked_once(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    first, second = register(one, "M1"), register(other, "M2")
    third = register(one, "M3", "8613900139000")
    assert links(server) == [(*sorted((first, second)), "open")]
    assert kinds(server, "members.linked") == 1
    other.pushed()
    assert kinds(server, "members.linked") == 1
    assert third not in {each for pair in links(server) for each in pair[:2]}


def test_joined_members_are_one_and_both_names_are_booked(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    kept, gone = register(one, "M1"), register(other, "M2")
    one.append(acts.sale(one, 1, 60_000, kept, earned=300))
    other.append(acts.sale(other, 1, 50_000, gone, earned=200))
    one.pushed()
    other.pushed()
    people.join(server, kept, gone, "ann", "ID card")
    doc, alias = doc_of(one, kept), doc_of(one, gone)
    assert (sorted(lot.points for lot in doc.lots), doc.growth, doc.aliases) == ([200, 300], 1_100, [gone])
    assert doc.tier == "gold" or PROGRAMME.rank(doc.tier) > 0
    assert ([lot.points for lot in alias.lots], alias.growth, alias.alias_of, alias.aliases) == ([200], 500, kept, [])
    other.append(acts.sale(other, 2, 1_000, gone, redeemed=450))
    other.pushed()
    doc, alias = doc_of(other, kept), doc_of(other, gone)
    assert (sum(lot.points for lot in doc.lots), doc.debt) == (50, 0)
    assert (alias.lots, alias.debt) == ([], 250)
    assert [row.counted for key, row in sorted(other.rows("member").items())] == [3, 3]
    assert [kind for (kind,) in rows(server, tables.alert, "kind")] == ["same-phone"]
    people.part(server, kept, gone, "ann")
    doc, alias = doc_of(other, kept), doc_of(other, gone)
    assert (sum(lot.points for lot in doc.lots), doc.debt, doc.aliases, doc.growth) == (300, 0, [], 600)
    assert (alias.lots, alias.debt, alias.alias_of) == ([], 250, None)
    held = rows(server, tables.points_lot, "member_id", "granted", "remaining", "earned_by")
    assert held == sorted([(kept, 300, 300, None), (gone, 200, 0, None)], key=repr)


def test_who_is_joined_already_or_unknown_is_not_joined(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    kept, gone = register(one, "M1"), register(other, "M2")
    with pytest.raises(BadInput):
        people.join(server, kept, UUID(int=5), "ann")
    people.join(server, kept, gone, "ann")
    facts = count(server, tables.fact)
    with pytest.raises(BadInput):
        people.join(server, gone, kept, "ann")
    assert count(server, tables.fact) == facts
    assert [state for *_, state in links(server)] == ["joined"]
    assert rows(server, tables.member_link, "decided_by", "how") == [("ann", "desk")]


def test_a_till_cannot_join_members(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    kept, gone = register(one, "M1"), register(other, "M2")
    one.append(MembersJoined(kept, gone, acts.DAY, "x", Check.DESK))
    one.pushed()
    assert doc_of(one, gone).alias_of is None
    assert "not-for-tills" in [kind for (kind,) in rows(server, tables.alert, "kind")]


def test_a_new_phone_that_is_known_is_linked(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    first, second = register(one, "M1"), register(other, "M2", "8613900139000")
    assert links(server) == []
    people.edit(server, second, "ann", ProfileChange(phone="8613800138000"))
    people.edit(server, second, "ann", ProfileChange(name="Other"))
    assert links(server) == [(*sorted((first, second)), "open")]
    people.part(server, first, second, "ann", "mother and son")
    people.edit(server, second, "ann", ProfileChange(phone="8613900139000"))
    people.edit(server, second, "ann", ProfileChange(phone="8613800138000"))
    assert links(server) == [(*sorted((first, second)), "parted")]


@dataclass
class Viewer:
    """What a till shows: rows as pulled a page at a time, own facts that they don't count over them."""

    till: Till
    cursor: Cursor | None = None
    docs: dict[UUID, tuple[MemberDoc, int]] = field(default_factory=dict)
    sent: int = 0
    receipt: int = 0

    def pull(self, limit: int) -> None:
        answer = self.till.pulled(self.cursor, limit)
        self.cursor = answer.cursor
        for row in answer.rows:
            if row.kind == "member":
                self.docs[UUID(row.key)] = msgspec.json.decode(row.doc, type=MemberDoc), row.counted

    def sell(self, member_id: UUID, earned: int, redeemed: int) -> None:
        self.receipt += 1
        self.till.append(acts.sale(self.till, self.receipt, 1_000, member_id, earned=earned, redeemed=redeemed))

    def push(self, most: int) -> None:
        end = min(len(self.till.facts), self.sent + most)
        self.till.pushed(self.till.facts[:end])
        self.sent = end

    def shown(self) -> dict[UUID, int]:
        """Points of each row that isn't under another one."""
        under = {gone: doc.id for doc, _ in self.docs.values() for gone in doc.aliases}
        found = {}
        for member_id, (doc, counted) in self.docs.items():
            if member_id not in under:
                view = MemberView(doc.account(), doc.standing())
                for effect in self.own_above(counted, {member_id, *doc.aliases}):
                    view = effects.apply(view, effect, PROGRAMME)
                found[member_id] = total(view.account)
        return found

    def own_above(self, counted: int, ids: set[UUID]) -> list[Effect]:
        found = []
        for fact in self.till.facts[counted:]:
            payload = decode(fact)
            effect = effects.effect_of(payload) if isinstance(payload, SaleConfirmed) else None
            if effect is not None and effect.member_id in ids:
                found.append(effect)
        return found


def points_of(till: Till, ids: set[UUID], upto: int) -> int:
    """Σ earned − redeemed of a journal's first facts about ``ids``."""
    found = 0
    for fact in till.facts[:upto]:
        payload = decode(fact)
        if isinstance(payload, SaleConfirmed) and payload.member is not None and payload.member.id in ids:
            found += (payload.member.earned.points if payload.member.earned else 0) - payload.member.redeemed_points
    return found


@pytest.mark.parametrize("seed", range(12))
def test_any_interleaving_counts_each_fact_once(server: Server, enrol: Callable[..., Till], seed: int) -> None:
    """Sales of either name at tills that know of the join or don't, pushes, single pages of pulls, joins and partings:
    what a till shows is the others' facts that its row holds, and each own fact once; and no point is lost."""
    chance = random.Random(seed)
    viewers = [Viewer(enrol("A", lane)) for lane in (1, 2, 3)]
    ids = [register(viewers[0].till, f"M{number}", f"8613800138{number:03}") for number in range(4)]
    viewers[0].sent = 4
    joined: dict[UUID, UUID] = {}
    for _ in range(70):
        viewer = chance.choice(viewers)
        match chance.randrange(8):
            case 0 | 1 | 2:
                viewer.sell(chance.choice(ids), chance.randrange(50), chance.choice([0, 0, 30]))
            case 3 | 4:
                viewer.push(chance.randint(1, 4))
            case 5 | 6:
                viewer.pull(chance.randint(1, 3))
            case _:
                one, other = chance.sample(ids, 2)
                if joined.get(one, one) == joined.get(other, other):
                    people.part(server, one, other, "ann")
                    del joined[other if other in joined else one]
                else:
                    people.join(server, one, other, "ann")
                    kept, gone = joined.get(one, one), joined.get(other, other)
                    joined |= {each: kept for each in ids if joined.get(each, each) == gone}
        _check(viewer)
    for viewer in viewers:
        viewer.push(1_000)
    for viewer in viewers:
        viewer.pull(5_000)
    heads = {viewer.till.incarnation: len(viewer.till.facts) for viewer in viewers}
    for viewer in viewers:
        shown = viewer.shown()
        assert set(shown) == {joined.get(each, each) for each in ids}
        for kept, points in shown.items():
            group = {each for each in ids if joined.get(each, each) == kept}
            assert points == sum(points_of(each.till, group, heads[each.till.incarnation]) for each in viewers)
    for gone in list(joined):
        people.part(server, joined[gone], gone, "ann")
    viewers[0].pull(5_000)
    for member_id, points in viewers[0].shown().items():
        assert points == sum(points_of(each.till, {member_id}, len(each.till.facts)) for each in viewers)
    for member_id in ids:
        left = sum(row[1] for row in rows(server, tables.points_lot, "member_id", "remaining") if row[0] == member_id)
        debt = dict(rows(server, tables.member, "id", "debt"))[member_id]
        assert left - debt == viewers[0].shown()[member_id]
        entries = rows(server, tables.points_entry, "member_id", "points")
        assert sum(points for owner, points in entries if owner == member_id) == left - debt


def _check(viewer: Viewer) -> None:
    """Each row holds of this till's own facts those up to its ``counted``, and none above: all are shown once."""
    under = {gone: doc.id for doc, _ in viewer.docs.values() for gone in doc.aliases}
    for member_id, (doc, counted) in viewer.docs.items():
        if member_id in under:
            continue
        group = {member_id, *doc.aliases}
        held = {lot.id for lot in doc.lots}
        for number, fact in enumerate(viewer.till.facts, 1):
            payload = decode(fact)
            if isinstance(payload, SaleConfirmed) and payload.member and payload.member.id in group:
                lot = payload.member.earned
                if lot is not None and number > counted:
                    assert lot.lot_id not in held
        months = sum(month.visits for month in doc.basis.months) if doc.basis else 0
        own = len(viewer.own_above(0, group)) - len(viewer.own_above(counted, group))
        assert months >= own


# the welcome gift


@pytest.fixture
def gifts(server: Server) -> Server:
    plain = to_plain(replace(PROGRAMME, version=2, acts=(ActRule("register", points=GIFT),)))
    setup.publish_programme(server, plain)
    return server


def gifted(server: Server) -> dict[UUID, int]:
    return dict(rows(server, tables.member, "id", "welcome"))


def test_a_new_member_gets_the_gift_and_the_row_shows_it(gifts: Server, two: tuple[Till, Till]) -> None:
    member_id = register(two[0], "M1")
    assert total(doc_of(two[0], member_id).account()) == GIFT
    assert rows(gifts, tables.points_entry, "kind", "points") == [("earned", GIFT)]
    two[0].pushed()
    assert kinds(gifts, "member.rewarded") == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_three_tills_that_register_one_phone_lead_to_one_gift(
    gifts: Server, enrol: Callable[..., Till], order: tuple[int, ...]
) -> None:
    tills = [enrol("A", lane) for lane in (1, 2, 3)]
    members = [acts.member(till, f"M{place}") for place, till in enumerate(tills)]
    for till, member in zip(tills, members, strict=True):
        till.register(member, acts.profile())
        till.append(acts.sale(till, 1, member_id=member.member_id, earned=10))
    for place in order:
        tills[place].pushed()
    first, second, third = (members[place].member_id for place in order)
    assert gifted(gifts) == {first: GIFT, second: 0, third: 0}
    people.join(gifts, second, first, "ann")
    assert sum(gifted(gifts).values()) == GIFT
    assert total(doc_of(tills[0], second).account()) == GIFT + 20
    people.part(gifts, second, third, "ann")
    assert sum(gifted(gifts).values()) == GIFT
    people.part(gifts, first, third, "ann")
    assert gifted(gifts)[third] == GIFT
    people.part(gifts, first, second, "ann")
    assert gifted(gifts) == {first: GIFT, second: GIFT, third: GIFT}


def test_of_two_gifts_to_one_person_one_stays_until_they_part(gifts: Server, two: tuple[Till, Till]) -> None:
    first, second = register(two[0], "M1"), register(two[1], "M2", "8613900139000")
    assert gifted(gifts) == {first: GIFT, second: GIFT}
    people.edit(gifts, second, "ann", ProfileChange(phone="8613800138000"))
    assert gifted(gifts) == {first: GIFT, second: GIFT}
    people.join(gifts, second, first, "ann")
    assert gifted(gifts) == {first: 0, second: GIFT}
    assert total(doc_of(two[0], second).account()) == GIFT
    people.part(gifts, second, first, "ann")
    assert gifted(gifts) == {first: GIFT, second: GIFT}
    assert total(doc_of(two[0], first).account()) == total(doc_of(two[0], second).account()) == GIFT


def test_who_leaves_a_person_that_was_joined_on_gets_the_gift_again(
    gifts: Server, two: tuple[Till, Till], enrol: Callable[..., Till]
) -> None:
    """They leave whom they were joined into first as well, though only the last one is named."""
    tills = [*two, enrol("A", 2)]
    ids = [register(till, f"M{place}", f"861390013900{place}") for place, till in enumerate(tills)]
    first, second, third = ids
    people.join(gifts, second, third, "ann")
    people.join(gifts, first, second, "ann")
    assert gifted(gifts) == {first: GIFT, second: 0, third: 0}
    people.part(gifts, first, third, "ann")
    assert gifted(gifts) == {first: GIFT, second: 0, third: GIFT}
    people.part(gifts, first, second, "ann")
    assert gifted(gifts) == dict.fromkeys(ids, GIFT)


def test_who_was_a_member_before_there_were_gifts_gets_none(server: Server, two: tuple[Till, Till]) -> None:
    old = register(two[0], "M1")
    setup.publish_programme(server, to_plain(replace(PROGRAMME, version=2, acts=(ActRule("register", points=GIFT),))))
    again = register(two[1], "M2")
    assert gifted(server) == {old: None, again: 0}
    people.part(server, old, again, "ann")
    assert gifted(server) == {old: None, again: GIFT}


# and what tills were lent


@pytest.fixture
def escrow(server: Server) -> None:
    setup.publish_programme(
        server, to_plain(default_programme(2)) | {"format": 3, "spending": {"points": {"mode": "escrow"}}}
    )


def lent(till: Till, member_id: UUID, amount: int) -> Lease:
    request = LeaseRequest(id=till.new_id(), kind=ResourceKind.POINTS, key=str(member_id), amount=amount)
    return wire_leases.decode(read(till.send("/v1/lease", wire.encode(request)), LeaseAnswer).lease)


@pytest.mark.usefixtures("escrow")
def test_points_lent_before_a_join_stay_lent_and_are_called_back(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    kept, gone = register(one, "M1"), register(other, "M2")
    one.append(acts.sale(one, 1, 60_000, kept, earned=300))
    other.append(acts.sale(other, 1, 50_000, gone, earned=200))
    one.pushed()
    other.pushed()
    held = lent(other, gone, 200)
    people.join(server, kept, gone, "ann", "ID card")
    assert other.pushed([], []).recall == [held.id]
    assert doc_of(one, kept).lent == [LentDoc(held.id, 200)]

    mine = lent(one, kept, 1_000)
    assert mine.amount == 300
    other.append(replace(acts.sale(other, 2, 1_000, gone, redeemed=150), leases=(LeaseUse(held.id, 150),)))
    other.append(LeaseReturned(held.id, 50))
    one.append(replace(acts.sale(one, 2, 1_000, kept, redeemed=300), leases=(LeaseUse(mine.id, 300),)))
    one.pushed()
    other.pushed()
    doc = doc_of(one, kept)
    assert (total(doc.account()), doc.debt, doc.lent) == (50, 0, [])
    assert [kind for (kind,) in rows(server, tables.alert, "kind")] == ["same-phone"]


@pytest.mark.usefixtures("escrow")
def test_who_is_to_be_parted_waits_for_the_tills(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    kept, gone = register(one, "M1"), register(other, "M2")
    other.append(acts.sale(other, 1, 50_000, gone, earned=200))
    other.pushed()
    people.join(server, kept, gone, "ann", "ID card")
    held = lent(one, kept, 150)
    assert not people.part(server, kept, gone, "ann", "mother and son")
    assert doc_of(one, kept).aliases == [gone]
    assert one.pushed([], []).recall == [held.id]
    request = LeaseRequest(id=other.new_id(), kind=ResourceKind.POINTS, key=str(gone), amount=50)
    assert problem(other.send("/v1/lease", wire.encode(request))).code == "not-lendable"

    one.append(replace(acts.sale(one, 1, 1_000, kept, redeemed=100), leases=(LeaseUse(held.id, 100),)))
    one.append(LeaseReturned(held.id, 50))
    one.pushed()
    assert [total(doc_of(one, each).account()) for each in (kept, gone)] == [-100, 200]
    assert "overspent" not in [kind for (kind,) in rows(server, tables.alert, "kind")]
    assert rows(server, tables.member_link, "state", "decided_by", "note") == [("parted", "ann", "mother and son")]
    assert (rows(server, tables.parting_asked, "first"), kinds(server, "members.parted")) == ([], 1)
    assert lent(other, gone, 500).amount == 200


@pytest.mark.usefixtures("escrow")
def test_a_parting_goes_on_when_the_till_is_written_off(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    kept, gone = register(one, "M1"), register(other, "M2")
    other.append(acts.sale(other, 1, 50_000, gone, earned=200))
    other.pushed()
    people.join(server, kept, gone, "ann")
    lent(one, kept, 150)
    assert not people.part(server, kept, gone, "ann")
    assert not people.part(server, kept, gone, "bob"), "asked again it is asked once"
    assert rows(server, tables.parting_asked, "by") == [("ann",)]
    lending.write_off(server, one.incarnation)
    assert doc_of(other, kept).aliases == []
    assert rows(server, tables.parting_asked, "by") == []


@pytest.mark.usefixtures("escrow")
def test_a_parting_that_waits_is_withdrawn_by_joining(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    kept, gone = register(one, "M1"), register(other, "M2")
    other.append(acts.sale(other, 1, 50_000, gone, earned=200))
    other.pushed()
    people.join(server, kept, gone, "ann")
    held = lent(one, kept, 150)
    assert not people.part(server, kept, gone, "ann")
    people.join(server, kept, gone, "ann")
    one.append(LeaseReturned(held.id, 150))
    one.pushed()
    assert doc_of(one, kept).aliases == [gone]
    with pytest.raises(BadInput):
        people.join(server, kept, gone, "ann")


# three


def test_of_three_that_are_one_each_can_leave_with_what_is_theirs(
    server: Server, two: tuple[Till, Till], enrol: Callable[..., Till]
) -> None:
    tills = [*two, enrol("A", 2)]
    ids = [register(till, f"M{number}") for number, till in enumerate(tills)]
    for till, member_id, points in zip(tills, ids, (100, 200, 400), strict=True):
        till.append(acts.sale(till, 1, 50_000, member_id, earned=points))
        till.pushed()
    first, second, third = ids
    people.join(server, second, third, "ann")
    people.join(server, first, second, "ann")
    assert doc_of(two[0], first).aliases == sorted((second, third))
    tills[2].append(acts.sale(tills[2], 2, 1_000, third, redeemed=450))
    tills[2].pushed()
    assert (total(doc_of(two[0], first).account()), doc_of(two[0], third).debt) == (250, 50)

    people.part(server, first, third, "ann")
    assert [total(doc_of(two[0], each).account()) for each in ids] == [300, 200, -50]
    assert (doc_of(two[0], first).aliases, doc_of(two[0], third).alias_of) == ([second], None)
    people.part(server, first, second, "ann")
    assert [total(doc_of(two[0], each).account()) for each in ids] == [100, 200, -50]
    assert all(not doc_of(two[0], each).aliases for each in ids)


def test_an_edit_of_an_alias_changes_that_registration_and_its_opt_out_holds_for_both(
    server: Server, two: tuple[Till, Till]
) -> None:
    one, other = two
    kept, gone = register(one, "M1"), register(other, "M2")
    people.edit(server, kept, "ann", ProfileChange(), [ConsentChoice("marketing", given=True)])
    people.join(server, kept, gone, "ann")
    change = ProfileChange(name="Wang Fang")
    people.edit(server, gone, "ann", change, [ConsentChoice("marketing", given=False, seen=0)])
    consents = {member_id: [each.given for each in doc_of(one, member_id).consents] for member_id in (kept, gone)}
    assert consents[kept] == [False]
    assert doc_of(one, gone).masked_name != doc_of(one, kept).masked_name
