"""Before the first sign-in: opening the till's files, enrolling a new till, saying why it can't start."""

from __future__ import annotations

from collections.abc import Callable

from pos_client.app.till import Till
from pos_client.presenters.part import Part
from pos_client.presenters.state import Command, Enrolment, Screen, Trouble
from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

OpenTill = Callable[[], Till]
EnrolTill = Callable[[str, str], None]

_NOT_ENROLLED = "not_enrolled"
_UNKNOWN_TROUBLE = N_("The till can't start for a reason of its own; it is noted for the service. Nothing was changed.")
_NO_ADDRESS = N_("Type the server's address, such as https://head-office.example.")


class Starting(Part):
    """Opens the till away from the thread that draws, and shows what came of it."""

    def begin(self, open_till: OpenTill, enrol_till: EnrolTill) -> None:
        self._open_till = open_till
        self.enrol_till = enrol_till
        self.counter.show(Screen.STARTING, trouble=None, enrolment=None)
        self.counter.run(open_till, self.counter.attach, self._failed)

    def again(self) -> None:
        self.begin(self._open_till, self.enrol_till)

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, DomainError):
            self.counter.refuse(error)
            sentence = self.words(_UNKNOWN_TROUBLE)
            self.counter.show(Screen.TROUBLE, trouble=Trouble("internal", f"{sentence} ({type(error).__name__})"))
        elif error.code == _NOT_ENROLLED:
            self.counter.show(Screen.ENROL, enrolment=Enrolment())
        else:
            sentence = error.sentence(self.counter.language.words, self.counter.money)
            self.counter.show(Screen.TROUBLE, trouble=Trouble(error.code, sentence))


class Enrolling(Part):
    """Asks for the server's address, then for the one-time code that head office shows."""

    def prompt(self) -> str:
        enrolment = self.state.enrolment
        if enrolment and enrolment.server_url:
            return self.words(N_("One-time code from head office"))
        return self.words(N_("Address of the server"))

    def enter(self, text: str) -> None:
        enrolment = self.state.enrolment or Enrolment()
        if enrolment.waiting:
            return
        if not text:
            self.counter.complain("no_address", self.words(_NO_ADDRESS))
        elif not enrolment.server_url:
            self.counter.update(enrolment=Enrolment(_address(text)), problem=None)
        else:
            url = enrolment.server_url
            self.counter.update(enrolment=Enrolment(url, waiting=True), problem=None)
            starting = self.counter.starting
            self.counter.run(lambda: starting.enrol_till(url, text), lambda _: starting.again(), self._refused)

    def do(self, command: Command, _text: str) -> bool:
        enrolment = self.state.enrolment
        if command is Command.BACK and enrolment and enrolment.server_url and not enrolment.waiting:
            self.counter.update(enrolment=Enrolment())
        return False

    def _refused(self, error: Exception) -> None:
        enrolment = self.state.enrolment or Enrolment()
        self.counter.update(enrolment=Enrolment(enrolment.server_url))
        self.counter.refuse(error)


class Stopped(Part):
    """The till can't start. Enter tries again."""

    def prompt(self) -> str:
        return self.words(N_("Enter tries again"))

    def enter(self, _text: str) -> None:
        self.counter.starting.again()


def _address(text: str) -> str:
    """An address without a scheme means TLS."""
    return text if "://" in text else f"https://{text}"
