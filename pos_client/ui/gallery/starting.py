"""Before the first sale: somebody signs in, or the till can't start yet."""

from __future__ import annotations

from typing import Final

from pos_client.app.views import Notice
from pos_client.presenters.state import Enrolment, Screen, Trouble
from pos_client.ui.gallery.situations import opened, signed_in
from pos_client.ui.gallery.stage import Stage


def sign_in(stage: Stage) -> None:
    opened(stage)


def wrong_pin(stage: Stage) -> None:
    opened(stage)
    stage.type("1")
    stage.type("1111")


def shift_open(stage: Stage) -> None:
    signed_in(stage)


def enrol(stage: Stage) -> None:
    stage.counter.show(Screen.ENROL, enrolment=Enrolment())


def trouble(stage: Stage) -> None:
    template = "{file} was written by a newer version of Tillpoint. Install that version again; nothing is lost."
    notice = Notice("newer_database", template, {"file": "journal.db"})
    sentence = notice.sentence(stage.counter.language.words)
    stage.counter.show(Screen.TROUBLE, trouble=Trouble("newer_database", sentence))


SCENES: Final = (
    sign_in,
    wrong_pin,
    shift_open,
    enrol,
    trouble,
)
