"""Edits of members from tills and head office become one profile, whatever comes first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any
from uuid import UUID

import msgspec
import pytest

from shared_models.domain.facts import Side, commitment
from shared_models.domain.member import MemberRegistered, Profile
from shared_models.domain.profile_edit import ConsentChoice, MemberEdited, ProfileChange
from shared_models.orm import server as tables
from shared_models.wire.facts import decode_profile, encode_change
from shared_models.wire.state import MemberDoc
from sync_server import people
from sync_server.errors import BadInput
from sync_server.ledger.profiles import profile_place
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.ports import StillClock
from tests.sync_server.tables import count, rows
from tests.sync_server.till import Till


def edit(till: Till, member_id: UUID, consents: Sequence[ConsentChoice] = (), **changed: Any) -> None:
    side = Side(0, "profile", till.chance.secret(32), encode_change(ProfileChange(**changed)))
    committed = commitment(side.salt, side.body) if changed else None
    payload = MemberEdited(member_id, "A", "ann", committed, tuple(consents))
    till.append(payload, [side] if changed else [])


def doc_of(till: Till, member_id: UUID) -> tuple[MemberDoc, int]:
    row = till.rows("member")[str(member_id)]
    return msgspec.json.decode(row.doc, type=MemberDoc), row.counted


def profile_of(server: Server, member_id: UUID) -> Profile:
    ((sealed,),) = rows(server, tables.member_profile, "sealed")
    return decode_profile(server.sealer.open(sealed, profile_place(member_id)))


def registered(till: Till) -> MemberRegistered:
    member = acts.member(till)
    till.register(member, acts.profile())
    till.pushed()
    return member


def alerts(server: Server) -> list[str]:
    return [kind for (kind,) in rows(server, tables.alert, "kind")]


def test_an_edit_changes_only_its_fields_and_is_counted(server: Server, enrol: Callable[..., Till]) -> None:
    here, there = enrol("A", 1), enrol("B", 1)
    member_id = registered(here).member_id
    edit(there, member_id, name="王芳")
    assert there.pushed().quarantined == []
    assert profile_of(server, member_id) == Profile("王芳", "8613800138000", birthday="11-27")
    doc, counted = doc_of(there, member_id)
    assert (doc.masked_name, doc.last4, doc.terms, counted) == ("王**", "8000", "王芳 wangfang wf", 1)
    doc, counted = doc_of(here, member_id)
    assert doc.full is not None
    assert (doc.full.name, doc.full.birthday, counted, doc.edited) == ("王芳", "11-27", 1, there.facts[0].hlc)
    assert alerts(server) == []
    for row in rows(server, tables.fact):
        assert "王芳".encode() not in b"".join(value for value in row if isinstance(value, bytes))


def test_every_order_of_arrival_gives_the_same(server: Server, enrol: Callable[..., Till]) -> None:
    """Three tills apart edit the same member; the registration itself may come last."""
    found = set()
    for lane, order in enumerate(permutations(range(4)), 1):
        tills = [enrol("A", 10 * lane + place) for place in range(4)]
        member = acts.member(tills[0], f"M{lane}")
        tills[0].register(member, acts.profile(phone=f"86138{lane:08}"))
        edit(tills[1], member.member_id, [ConsentChoice("marketing", given=False)], name="One", birthday="01-01")
        tills[2].append(acts.sale(tills[2], 1))
        edit(tills[2], member.member_id, [ConsentChoice("sms", given=True)], name="Two")
        tills[3].append(acts.sale(tills[3], 1))
        tills[3].append(acts.sale(tills[3], 2))
        edit(tills[3], member.member_id, [ConsentChoice("marketing", given=True)], name="Three", gender="f")
        edit(tills[3], member.member_id, birthday="")
        for place in order:
            tills[place].pushed()
        sealed = dict(rows(server, tables.member_profile, "member_id", "sealed"))[member.member_id]
        profile = decode_profile(server.sealer.open(sealed, profile_place(member.member_id)))
        doc, _ = doc_of(tills[0], member.member_id)
        consents = tuple((each.consent, each.given) for each in doc.consents)
        found.add((profile.name, profile.birthday, profile.gender, profile.phone[-3:] != "", doc.masked_name, consents))
    assert found == {("Three", "", "f", True, "T**", (("marketing", False), ("sms", True)))}


def test_an_old_edit_that_comes_late_changes_nothing(server: Server, enrol: Callable[..., Till]) -> None:
    here, late = enrol("A", 1), enrol("A", 2)
    member_id = registered(here).member_id
    edit(late, member_id, name="Old", gender="m")
    here.append(acts.sale(here, 1))
    edit(here, member_id, name="New")
    here.pushed()
    late.pushed()
    assert profile_of(server, member_id) == Profile("New", "8613800138000", birthday="11-27", gender="m")
    assert doc_of(late, member_id)[1] == 1


def test_head_office_edits_after_what_it_has_seen(
    server: Server, enrol: Callable[..., Till], clock: StillClock
) -> None:
    """A till's fast clock doesn't outlast head office's own edit."""
    till = enrol("A", 1)
    member_id = registered(till).member_id
    clock.ms -= 5 * 60_000
    edit(till, member_id, name="Till")
    till.pushed()
    people.edit(server, member_id, "head", ProfileChange(name="Head", language="en"))
    assert profile_of(server, member_id) == Profile("Head", "8613800138000", "11-27", language="en")
    with pytest.raises(BadInput):
        people.edit(server, UUID(int=9), "head", ProfileChange(name="Head"))
    facts = count(server, tables.fact)
    people.edit(server, member_id, "head", ProfileChange())
    assert count(server, tables.fact) == facts


def test_an_opt_out_holds_against_an_opt_in_that_did_not_know_of_it(server: Server, enrol: Callable[..., Till]) -> None:
    one, two = enrol("A", 1), enrol("A", 2)
    member_id = registered(one).member_id
    edit(one, member_id, [ConsentChoice("marketing", given=False)])
    one.pushed()
    two.append(acts.sale(two, 1))
    two.append(acts.sale(two, 2))
    edit(two, member_id, [ConsentChoice("marketing", given=True)])
    two.pushed()
    (consent,) = doc_of(one, member_id)[0].consents
    assert (consent.consent, consent.given, consent.withdrawn) == ("marketing", False, one.facts[1].hlc)
    people.edit(server, member_id, "head", ProfileChange(), [ConsentChoice("marketing", True, consent.withdrawn)])
    assert doc_of(one, member_id)[0].consents[0].given


def test_a_lost_or_forged_side_record_changes_no_field(server: Server, till: Till) -> None:
    member_id = registered(till).member_id
    edit(till, member_id, name="New")
    assert till.pushed(sides=[]).quarantined == []
    assert profile_of(server, member_id) == acts.profile()
    assert alerts(server) == ["side-missing"]
    assert doc_of(till, member_id)[1] == 2


def test_an_edit_of_nobody_is_kept_for_when_they_are_known(server: Server, enrol: Callable[..., Till]) -> None:
    one, two = enrol("A", 1), enrol("A", 2)
    member = acts.member(one)
    edit(two, member.member_id, name="Edited")
    two.pushed()
    assert alerts(server) == ["unknown-member"]
    one.register(member, acts.profile())
    one.pushed()
    assert profile_of(server, member.member_id) == Profile("Edited", "8613800138000", "11-27")


def test_a_clock_that_none_can_show_is_quarantined(server: Server, till: Till) -> None:
    member_id = registered(till).member_id
    edit(till, member_id, [ConsentChoice("marketing", True, seen=2**63)])
    edit(till, member_id, [ConsentChoice("marketing", True, seen=2**62)])
    assert till.pushed().quarantined == [2]
