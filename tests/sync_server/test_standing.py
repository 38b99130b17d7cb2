"""What the server keeps of a member's points and tier, and what tills are told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import update

from shared_models.domain import tier
from shared_models.domain.member import Effect, Grant, HeldTier, Lot, Standing
from shared_models.domain.months import Month
from shared_models.domain.programme import default_programme
from shared_models.domain.tier_grant import give
from shared_models.orm import server as tables
from shared_models.wire.state import MemberDoc
from sync_server.ledger.members import Members
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.tables import rows
from tests.sync_server.till import Till

NOVEMBER, EXPIRY = 24_322, date(2027, 12, 31)


def apply(server: Server, till: Till, number: int, effect: Effect) -> int:
    """What fact ``number`` of the till would do; how many points were overspent."""
    with server.acting() as act:
        members = Members(act, till.incarnation, server.programme(act.connection), {effect.member_id})
        overspent = members.apply(number, effect)
        members.write(server)
    return overspent


def doc_of(till: Till, member_id: UUID) -> MemberDoc:
    return msgspec.json.decode(till.rows("member")[str(member_id)].doc, type=MemberDoc)


def registered(till: Till) -> UUID:
    member = acts.member(till)
    till.register(member, acts.profile())
    till.pushed()
    return member.member_id


def test_a_till_gets_the_standing_that_the_server_keeps(server: Server, till: Till) -> None:
    member_id = registered(till)
    till.append(acts.sale(till, 1, 60_000, member_id, earned=600))
    till.append(acts.sale(till, 2, 1_000, member_id, earned=10))
    till.pushed()
    standing = doc_of(till, member_id).standing()
    assert standing == Standing("silver", 610, months=(Month(NOVEMBER, 610_00, 2, 610, 0, 610),))
    apply(server, till, 9, Effect(member_id, date(2026, 12, 2), growth=-110, spend_minor=-110_00, bought_on=acts.DAY))
    doc = doc_of(till, member_id)
    assert doc.standing() == Standing("silver", 500, months=(Month(NOVEMBER, 500_00, 2, 500, 0, 610),))
    assert (doc.spend_month, doc.spend_month_minor) == ("2026-11", 500_00), "for tills of the first version"
    apply(server, till, 10, Effect(member_id, date(2026, 12, 2), growth=-1, spend_minor=-1_00, bought_on=acts.DAY))
    assert doc_of(till, member_id).tier == "basic"


def test_a_row_of_the_first_version_is_understood(server: Server, till: Till) -> None:
    member_id = registered(till)
    of_old = {"tier": "gold", "growth": 1_800, "spend_month": "2026-11", "spend_month_minor": 120_00, "basis": None}
    with server.acting() as act:
        act.connection.execute(update(tables.member).values(of_old))
    apply(server, till, 9, Effect(member_id, acts.DAY, growth=5, spend_minor=5_00, visits=1))
    assert doc_of(till, member_id).standing() == Standing(
        "gold", 1_805, months=(Month(NOVEMBER, 125_00, 2, 1_805),), held=HeldTier("gold", NOVEMBER, NOVEMBER)
    )
    plain = MemberDoc(
        id=member_id, number="M1", store_id="A", masked_name="", phone_hash=b"", last4="", tier="gold", growth=1_800,
        spend_month="2026-11", spend_month_minor=120_00,
    )  # fmt: skip
    assert plain.standing() == Standing("gold", 1_800, months=(Month(NOVEMBER, 120_00, 1, 1_800),))
    assert not tier.is_new(plain.standing()), "who has bought before gets no offer for a first purchase"
    assert tier.at(plain.standing(), default_programme(), acts.DAY) == "gold"


def test_grants_travel(server: Server, till: Till) -> None:
    member_id = registered(till)
    grant = Grant("gold", acts.DAY, date(2026, 12, 31), "li")
    with server.acting() as act:
        programme = server.programme(act.connection)
        members = Members(act, till.incarnation, programme, {member_id})
        found = members.known[member_id]
        found.view = replace(found.view, standing=give(found.view.standing, grant, programme))
        found.changed, found.counted = True, 9
        members.write(server)
    doc = doc_of(till, member_id)
    assert (doc.tier, doc.standing().grants) == ("basic", (grant,))
    assert tier.at(doc.standing(), programme, acts.DAY) == "gold"


def test_points_that_a_return_takes_and_gives_are_entries(server: Server, till: Till) -> None:
    member_id = registered(till)
    apply(server, till, 9, Effect(member_id, acts.DAY, Lot(UUID(int=1), 60, EXPIRY, date(2026, 12, 8)), visits=1))
    assert apply(server, till, 9, Effect(member_id, acts.DAY)) == 0
    doc = doc_of(till, member_id)
    assert [(lot.points, doc.pending[lot.id]) for lot in doc.lots] == [(60, date(2026, 12, 8))]
    assert doc.account().lots == (Lot(UUID(int=1), 60, EXPIRY, date(2026, 12, 8)),)
    back = (Lot(UUID(int=2), 100, EXPIRY), Lot(UUID(int=3), 50, date(2026, 12, 24)))
    overspent = apply(server, till, 10, Effect(member_id, acts.DAY, taken_back=70, given_back=back))
    assert overspent == 0, "what a return takes back is owed, but nobody overspent"
    apply(server, till, 11, Effect(member_id, acts.DAY, given_back=(Lot(UUID(int=4), 5, EXPIRY),)))
    assert rows(server, tables.points_entry, "number", "kind", "points", "lot_id") == [
        (10, "given_back", 150, None), (10, "taken_back", -70, None), (11, "given_back", 5, UUID(int=4)),
        (9, "earned", 60, UUID(int=1)),
    ]  # fmt: skip
    assert rows(server, tables.points_lot, "granted", "expires_on", "available_on") == [
        (100, "2027-12-31", None), (5, "2027-12-31", None), (50, "2026-12-24", None), (60, "2027-12-31", "2026-12-08"),
    ]  # fmt: skip


def test_what_was_not_there_to_redeem_is_told(server: Server, till: Till) -> None:
    member_id = registered(till)
    earned = Effect(member_id, acts.DAY, Lot(UUID(int=1), 60, EXPIRY))
    assert apply(server, till, 9, earned) == 0
    assert apply(server, till, 10, Effect(member_id, acts.DAY, Lot(UUID(int=2), 30, EXPIRY), redeemed_points=100)) == 40
    assert doc_of(till, member_id).debt == 10
