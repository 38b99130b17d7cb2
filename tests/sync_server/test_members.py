from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from shared_models.domain import phone
from shared_models.domain.member import Profile
from shared_models.orm import server as tables
from shared_models.wire.facts import decode_profile
from shared_models.wire.state import MemberDoc
from sync_server.ingest.sides import side_place
from sync_server.ledger.profiles import profile_place
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.tables import count, rows
from tests.sync_server.till import Till


def doc_of(till: Till, member_id: object) -> tuple[MemberDoc, int]:
    """The member's document as this till gets it, and what it counts of the till."""
    row = till.rows("member")[str(member_id)]
    return msgspec.json.decode(row.doc, type=MemberDoc), row.counted


def alerts(server: Server) -> list[str]:
    return [kind for (kind,) in rows(server, tables.alert, "kind")]


def test_a_registered_member_reaches_other_tills(server: Server, enrol: Callable[..., Till]) -> None:
    here, same_store, elsewhere = enrol("A", 1), enrol("A", 2), enrol("B", 1)
    member = acts.member(here)
    here.register(member, acts.profile())
    here.pushed()

    doc, counted = doc_of(here, member.member_id)
    assert counted == 1
    assert (doc.id, doc.number, doc.store_id, doc.tier) == (member.member_id, "M1", "A", "basic")
    assert (doc.masked_name, doc.last4, doc.terms) == ("李**", "8000", "李小龙 lixiaolong lxl")
    assert doc.phone_hash == phone.keyed_hash("8613800138000", here.identity.phone_key)
    assert doc.full is not None
    assert (doc.full.name, doc.full.phone, doc.full.birthday) == ("李小龙", "8613800138000", "11-27")

    assert doc_of(same_store, member.member_id) == (doc, 0)
    away, counted = doc_of(elsewhere, member.member_id)
    assert (away.full, away.masked_name, counted) == (None, "李**", 0)
    assert alerts(server) == []


def test_points_are_earned_and_redeemed_in_order(server: Server, till: Till) -> None:
    member = acts.member(till)
    till.register(member, acts.profile())
    till.append(acts.sale(till, 1, 60_000, member.member_id, earned=600))
    till.append(acts.sale(till, 2, 1_000, member.member_id, redeemed=200))
    till.append(acts.sale(till, 3, 1_000, member.member_id, earned=10, redeemed=400))
    till.pushed()

    doc, counted = doc_of(till, member.member_id)
    assert counted == 4
    assert ([lot.points for lot in doc.lots], doc.debt) == ([10], 0)
    assert (doc.growth, doc.tier, doc.spend_month) == (620, "silver", "2026-11")
    assert doc.spend_month_minor == 60_000 + 800 + 600
    assert rows(server, tables.points_lot, "granted", "remaining") == [(10, 10), (600, 0)]
    assert rows(server, tables.points_entry, "number", "kind", "points") == [
        (2, "earned", 600), (3, "redeemed", -200), (4, "earned", 10), (4, "redeemed", -400),
    ]  # fmt: skip
    assert alerts(server) == []


def test_one_batch_or_many_make_the_same_member(enrol: Callable[..., Till]) -> None:
    docs = []
    for lane, size in ((1, 1), (2, 2), (3, 9)):
        till = enrol("A", lane)
        member = acts.member(till, f"M{lane}")
        till.register(member, acts.profile(phone=f"861380013800{lane}"))
        for receipt in range(1, 8):
            till.append(acts.sale(till, receipt, 30_000, member.member_id, earned=300, redeemed=100 * (receipt - 1)))
        for start in range(0, len(till.facts), size):
            till.pushed(till.facts[start : start + size])
        doc, counted = doc_of(till, member.member_id)
        docs.append((counted, [lot.points for lot in doc.lots], doc.debt, doc.growth, doc.tier, doc.spend_month_minor))
    assert docs[0] == docs[1] == docs[2]
    assert docs[0][0] == 8
    assert sum(docs[0][1]) - docs[0][2] == 7 * 300 - 100 * (0 + 1 + 2 + 3 + 4 + 5 + 6)


def test_what_was_not_there_becomes_a_debt_that_later_points_pay(server: Server, enrol: Callable[..., Till]) -> None:
    one, two = enrol("A", 1), enrol("A", 2)
    member = acts.member(one)
    one.register(member, acts.profile())
    one.append(acts.sale(one, 1, member_id=member.member_id, earned=300))
    one.append(acts.sale(one, 2, member_id=member.member_id, redeemed=300))
    one.pushed()
    two.append(acts.sale(two, 1, member_id=member.member_id, redeemed=200))
    two.append(acts.sale(two, 2, member_id=member.member_id, earned=50))
    assert two.pushed().quarantined == []

    doc, counted = doc_of(two, member.member_id)
    assert (doc.lots, doc.debt, counted) == ([], 150, 2)
    assert doc_of(one, member.member_id) == (doc, 3)
    found = rows(server, tables.alert, "kind", "number", "member_id", "message")
    assert found == [
        ("overspent", 1, member.member_id, "200 points were redeemed that the member didn't have; they are owed.")
    ]
    two.append(acts.sale(two, 3, member_id=member.member_id, earned=170))
    two.pushed()
    doc, _ = doc_of(two, member.member_id)
    assert ([lot.points for lot in doc.lots], doc.debt) == ([20], 0)
    total = sum(points for (points,) in rows(server, tables.points_entry, "points"))
    assert total == 20


def test_personal_data_is_sealed_and_opens_only_in_its_place(server: Server, till: Till) -> None:
    member = acts.member(till)
    fact = till.register(member, acts.profile())
    till.pushed()
    for table in (tables.side, tables.member_profile, tables.feed, tables.fact, tables.member):
        for row in rows(server, table):
            whole = b"".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
            for plain in ("李小龙", "lixiaolong", "8613800138000", "11-27"):
                assert plain.encode() not in whole, table.name
    ((sealed,),) = rows(server, tables.side, "sealed")
    salt, body = msgspec.msgpack.decode(
        server.sealer.open(sealed, side_place(till.incarnation, fact.number, "profile"))
    )
    assert (salt, body) == (till.sides[0].salt, till.sides[0].body)
    ((sealed,),) = rows(server, tables.member_profile, "sealed")
    assert decode_profile(server.sealer.open(sealed, profile_place(member.member_id))) == acts.profile()


def test_a_member_without_their_side_record_exists_without_a_name(server: Server, till: Till) -> None:
    member = acts.member(till)
    till.register(member, None)
    till.append(acts.sale(till, 1, member_id=member.member_id, earned=10))
    assert till.pushed().quarantined == []
    doc, counted = doc_of(till, member.member_id)
    assert (doc.masked_name, doc.phone_hash, doc.last4, doc.full, counted) == ("", b"", "", None, 2)
    assert [lot.points for lot in doc.lots] == [10]
    assert alerts(server) == ["side-missing"]


@pytest.mark.parametrize("wrong", ["salt", "body", "short salt"])
def test_a_side_record_that_is_not_the_committed_one_is_left_out(server: Server, till: Till, wrong: str) -> None:
    till.register(acts.member(till), acts.profile())
    side = till.sides[0]
    forged = {
        "salt": replace(side, salt=b"\1" * 32),
        "body": replace(side, body=side.body.replace(b"8613800138000", b"8613900139000")),
        "short salt": replace(side, salt=b"\1"),
    }[wrong]
    till.pushed(sides=[forged])
    assert count(server, tables.side) == count(server, tables.member_profile) == 0
    assert (count(server, tables.member), alerts(server)) == (1, ["side-mismatch"])


@pytest.mark.parametrize(
    "profile",
    [
        Profile("龙" * 5_000_000, "8613800138000"),
        Profile("Lee", "8" * 501),
        Profile("Lee", "8613800138000", preferences=("x",) * 101),
    ],
    ids=["name", "phone", "preferences"],
)
def test_a_profile_too_large_for_tills_reaches_none(
    server: Server, enrol: Callable[..., Till], profile: Profile
) -> None:
    """One till could otherwise keep all others from pulling ever again. What it told is kept for whoever looks."""
    one, two = enrol("A", 1), enrol("A", 2)
    member = acts.member(one)
    one.register(member, profile)
    one.pushed()
    doc, _ = doc_of(two, member.member_id)
    assert (doc.masked_name, doc.terms, doc.full) == ("", "", None)
    assert alerts(server) == ["side-unreadable"]
    assert count(server, tables.side) == 1
    assert count(server, tables.member_profile) == 0


def test_a_side_record_nothing_commits_to_is_left_out(server: Server, till: Till) -> None:
    till.append(acts.sale(till, 1))
    till.register(acts.member(till), acts.profile())
    till.pushed(sides=[*till.sides, replace(till.sides[0], number=1), replace(till.sides[0], name="other")])
    assert rows(server, tables.side, "number", "name") == [(2, "profile")]
    assert alerts(server) == ["side-stray", "side-stray"]


def test_a_phone_two_members_have_is_looked_at(server: Server, enrol: Callable[..., Till]) -> None:
    one, two = enrol("A", 1), enrol("A", 2)
    first, second = acts.member(one, "M1"), acts.member(two, "M2")
    one.register(first, acts.profile())
    two.register(second, acts.profile("王芳"))
    one.pushed()
    two.pushed()
    assert rows(server, tables.alert, "kind", "member_id", "message") == [
        ("same-phone", second.member_id, "The phone of this member is also that of M1.")
    ]
    assert count(server, tables.member) == 2


def test_registrations_that_clash_are_kept_apart(server: Server, till: Till) -> None:
    member = acts.member(till)
    till.register(member, acts.profile())
    till.register(member, acts.profile("王芳", "8613900139000"))
    till.register(replace(acts.member(till), number="M1"), acts.profile("赵六", "8613700137000"))
    assert till.pushed().acknowledged == 3
    doc, counted = doc_of(till, member.member_id)
    assert (doc.masked_name, counted) == ("李**", 2)
    assert alerts(server) == ["member-repeated", "same-number"]
    assert rows(server, tables.member, "number") == [("M1",), ("M1",)]


def test_a_sale_of_a_member_nobody_registered_keeps_their_points(server: Server, enrol: Callable[..., Till]) -> None:
    """Their registration may sit in another till's quarantine; once it is read, the points are there."""
    one, two = enrol("A", 1), enrol("A", 2)
    member = acts.member(one)
    two.append(acts.sale(two, 1, member_id=member.member_id, earned=10))
    two.pushed()
    doc, counted = doc_of(two, member.member_id)
    assert (doc.flags, doc.masked_name, counted) == (["unregistered"], "", 1)
    one.register(member, acts.profile())
    one.pushed()
    doc, counted = doc_of(two, member.member_id)
    assert (doc.flags, doc.masked_name, doc.number, counted) == ([], "李**", "M1", 1)
    assert [lot.points for lot in doc.lots] == [10]
    assert alerts(server) == ["unknown-member"]


def test_points_earned_twice_under_one_lot_count_once(server: Server, till: Till) -> None:
    member = acts.member(till)
    till.register(member, acts.profile())
    first = acts.sale(till, 1, member_id=member.member_id, earned=10)
    till.append(first)
    till.append(replace(acts.sale(till, 2, member_id=member.member_id, earned=10), member=first.member))
    till.pushed()
    doc, _ = doc_of(till, member.member_id)
    assert [lot.points for lot in doc.lots] == [10]
    assert doc.growth == 20
    assert alerts(server) == ["lot-repeated"]
