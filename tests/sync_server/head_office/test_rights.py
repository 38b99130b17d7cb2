"""Who sees people and who manages devices."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from shared_models.domain.programme import default_programme, to_plain
from shared_models.orm import server as tables
from shared_models.wire import messages as wire
from sync_server import setup
from sync_server.api.endpoints import Api
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.head_office.shop import NAME, PHONE, sell
from tests.sync_server.head_office.web import ROOT, Web
from tests.sync_server.till import Till, problem

pytestmark = pytest.mark.parametrize("database_url", ["sqlcipher", "postgresql"], indirect=True)


def test_an_analyst_never_sees_a_person(sign_in: Callable[[str], Web], till: Till) -> None:
    sold = sell(till)
    ann, ana = sign_in("ann"), sign_in("ana")
    paths = [
        "today", "sales", "members", "review", "devices", f"members/{sold.member_id}",
        *(f"sales/{sale_id}" for sale_id in sold.sale_ids),
    ]  # fmt: skip
    seen_by_ann = "".join(ann.get(f"{ROOT}/{path}").text for path in paths)
    assert NAME in seen_by_ann
    assert "139 1234 8642" in seen_by_ann
    assert "11-27" in seen_by_ann
    seen = "".join(ana.get(f"{ROOT}/{path}").text for path in paths)
    for secret in (NAME, NAME[0], PHONE, "139 1234", "11-27"):
        assert secret not in seen
    last_digits = re.compile(rf"(?<![0-9a-f]){PHONE[-4:]}(?![0-9a-f])")
    assert last_digits.search(seen_by_ann)
    assert not last_digits.search(seen)
    assert "880001" in seen
    assert "Your role sees no names and phone numbers." in seen


def test_an_analyst_finds_nobody_by_phone(sign_in: Callable[[str], Web], till: Till) -> None:
    sold = sell(till)
    ana = sign_in("ana")
    token = ana.get(f"{ROOT}/members").token
    for typed in (PHONE, PHONE[2:], PHONE[-4:]):
        answer = ana.post(f"{ROOT}/members", {"q": typed, "token": token})
        assert answer.status == 200
        assert "880001" not in answer.words
    found = ana.post(f"{ROOT}/members", {"q": "880001", "token": token})
    assert found.location == f"{ROOT}/members/{sold.member_id}"


def test_a_code_from_head_office_enrols_a_till(ann: Web, api: Api) -> None:
    token = ann.get(f"{ROOT}/devices").token
    answer = ann.post(f"{ROOT}/devices/code", {"store": "B", "lane": "7", "token": token})
    assert answer.status == 200
    code = re.search(r"<output>([0-9A-Z-]+)</output>", answer.text)
    assert code
    till = Till.enrolled(api, code.group(1))
    assert (till.identity.store_id, till.identity.lane) == ("B", 7)
    assert code.group(1) not in ann.get(f"{ROOT}/devices").text


def test_a_wrong_lane_or_store_makes_no_code(ann: Web, server: Server) -> None:
    token = ann.get(f"{ROOT}/devices").token
    for store, lane in (*(("A", lane) for lane in ("0", "-1", "1000", "x", "²", "")), ("C", "1"), ("", "1")):
        answer = ann.post(f"{ROOT}/devices/code", {"store": store, "lane": lane, "token": token})
        assert answer.status == 422
        assert "Nothing was made." in answer.words
    with server.reading() as connection:
        assert connection.execute(select(func.count()).select_from(tables.enrolment_code)).scalar_one() == 0


def test_revoking_asks_first_and_ends_the_device(ann: Web, till: Till) -> None:
    address = f"{ROOT}/devices/{till.incarnation}/revoke"
    asked = ann.get(address)
    assert "Revoke lane 1 of Store A?" in asked.words
    assert till.pull().status == 200
    answer = ann.post(address, {"token": asked.token})
    assert (answer.status, answer.location) == (303, f"{ROOT}/devices")
    assert problem(till.pull()).status == 403
    page = ann.get(f"{ROOT}/devices").words
    assert "Revoked" in page
    assert "Revoke…" not in page
    assert ann.get(f"{ROOT}/devices/nothing/revoke").status == 404


def test_writing_off_says_what_is_at_stake_and_frees_it(ann: Web, till: Till, server: Server) -> None:
    setup.publish_programme(
        server, to_plain(default_programme(2)) | {"format": 3, "spending": {"points": {"mode": "escrow"}}}
    )
    member = acts.member(till)
    till.register(member, acts.profile())
    till.append(acts.sale(till, 1, member_id=member.member_id, earned=500))
    till.pushed()
    ask = wire.LeaseRequest(id=till.new_id(), kind="points", key=str(member.member_id), amount=400)
    assert till.send("/v1/lease", wire.encode(ask)).status == 200

    assert "Points 400" in ann.get(f"{ROOT}/devices").words
    address = f"{ROOT}/devices/{till.incarnation}/write-off"
    asked = ann.get(address)
    assert "Write off lane 1 of Store A?" in asked.words
    assert "It may have spent at most: Points 400" in asked.words
    assert ann.post(address, {"token": "another"}).status == 403
    assert ann.post(address, {"token": asked.token}).location == f"{ROOT}/devices"
    assert "Write off…" not in ann.get(f"{ROOT}/devices").words
    assert "Lent value written off" in ann.get(f"{ROOT}/review").words
    with server.reading() as connection:
        assert connection.scalars(select(tables.lease.c.state)).all() == ["written_off"]


def test_only_an_administrator_manages_devices(sign_in: Callable[[str], Web], till: Till, server: Server) -> None:
    address = f"{ROOT}/devices/{till.incarnation}/revoke"
    for name in ("max", "ana"):
        web = sign_in(name)
        page = web.get(f"{ROOT}/devices")
        assert "Make a code" not in page.words
        assert "Revoke…" not in page.words
        assert web.get(address).status == 403
        assert web.post(address, {"token": page.token}).status == 403
        refused = web.post(f"{ROOT}/devices/code", {"store": "A", "lane": "2", "token": page.token})
        assert refused.status == 403
        assert "Your role may not do this. Ask an administrator." in refused.words
    assert till.pull().status == 200
    with server.reading() as connection:
        assert connection.execute(select(func.count()).select_from(tables.enrolment_code)).scalar_one() == 1


def test_names_and_texts_are_shown_as_text_only(ann: Web, till: Till) -> None:
    member = acts.member(till, number='<b id="x">')
    till.register(member, acts.profile("<script>alert(1)</script>", "8613800138000"))
    till.pushed()
    for path in ("members", f"members/{member.member_id}"):
        page = ann.get(f"{ROOT}/{path}").text
        assert "<script>alert" not in page
        assert '<b id="x">' not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in ann.get(f"{ROOT}/members/{member.member_id}").text
