from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from shared_models.orm import server as tables
from sync_server import setup
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.head_office.web import PASSWORD, ROOT, Web
from tests.sync_server.till import Till


def _codes(server: Server) -> int:
    with server.reading() as connection:
        return connection.execute(select(func.count()).select_from(tables.enrolment_code)).scalar_one()


@pytest.mark.parametrize("token", ["", "wrong", "é"])
def test_a_form_without_its_token_does_nothing(ann: Web, server: Server, token: str) -> None:
    before = _codes(server)
    answer = ann.post(f"{ROOT}/devices/code", {"store": "A", "lane": "1", "token": token})
    assert answer.status == 403
    assert "This form is no longer valid" in answer.words
    assert _codes(server) == before


@pytest.mark.parametrize("origin", [None, "null", "https://example.org", "http://127.0.0.1:1"])
def test_a_form_from_elsewhere_does_nothing(ann: Web, server: Server, till: Till, origin: str | None) -> None:
    token, before = ann.get(f"{ROOT}/devices").token, _codes(server)
    form = {"store": "A", "lane": "1", "token": token}
    assert ann.post(f"{ROOT}/devices/code", form, origin).status == 403
    assert ann.post(f"{ROOT}/devices/{till.incarnation}/revoke", form, origin).status == 403
    assert ann.post(f"{ROOT}/sign-out", form, origin).status == 403
    assert _codes(server) == before
    assert till.pull().status == 200
    assert ann.get(f"{ROOT}/devices").status == 200


def test_a_token_is_good_for_its_own_session_only(ann: Web, sign_in: Callable[[str], Web], server: Server) -> None:
    other, before = sign_in("ann").get(f"{ROOT}/devices").token, _codes(server)
    assert ann.post(f"{ROOT}/devices/code", {"store": "A", "lane": "1", "token": other}).status == 403
    assert _codes(server) == before


def test_the_sign_in_form_is_tied_to_its_browser(stranger: Web) -> None:
    token = Web(stranger.address).get(f"{ROOT}/sign-in").token
    answer = stranger.post(f"{ROOT}/sign-in", {"name": "ann", "password": PASSWORD, "token": token})
    assert answer.status == 403
    assert "tillpoint_session" not in stranger.cookies


def test_a_form_of_nobody_leads_to_the_door(stranger: Web, server: Server) -> None:
    before = _codes(server)
    answer = stranger.post(f"{ROOT}/devices/code", {"store": "A", "lane": "1", "token": "x"})
    assert (answer.status, answer.location) == (303, f"{ROOT}/sign-in?next=%2Fhead-office%2Ftoday")
    assert _codes(server) == before


def test_a_fact_nobody_can_read_is_shown_until_somebody_dealt_with_it(ann: Web, server: Server, till: Till) -> None:
    till.append_raw("sale.confirmed", 1, b"garbage")
    till.pushed()
    page = ann.get(f"{ROOT}/review")
    assert "What tills told and nobody can read yet" in page.words
    form = {"incarnation": str(till.incarnation), "number": "1", "note": "Entered by hand.", "token": page.token}
    for wrong in ({"number": "2"}, {"number": "x"}, {"incarnation": "x"}, {"note": ""}):
        assert ann.post(f"{ROOT}/review/solved", form | wrong).status in (404, 422)
    assert ann.post(f"{ROOT}/review/solved", form | {"token": "wrong"}).status == 403
    assert till.pushed([]).quarantined == [1]
    assert ann.post(f"{ROOT}/review/solved", form).status == 303
    assert till.pushed([]).quarantined == []
    assert "What tills told and nobody can read yet" not in ann.get(f"{ROOT}/review").words


def test_the_receipts_of_a_lost_till_are_an_open_gap(ann: Web, server: Server, till: Till) -> None:
    till.append(acts.sale(till, 1))
    till.pushed()
    till.pulled()
    code = setup.new_enrolment_code(server, till.identity.store_id, till.identity.lane)
    second = Till.enrolled(till.api, code, seed=9)
    assert "2–? unknown; the lane goes on with 10002" in ann.get(f"{ROOT}/devices").words
    till.append(acts.sale(till, 2))
    assert till.pushed().standing == "retired"
    assert "3–? unknown; the lane goes on with 10002" in ann.get(f"{ROOT}/devices").words
    second.append(acts.sale(second, 10_002))
    second.pushed()
    assert "3–? unknown; the lane goes on with 10002" in ann.get(f"{ROOT}/devices").words
