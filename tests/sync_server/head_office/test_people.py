"""Members changed, joined and parted at head office, and what pricing sales again has found."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from shared_models.domain.programme import default_programme, to_plain
from shared_models.domain.spending_rules import ResourceKind
from shared_models.orm import server as tables
from shared_models.wire import messages
from shared_models.wire.messages import LeaseRequest
from sync_server import people, setup
from sync_server.jobs import reprice
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.head_office.web import ROOT, Web
from tests.sync_server.tables import count, rows
from tests.sync_server.till import Till

FIELDS = {"name": "李小龙", "phone": "+8613800138000", "birthday": "11-27", "marketing": "yes"}


def two_of_one(till: Till) -> tuple[UUID, UUID]:
    ids = []
    for number in ("M1", "M2"):
        member = acts.member(till, number)
        till.register(member, acts.profile())
        ids.append(member.member_id)
    till.append(acts.sale(till, 1, 5_000, ids[1], earned=50))
    till.pushed()
    first, second = sorted(ids)
    return first, second


def test_two_members_are_joined_and_parted_from_the_page(ann: Web, till: Till, server: Server) -> None:
    first, second = two_of_one(till)
    page = ann.get(f"{ROOT}/review/links")
    assert "李**" in page.words
    assert "李小龙" not in page.words
    address = f"{ROOT}/review/links/{first}/{second}"
    answer = ann.post(address, {"token": page.token, "what": str(first), "note": " ID  card "})
    assert (answer.status, answer.location) == (303, f"{ROOT}/review/links")
    assert rows(server, tables.member_link, "state", "decided_by", "how", "note") == [
        ("joined", "ann", "desk", "ID card")
    ]
    kept = ann.get(f"{ROOT}/members/{first}").words
    assert "Joined with" in kept
    assert "50 points" in kept
    assert "joined into another" in ann.get(f"{ROOT}/members/{second}").words
    page = ann.get(f"{ROOT}/review/links")
    assert "Nothing to look at." in page.words
    assert "joined" in page.words
    ann.post(address, {"token": page.token, "what": "part"})
    assert [state for (state,) in rows(server, tables.member_link, "state")] == ["parted"]
    assert "Joined with" not in ann.get(f"{ROOT}/members/{first}").words


def test_a_parting_that_waits_for_a_till_is_shown_and_can_be_withdrawn(ann: Web, till: Till, server: Server) -> None:
    first, second = two_of_one(till)
    plain = to_plain(default_programme(2)) | {"format": 3, "spending": {"points": {"mode": "escrow"}}}
    setup.publish_programme(server, plain)
    people.join(server, first, second, "ann")
    request = LeaseRequest(id=till.new_id(), kind=ResourceKind.POINTS, key=str(first), amount=50)
    assert till.send("/v1/lease", messages.encode(request)).status == 200
    address = f"{ROOT}/review/links/{first}/{second}"
    ann.post(address, {"token": ann.get(f"{ROOT}/review/links").token, "what": "part"})
    page = ann.get(f"{ROOT}/review/links")
    assert "To be parted" in page.words
    assert f"Lane {till.identity.lane}" in page.words
    assert [state for (state,) in rows(server, tables.member_link, "state")] == ["joined"]
    ann.post(address, {"token": page.token, "what": str(first)})
    assert "To be parted" not in ann.get(f"{ROOT}/review/links").words
    assert rows(server, tables.parting_asked, "first") == []


def test_an_analyst_sees_that_there_are_links_and_decides_nothing(
    sign_in: Callable[[str], Web], till: Till, server: Server
) -> None:
    first, second = two_of_one(till)
    ana = sign_in("ana")
    page = ana.get(f"{ROOT}/review/links")
    assert "李" not in page.words
    assert "8000" not in page.words
    facts = count(server, tables.fact)
    assert ana.post(f"{ROOT}/review/links/{first}/{second}", {"token": page.token, "what": "part"}).status == 403
    assert ana.get(f"{ROOT}/members/{first}/edit").status == 403
    assert ana.post(f"{ROOT}/members/{first}/edit", {"token": page.token, **FIELDS}).status == 403
    assert count(server, tables.fact) == facts


def test_only_links_that_there_are_can_be_decided(ann: Web, till: Till, server: Server) -> None:
    first, second = two_of_one(till)
    token = ann.get(f"{ROOT}/review/links").token
    facts = count(server, tables.fact)
    for address in (f"{second}/{first}", f"{first}/{UUID(int=4)}", f"{first}/x"):
        assert ann.post(f"{ROOT}/review/links/{address}", {"token": token, "what": "part"}).status == 404
    assert ann.post(f"{ROOT}/review/links/{first}/{second}", {"what": "part"}).status == 403
    ann.post(f"{ROOT}/review/links/{first}/{second}", {"token": token, "what": "nonsense"})
    assert count(server, tables.fact) == facts


def test_a_member_is_changed_field_by_field(ann: Web, till: Till, server: Server) -> None:
    member = acts.member(till)
    till.register(member, acts.profile())
    till.pushed()
    address = f"{ROOT}/members/{member.member_id}/edit"
    page = ann.get(address)
    assert 'value="李小龙"' in page.text
    facts = count(server, tables.fact)
    assert ann.post(address, {"token": page.token, **FIELDS}).status == 303
    assert count(server, tables.fact) == facts, "nothing was changed"
    wrong = [{"name": " "}, {"phone": "12"}, {"birthday": "02-30"}]
    for each in wrong:
        assert ann.post(address, {"token": page.token, **FIELDS, **each}).status == 422
    assert count(server, tables.fact) == facts
    changed = {**FIELDS, "name": "Bruce", "marketing": "", "preferences": "dairy tea dairy"}
    assert ann.post(address, {"token": page.token, **changed}).location == f"{ROOT}/members/{member.member_id}"
    shown = ann.get(f"{ROOT}/members/{member.member_id}").words
    assert "Bruce" in shown
    assert "Agreed to" not in shown
    page = ann.get(address)
    assert 'value="dairy tea"' in page.text
    seen = re.search(r'name="seen" value="([0-9]+)"', page.text)
    assert seen is not None
    ann.post(address, {"token": page.token, **changed, "marketing": "yes", "seen": "0"})
    assert "Agreed to" not in ann.get(f"{ROOT}/members/{member.member_id}").words, "it didn't know of the opt-out"
    ann.post(address, {"token": page.token, **changed, "marketing": "yes", "seen": seen[1]})
    assert "Agreed to News and offers" in ann.get(f"{ROOT}/members/{member.member_id}").words


def test_what_pricing_again_found_is_listed(ann: Web, till: Till, server: Server) -> None:
    good = acts.sale(till, 1)
    wrong = replace(good, inputs=replace(good.inputs, priced_ms=1_795_478_400_000))
    till.append(replace(wrong, lines=(replace(good.lines[0], tax_minor=116),)))
    till.append(acts.sale(till, 2))
    till.pushed()
    reprice.run(server)
    page = ann.get(f"{ROOT}/review/repriced").words
    assert "1 sale couldn't be judged." in page
    assert "The same inputs, other figures 1" in page
    assert "1 with other figures" in ann.get(f"{ROOT}/review").words
