from __future__ import annotations

from collections.abc import Callable
from http.cookies import SimpleCookie

import pytest
from sqlalchemy import update

from shared_models.orm.server import user
from sync_server import setup
from sync_server.head_office.gallery.site import serving
from sync_server.head_office.session import IDLE_MS, LONGEST_MS
from sync_server.head_office.throttle import FIRST_WAIT_MS, FREE_TRIES_PAIR
from sync_server.main import create_app
from sync_server.server import Server
from tests.sync_server.head_office.web import PASSWORD, ROOT, Web
from tests.sync_server.ports import StillClock

SESSION = "tillpoint_session"


def test_signing_in_opens_the_page_one_wanted(stranger: Web) -> None:
    refused = stranger.get(f"{ROOT}/sales?period=week")
    assert refused.status == 303
    assert refused.location == "/head-office/sign-in?next=%2Fhead-office%2Fsales%3Fperiod%3Dweek"
    answer = stranger.sign_in("ann", after=f"{ROOT}/sales?period=week")
    assert answer.status == 303
    assert answer.location == f"{ROOT}/sales?period=week"
    cookie = SimpleCookie("; ".join(answer.headers.getlist("set-cookie")[:1]))[SESSION]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "strict"
    assert cookie["path"] == ROOT
    assert stranger.get(answer.location).status == 200


def test_htmx_is_sent_to_the_door_as_a_whole(stranger: Web) -> None:
    answer = stranger.get(f"{ROOT}/today", **{"HX-Request": "true"})
    assert answer.status == 401
    assert answer.headers["HX-Redirect"].startswith(f"{ROOT}/sign-in?next=")


@pytest.mark.parametrize(
    ("name", "password"), [("ann", "another password"), ("nobody", PASSWORD), ("ann", "x" * 201), ("", "")]
)
def test_a_wrong_sign_in_says_the_same_whatever_was_wrong(stranger: Web, name: str, password: str) -> None:
    answer = stranger.sign_in(name, password)
    assert answer.status == 403
    assert "Name or password is wrong. Type both again." in answer.words
    assert SESSION not in stranger.cookies


@pytest.mark.parametrize("database_url", ["sqlcipher", "postgresql"], indirect=True)
def test_guessing_is_slowed_down(stranger: Web, server: Server, clock: StillClock) -> None:
    setup.save_user(server, "max", PASSWORD, "manager")
    for _ in range(FREE_TRIES_PAIR):
        assert stranger.sign_in("ann", "a wrong password").status == 403
    throttled = stranger.sign_in("ann")
    assert throttled.status == 429
    assert throttled.headers["retry-after"] == str(FIRST_WAIT_MS // 1000)
    assert "Too many tries. Try again in 30 seconds." in throttled.words
    assert SESSION not in stranger.cookies
    assert Web(stranger.address).sign_in("max").status == 303, "others at the same address may still come in"
    clock.ms += FIRST_WAIT_MS
    assert stranger.sign_in("ann", "a wrong password").status == 403
    assert stranger.sign_in("ann").headers["retry-after"] == str(2 * FIRST_WAIT_MS // 1000)
    clock.ms += 2 * FIRST_WAIT_MS
    assert stranger.sign_in("ann").status == 303


def test_throttling_survives_a_restart_and_holds_for_other_workers(stranger: Web, server: Server) -> None:
    for _ in range(FREE_TRIES_PAIR):
        stranger.sign_in("ann", "a wrong password")
    with serving(create_app(server)) as another:
        assert Web(another).sign_in("ann").status == 429


def test_signing_out(ann: Web) -> None:
    token = ann.get(f"{ROOT}/today").token
    answer = ann.post(f"{ROOT}/sign-out", {"token": token})
    assert answer.status == 303
    assert answer.location == f"{ROOT}/sign-in"
    assert SESSION not in ann.cookies
    assert ann.get(f"{ROOT}/today").status == 303


def test_an_idle_session_ends_and_a_used_one_goes_on_for_half_a_day(ann: Web, clock: StillClock) -> None:
    began = clock.ms
    while clock.ms - began + IDLE_MS // 2 < LONGEST_MS:
        clock.ms += IDLE_MS // 2
        assert ann.get(f"{ROOT}/review").status == 200
    clock.ms = began + LONGEST_MS
    assert ann.get(f"{ROOT}/review").status == 303
    assert ann.sign_in("ann").status == 303
    clock.ms += IDLE_MS
    assert ann.get(f"{ROOT}/review").status == 303


def test_a_new_password_ends_all_sessions(ann: Web, server: Server) -> None:
    setup.save_user(server, "ann", "another long password", "administrator")
    assert ann.get(f"{ROOT}/today").status == 303


def test_a_new_role_counts_at_once(ann: Web, server: Server) -> None:
    with server.acting() as act:
        act.connection.execute(update(user).where(user.c.name == "ann").values(role="of a newer version"))
    answer = ann.get(f"{ROOT}/devices")
    assert answer.status == 200
    assert "Analyst" in answer.words
    assert "Make a code" not in answer.words


CHANGES: list[Callable[[str], str]] = [
    lambda cookie: cookie[:-2] + "AA",
    lambda cookie: "AA" + cookie[2:],
    lambda cookie: cookie.partition(".")[0],
    lambda cookie: cookie + "A" * 2000,
    lambda _: "x.y",
    lambda _: "é",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_cookie_is_worth_nothing(ann: Web, change: Callable[[str], str]) -> None:
    ann.cookies[SESSION] = change(ann.cookies[SESSION])
    assert ann.get(f"{ROOT}/today").status == 303


ELSEWHERE = (
    "https://example.org/", "//example.org/", "/head-officeX", "/head-office/\\x", "javascript:0",
    "/head-office/\r\nX: y",
)  # fmt: skip


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_nobody_is_sent_elsewhere(stranger: Web, elsewhere: str) -> None:
    assert stranger.sign_in("ann", after=elsewhere).location == f"{ROOT}/today"


def test_the_language_stays_chosen(stranger: Web) -> None:
    answer = stranger.get(f"{ROOT}/language?to=zh_Hant&back=/head-office/sign-in")
    assert answer.location == f"{ROOT}/sign-in"
    assert stranger.cookies["tillpoint_language"] == "zh_Hant"
    page = stranger.get(f"{ROOT}/sign-in")
    assert '<html lang="zh-Hant">' in page.text
    assert "登入" in page.words
    assert stranger.get(f"{ROOT}/language?to=xx").status == 303
    assert stranger.cookies["tillpoint_language"] == "zh_Hant"
