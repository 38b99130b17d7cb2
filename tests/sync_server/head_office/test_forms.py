from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from shared_models.orm import server as tables
from sync_server.server import Server
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
