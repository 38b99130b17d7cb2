from __future__ import annotations

from pathlib import Path

import pytest

from pos_client.app.till import Till
from pos_client.bootstrap import NotEnrolled
from pos_client.presenters.counter import Counter
from pos_client.presenters.state import Screen
from pos_client.store.database import Corrupt, NewerDatabase, WrongKey
from pos_client.sync.enrolment import CodeInvalid
from pos_client.ui.gallery_shop import GalleryTill
from shared_models.domain.errors import DomainError
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.presenters.conftest import LateOperations


class Unopened:
    """A till that can be opened once ``trouble`` is gone."""

    def __init__(self, home: Path, trouble: Exception | None) -> None:
        self._home = home
        self.trouble = trouble
        self.enrolled_with: tuple[str, str] | None = None
        self.shop: GalleryTill | None = None

    def open(self) -> Till:
        if self.trouble is not None:
            raise self.trouble
        self.shop = GalleryTill(self._home)
        return self.shop.till

    def enrol(self, server_url: str, code: str) -> None:
        if code != "GOOD":
            raise NotEnrolled
        self.enrolled_with = (server_url, code)
        self.trouble = None


@pytest.fixture
def counter() -> Counter:
    return Counter(LateOperations(), "en")


@pytest.mark.parametrize("trouble", [WrongKey(file="journal.db"), NewerDatabase(file="journal.db")])
def test_a_file_that_cannot_be_used_stops_the_start_plainly(
    counter: Counter, gallery_home: Path, trouble: DomainError
) -> None:
    unopened = Unopened(gallery_home, trouble)
    counter.starting.begin(unopened.open, unopened.enrol)
    assert screen_of(counter) is Screen.TROUBLE
    assert counter.state.trouble is not None
    assert counter.state.trouble.code == trouble.code
    assert "journal.db" in counter.state.trouble.sentence


def test_enter_tries_again(counter: Counter, gallery_home: Path) -> None:
    unopened = Unopened(gallery_home, WrongKey(file="journal.db"))
    counter.starting.begin(unopened.open, unopened.enrol)
    unopened.trouble = None
    counter.enter("")
    assert screen_of(counter) is Screen.SIGN_IN
    assert unopened.shop is not None
    unopened.shop.close()


def test_a_new_till_is_enrolled_by_address_and_code(counter: Counter, gallery_home: Path) -> None:
    unopened = Unopened(gallery_home, NotEnrolled())
    counter.starting.begin(unopened.open, unopened.enrol)
    assert screen_of(counter) is Screen.ENROL
    assert counter.prompt == "Address of the server"
    counter.enter("head-office.example")
    assert counter.prompt == "One-time code from head office"
    counter.enter("BAD")
    assert counter.state.problem is not None
    assert screen_of(counter) is Screen.ENROL
    counter.enter("GOOD")
    assert unopened.enrolled_with == ("https://head-office.example", "GOOD")
    assert screen_of(counter) is Screen.SIGN_IN
    assert unopened.shop is not None
    unopened.shop.close()


class Renewer:
    def __init__(self, unopened: Unopened) -> None:
        self._unopened = unopened
        self.done: list[str] = []

    def leave(self) -> None:
        self.done.append("leave")

    def renew(self, code: str) -> None:
        if code != "GOOD":
            raise CodeInvalid
        if self._unopened.shop is not None:
            self._unopened.shop.close()
        self.done.append(code)
        self._unopened.trouble = None


def test_a_damaged_journal_has_a_way_out(counter: Counter, gallery_home: Path) -> None:
    unopened = Unopened(gallery_home, Corrupt(file="journal.db", why="HMAC of page 7"))
    renewer = Renewer(unopened)
    counter.starting.begin(unopened.open, unopened.enrol, renewer)
    assert screen_of(counter) is Screen.TROUBLE
    assert counter.state.trouble is not None
    assert counter.state.trouble.renewable
    counter.press("F1")
    assert screen_of(counter) is Screen.RENEW
    counter.enter("BAD")
    assert counter.state.problem is not None
    assert counter.state.problem.code == "code_invalid"
    counter.press("Escape")
    counter.enter("GOOD")
    assert renewer.done == ["leave", "leave", "GOOD"]
    assert screen_of(counter) is Screen.SIGN_IN
    assert unopened.shop is not None
    unopened.shop.close()


def test_a_till_at_work_is_set_up_anew_from_the_sign_in(counter: Counter, gallery_home: Path) -> None:
    unopened = Unopened(gallery_home, None)
    renewer = Renewer(unopened)
    counter.starting.begin(unopened.open, unopened.enrol, renewer)
    counter.press("F1")
    assert screen_of(counter) is Screen.RENEW
    counter.press("F8")
    assert screen_of(counter) is Screen.SIGN_IN, "the clock is right"
    counter.press("F1")
    counter.press("Escape")
    assert screen_of(counter) is Screen.SIGN_IN
    counter.press("F1")
    counter.enter("GOOD")
    assert renewer.done == ["leave", "GOOD"]
    assert screen_of(counter) is Screen.SIGN_IN
    assert unopened.shop is not None
    unopened.shop.close()
