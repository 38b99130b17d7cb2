"""Stored value and coupons of members who are joined: one balance, whose entries stay each one's own."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

import msgspec
import pytest

from shared_models.domain.leases import Lease, LeaseReturned, LeaseUse
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.spending_rules import Resource, stored_value_of
from shared_models.domain.stored_value_facts import StoredValueLoaded, account_id, entry_of, load_entry, purchases
from shared_models.domain.stored_value_ledger import BonusLot, Entry, stored_value
from shared_models.orm import server as tables
from shared_models.wire import leases as wire_leases
from shared_models.wire import messages as wire
from shared_models.wire.facts import decode
from shared_models.wire.messages import Cursor, LeaseAnswer, LeaseRequest
from shared_models.wire.state import StoredValueDoc
from sync_server import people, setup, value_desk
from sync_server.errors import BadInput
from sync_server.server import Server
from tests.sync_server import acts, valuables
from tests.sync_server.tables import rows
from tests.sync_server.till import Till, problem, read


@pytest.fixture(autouse=True)
def _programme(server: Server) -> None:
    setup.publish_programme(server, valuables.programme())


@pytest.fixture
def two(enrol: Callable[..., Till]) -> tuple[Till, Till]:
    return enrol("A", 1), enrol("B", 1)


def lent(till: Till, resource: Resource, amount: int) -> Lease:
    request = LeaseRequest(id=till.new_id(), kind=resource.kind, key=resource.key, amount=amount)
    return wire_leases.decode(read(till.send("/v1/lease", wire.encode(request)), LeaseAnswer).lease)


def balance(till: Till, member_id: UUID) -> int:
    return stored_value(valuables.account(till, member_id)[0].summary().entries()).balance_minor(acts.DAY)


def test_joined_members_have_one_balance_and_part_with_their_own(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    kept, gone = valuables.member(one, "M1"), valuables.member(other, "M2")
    one.append(valuables.load(one, kept, 100_00, bonus=10_00))
    other.append(valuables.load(other, gone, 50_00))
    one.pushed()
    other.pushed()
    people.join(server, kept, gone, "ann")
    doc, counted = valuables.account(one, kept)
    assert (doc.principal_minor, doc.lots[0].minor, doc.bonuses, doc.aliases) == (150_00, 10_00, 1, [gone])
    assert counted == valuables.account(one, kept)[1] == len(one.facts)
    assert valuables.account(other, kept)[1] == len(other.facts), "it counts what the other one's row counted"
    assert balance(one, gone) == 50_00

    one.append(valuables.purchase(one, 1, kept, 120_00))
    other.append(valuables.purchase(other, 1, gone, 40_00, (BonusLot(doc.lots[0].id, 10_00, acts.EXPIRY),)))
    one.pushed()
    other.pushed()
    assert [balance(one, each) for each in (kept, gone)] == [0, 10_00]
    assert {kind for (kind,) in rows(server, tables.alert, "kind")} <= {"lease-exceeded", "same-phone"}
    people.part(server, kept, gone, "ann")
    doc, _ = valuables.account(one, kept)
    assert (balance(one, kept), doc.principal_minor, doc.aliases) == (-10_00, -20_00, [])
    assert balance(one, gone) == 10_00
    held = rows(server, tables.stored_value_entry, "account_id", "principal_minor", "bonus_minor")
    assert sorted(sum(row[1:]) for row in held if row[0] == account_id(kept)) == [-120_00, 110_00]


def test_what_nobody_has_is_not_made(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    kept, gone = valuables.member(one, "M1"), valuables.member(other, "M2")
    people.join(server, kept, gone, "ann")
    people.part(server, kept, gone, "ann")
    assert rows(server, tables.stored_value, "id") == []


def test_the_alias_alone_had_stored_value(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    kept, gone = valuables.member(one, "M1"), valuables.member(other, "M2")
    people.join(server, kept, gone, "ann")
    other.append(valuables.load(other, gone, 50_00))
    other.pushed()
    assert balance(one, kept) == 50_00
    one.append(valuables.purchase(one, 1, kept, 50_01))
    one.pushed()
    assert balance(one, kept) == -1
    assert "stored-value-overspent" in [kind for (kind,) in rows(server, tables.alert, "kind")]


def test_lent_before_a_join_it_stays_lent_and_is_called_back(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    kept, gone = valuables.member(one, "M1"), valuables.member(other, "M2")
    one.append(valuables.load(one, kept, 100_00))
    other.append(valuables.load(other, gone, 50_00))
    one.pushed()
    other.pushed()
    held = lent(other, stored_value_of(gone), 50_00)
    people.join(server, kept, gone, "ann")
    assert other.pushed([], []).recall == [held.id]
    assert [each.left for each in valuables.account(one, kept)[0].lent] == [50_00]

    mine = lent(one, stored_value_of(kept), 150_00)
    assert (mine.amount, [lot.id for lot in mine.lots]) == (100_00, [account_id(kept)])
    other.append(replace(valuables.purchase(other, 1, gone, 30_00), leases=(LeaseUse(held.id, 30_00),)))
    other.append(LeaseReturned(held.id, 20_00))
    one.append(replace(valuables.purchase(one, 1, kept, 100_00), leases=(LeaseUse(mine.id, 100_00),)))
    one.pushed()
    other.pushed()
    assert (balance(one, kept), balance(one, gone)) == (20_00, 20_00)
    assert lent(one, stored_value_of(kept), 150_00).amount == 20_00
    assert rows(server, tables.alert, "kind") == []


def test_who_is_to_be_parted_waits_for_what_was_paid_in_at_a_till_apart(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    kept, gone = valuables.member(one, "M1"), valuables.member(other, "M2")
    other.append(valuables.load(other, gone, 50_00))
    other.pushed()
    people.join(server, kept, gone, "ann")
    held = lent(one, stored_value_of(kept), 50_00)
    assert not people.part(server, kept, gone, "ann")
    paid_in = replace(valuables.load(other, kept, 30_00), lease=other.new_id())
    other.append(paid_in)
    assert other.pushed().recall == [paid_in.lease]
    one.append(replace(valuables.purchase(one, 1, kept, 50_00), leases=(LeaseUse(held.id, 50_00),)))
    one.append(LeaseReturned(held.id, 0))
    one.pushed()
    assert valuables.account(one, kept)[0].aliases == [gone]
    assert paid_in.lease is not None
    other.append(LeaseReturned(paid_in.lease, 30_00))
    other.pushed()
    assert [balance(one, each) for each in (kept, gone)] == [-20_00, 50_00]
    assert rows(server, tables.alert, "kind") == []


def test_one_frozen_account_stops_all_and_is_let_go_with_them(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    kept, gone = valuables.member(one, "M1"), valuables.member(other, "M2")
    one.append(valuables.load(one, kept, 100_00))
    other.append(valuables.load(other, gone, 50_00))
    one.pushed()
    other.pushed()
    value_desk.freeze_stored_value(server, one.new_id(), "M2", frozen=True, reason="lost", by="ann")
    people.join(server, kept, gone, "ann")
    assert valuables.account(one, kept)[0].frozen
    request = LeaseRequest(id=one.new_id(), kind=stored_value_of(kept).kind, key=str(kept), amount=1)
    assert problem(one.send("/v1/lease", wire.encode(request))).code == "not-lendable"
    value_desk.freeze_stored_value(server, one.new_id(), "M1", frozen=False, reason="found", by="ann")
    assert not valuables.account(one, kept)[0].frozen
    people.part(server, kept, gone, "ann")
    assert not valuables.account(one, gone)[0].frozen


def test_head_office_takes_no_more_than_all_have_together(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    kept, gone = valuables.member(one, "M1"), valuables.member(other, "M2")
    one.append(valuables.load(one, kept, 100_00))
    other.append(valuables.load(other, gone, 50_00))
    one.pushed()
    other.pushed()
    people.join(server, kept, gone, "ann")
    held = value_desk.correct_stored_value(server, one.new_id(), "M1", -120_00, reason="paid out", by="ann")
    assert held.principal_minor == 30_00
    lent(one, stored_value_of(kept), 30_00)
    with pytest.raises(BadInput, match="Tills hold 3000"):
        value_desk.correct_stored_value(server, one.new_id(), "M2", -1, reason="paid out", by="ann")


def test_a_coupon_of_either_is_the_persons(server: Server, two: tuple[Till, Till]) -> None:
    one, other = two
    kept, gone = valuables.member(one, "M1"), valuables.member(other, "M2")
    printed = value_desk.issue_coupons(server, one.new_id(), valuables.FIVE_OFF, by="ann", member_number="M2", count=2)
    people.join(server, kept, gone, "ann")
    with pytest.raises(BadInput):
        value_desk.issue_coupons(server, one.new_id(), valuables.FIVE_OFF, by="ann", member_number="M1", count=2)
    one.append(valuables.with_coupon(acts.sale(one, 1, 10_00, kept), printed[0].coupon.id))
    one.pushed()
    assert rows(server, tables.alert, "kind") == []
    people.part(server, kept, gone, "ann")
    one.append(valuables.with_coupon(acts.sale(one, 2, 10_00, kept), printed[1].coupon.id))
    one.pushed()
    assert rows(server, tables.alert, "kind") == [("coupon-owner",)]


@dataclass
class Viewer:
    """What a till shows of stored value: rows as pulled a page at a time, own entries that they don't count on top."""

    till: Till
    cursor: Cursor | None = None
    docs: dict[UUID, tuple[StoredValueDoc, int]] = field(default_factory=dict)
    sent: int = 0
    receipt: int = 0

    def pull(self, limit: int) -> None:
        answer = self.till.pulled(self.cursor, limit)
        self.cursor = answer.cursor
        for row in answer.rows:
            if row.kind == "stored_value":
                doc = msgspec.json.decode(row.doc, type=StoredValueDoc)
                self.docs[doc.member_id] = doc, row.counted

    def push(self, most: int) -> None:
        end = min(len(self.till.facts), self.sent + most)
        self.till.pushed(self.till.facts[:end])
        self.sent = end

    def shown(self) -> dict[UUID, int]:
        """Of each row that isn't under another one, expired bonus too."""
        under = {gone: doc.member_id for doc, _ in self.docs.values() for gone in doc.aliases}
        return {
            member_id: total((*doc.summary().entries(), *self.own({member_id, *doc.aliases}, counted)))
            for member_id, (doc, counted) in self.docs.items()
            if member_id not in under
        }

    def own(self, ids: set[UUID], counted: int = 0, upto: int | None = None) -> list[Entry]:
        found: list[Entry] = []
        for fact in self.till.facts[counted:upto]:
            payload = decode(fact)
            if isinstance(payload, StoredValueLoaded) and payload.member_id in ids:
                found.append(load_entry(payload))
            if isinstance(payload, SaleConfirmed) and payload.member and payload.member.id in ids:
                found += [entry_of(each, payload.business_date, stored_value(())) for each in purchases(payload)]
        return found

    def double(self) -> list[UUID]:
        """Entries of this till that a row holds and that are shown on top of it as well."""
        under = {gone for doc, _ in self.docs.values() for gone in doc.aliases}
        return [
            lot.id
            for member_id, (doc, counted) in self.docs.items()
            if member_id not in under
            for entry in self.own({member_id, *doc.aliases}, counted)
            for lot in entry.lots
            if lot.minor > 0 and any(lot.id == each.id for each in doc.lots)
        ]


def total(entries: tuple[Entry, ...]) -> int:
    held = stored_value(entries)
    return held.principal_minor + sum(lot.minor for lot in held.lots)


@pytest.mark.parametrize("seed", range(8))
def test_any_interleaving_counts_each_entry_once(server: Server, enrol: Callable[..., Till], seed: int) -> None:
    """Loads and purchases under either name at tills that know of the join or don't, pushes, single pages of pulls,
    joins and partings: what a till shows is what its rows hold and each own entry once; and no cent is lost."""
    setup.publish_programme(server, valuables.programme(3, spending=valuables.BY_FLOOR))
    chance = random.Random(seed)
    viewers = [Viewer(enrol("A", lane)) for lane in (1, 2, 3)]
    ids = [valuables.member(viewers[0].till, f"M{number}") for number in range(4)]
    viewers[0].sent = len(viewers[0].till.facts)
    joined: dict[UUID, UUID] = {}
    for _ in range(60):
        viewer, member_id = chance.choice(viewers), chance.choice(ids)
        match chance.randrange(9):
            case 0 | 1:
                viewer.till.append(
                    valuables.load(viewer.till, member_id, chance.randrange(1, 90), chance.choice([0, 7]))
                )
            case 2 | 3:
                viewer.receipt += 1
                minor = chance.randrange(1, 60)
                known = [lot for doc, _ in viewer.docs.values() for lot in doc.lots]
                lots = tuple(BonusLot(lot.id, 1, date.max) for lot in known[:1]) if chance.random() < 0.5 else ()
                viewer.till.append(valuables.purchase(viewer.till, viewer.receipt, member_id, minor, lots))
            case 4 | 5:
                viewer.push(chance.randint(1, 4))
            case 6 | 7:
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
        assert viewer.double() == []
    for viewer in viewers:
        viewer.push(1_000)
    for viewer in viewers:
        viewer.pull(5_000)
        for kept, minor in viewer.shown().items():
            group = {each for each in ids if joined.get(each, each) == kept}
            assert minor == total(tuple(entry for each in viewers for entry in each.own(group)))
    for gone in list(joined):
        people.part(server, joined[gone], gone, "ann")
    viewers[0].pull(5_000)
    for member_id, minor in viewers[0].shown().items():
        assert minor == total(tuple(entry for each in viewers for entry in each.own({member_id})))
        entries = rows(server, tables.stored_value_entry, "account_id", "principal_minor", "bonus_minor")
        assert sum(row[1] + row[2] for row in entries if row[0] == account_id(member_id)) == minor


@dataclass
class Holder:
    """A till that spends only what it was lent, and gives back what is called back, when it has a line."""

    till: Till
    held: dict[UUID, tuple[UUID, int]] = field(default_factory=dict)
    receipt: int = 0
    sent: int = 0

    def ask(self, member_id: UUID, minor: int) -> None:
        resource = stored_value_of(member_id)
        request = LeaseRequest(id=self.till.new_id(), kind=resource.kind, key=resource.key, amount=minor)
        answer = self.till.send("/v1/lease", wire.encode(request))
        if answer.status == 200:
            lease = wire_leases.decode(read(answer, LeaseAnswer).lease)
            self.held[lease.id] = member_id, lease.amount

    def load(self, member_id: UUID, minor: int) -> None:
        loaded = replace(valuables.load(self.till, member_id, minor), lease=self.till.new_id())
        self.till.append(loaded)
        assert loaded.lease is not None
        self.held[loaded.lease] = member_id, minor

    def spend(self, chance: random.Random) -> None:
        lease_id = chance.choice(list(self.held))
        member_id, left = self.held[lease_id]
        minor = chance.randint(1, left) if left else 0
        if minor:
            self.receipt += 1
            sale = valuables.purchase(self.till, self.receipt, member_id, minor)
            self.till.append(replace(sale, leases=(LeaseUse(lease_id, minor),)))
            self.held[lease_id] = member_id, left - minor

    def push(self) -> None:
        recalled = [each for each in self.till.pushed(self.till.facts).recall if each in self.held]
        for each in recalled:
            self.till.append(LeaseReturned(each, self.held.pop(each)[1]))
        if recalled:
            self.till.pushed(self.till.facts)


@pytest.mark.parametrize("seed", range(6))
def test_by_escrow_nothing_is_overspent_whoever_is_joined_and_parted(
    server: Server, enrol: Callable[..., Till], seed: int
) -> None:
    """Tills are lent, pay in and spend apart; two are joined, and parted once nothing of them is lent. At no time is
    more lent than is there, and no fact spends what wasn't lent; each has what they paid in less what they spent."""
    chance = random.Random(seed)
    tills = [Holder(enrol("A", lane)) for lane in (1, 2, 3)]
    ids = [valuables.member(tills[0].till, f"M{number}") for number in range(3)]
    for number in range(3):
        value_desk.correct_stored_value(server, UUID(int=number + 1), f"M{number}", 100, reason="gift", by="ann")
    waited, debts = 0, dict.fromkeys(ids, 0)
    for _ in range(80):
        till = chance.choice(tills)
        match chance.randrange(9):
            case 0 | 1 | 2:
                till.ask(chance.choice(ids), chance.randint(1, 150))
            case 3:
                till.load(chance.choice(ids), chance.randint(1, 40))
            case 4 | 5 if till.held:
                till.spend(chance)
            case 6 | 7:
                till.push()
            case _:
                one, other = chance.sample(ids, 2)
                alias_of = dict(rows(server, tables.member, "id", "alias_of"))
                if (alias_of[one] or one) == (alias_of[other] or other):
                    waited += not people.part(server, one, other, "ann")
                else:
                    people.join(server, one, other, "ann")
        _check_lent(server, debts)
    for _ in range(3):
        for till in tills:
            till.push()
    assert rows(server, tables.parting_asked, "first") == []
    assert rows(server, tables.alert, "kind") == []
    for gone, kept in rows(server, tables.member, "id", "alias_of"):
        if kept is not None:
            people.part(server, kept, gone, "ann")
            for till in tills:
                till.push()
    assert {each for (each,) in rows(server, tables.member, "alias_of")} == {None}
    for member_id in ids:
        moved = 100
        for till in tills:
            for payload in map(decode, till.till.facts):
                if isinstance(payload, StoredValueLoaded) and payload.member_id == member_id:
                    moved += payload.amount_minor
                if isinstance(payload, SaleConfirmed) and payload.member and payload.member.id == member_id:
                    moved -= sum(each.amount_minor for each in purchases(payload))
        assert balance(tills[0].till, member_id) == moved
    assert waited or seed, "the first seed has one that waits"


def _check_lent(server: Server, debts: dict[UUID, int]) -> None:
    """No more is lent than a person has, but for what they owed when they were alone: one who was parted from another
    may owe what they had spent of theirs, and ``debts`` remembers it."""
    alias_of = dict(rows(server, tables.member, "id", "alias_of"))
    there: Counter[UUID] = Counter()
    for member_id, minor in rows(server, tables.stored_value, "member_id", "principal_minor"):
        there[alias_of[member_id] or member_id] += minor
        if alias_of[member_id] is None and member_id not in alias_of.values():
            debts[member_id] = max(debts[member_id], -minor)
    owed = Counter(dict.fromkeys(alias_of, 0))
    for member_id, minor in debts.items():
        owed[alias_of[member_id] or member_id] += minor
    lent: Counter[UUID] = Counter()
    for key, amount, used, state in rows(server, tables.lease, "key", "amount", "used", "state"):
        lent[alias_of[UUID(key)] or UUID(key)] += amount - used if state == "open" else 0
    assert all(not minor or minor <= there[each] + owed[each] for each, minor in lent.items()), (lent, there, owed)
