"""Before the first sign-in: opening the till's files, enrolling a new till, saying why it can't start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pos_client.app.till import Till
from pos_client.presenters.part import Part
from pos_client.presenters.state import Command, Enrolment, Renewal, Screen, Trouble
from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

OpenTill = Callable[[], Till]
EnrolTill = Callable[[str, str], None]


class Renewer(Protocol):
    """Sets the till up anew, which can't be open meanwhile."""

    def leave(self) -> None:
        """On the thread that draws: nothing is asked of the open till from now on."""

    def renew(self, code: str) -> object:
        """Away from it: close the till and have its lane go on in a new journal."""


_RENEWABLE = frozenset({"corrupt"})

_NOT_ENROLLED = "not_enrolled"
_UNKNOWN_TROUBLE = N_("The till can't start for a reason of its own; it is noted for the service. Nothing was changed.")
_NO_ADDRESS = N_("Type the server's address, such as https://head-office.example.")


class Starting(Part):
    """Opens the till away from the thread that draws, and shows what came of it."""

    renewer: Renewer | None = None

    def begin(self, open_till: OpenTill, enrol_till: EnrolTill, renewer: Renewer | None = None) -> None:
        self._open_till = open_till
        self.enrol_till = enrol_till
        self.renewer = renewer
        self.counter.show(Screen.STARTING, trouble=None, enrolment=None, renewal=None)
        self.counter.run(open_till, self.counter.attach, self._failed)

    def again(self) -> None:
        self.begin(self._open_till, self.enrol_till, self.renewer)

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, DomainError):
            self.counter.refuse(error)
            sentence = self.words(_UNKNOWN_TROUBLE)
            self.counter.show(Screen.TROUBLE, trouble=Trouble("internal", f"{sentence} ({type(error).__name__})"))
        elif error.code == _NOT_ENROLLED:
            self.counter.show(Screen.ENROL, enrolment=Enrolment())
        else:
            sentence = error.sentence(self.counter.language.words, self.counter.money)
            trouble = Trouble(error.code, sentence, renewable=error.code in _RENEWABLE and self.renewer is not None)
            self.counter.show(Screen.TROUBLE, trouble=trouble)


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

    def do(self, command: Command, _text: str) -> bool:
        trouble = self.state.trouble
        if command is Command.AMEND and trouble is not None and trouble.renewable:
            self.counter.renewing.begin(started=False)
        return False


class Renewing(Part):
    """Asks for the one-time code with which the till's lane goes on in a new journal."""

    def begin(self, *, started: bool) -> None:
        if self.counter.starting.renewer is not None:
            self.counter.show(Screen.RENEW, renewal=Renewal(started))

    def prompt(self) -> str:
        return self.words(N_("One-time code from head office"))

    def enter(self, text: str) -> None:
        renewer, renewal = self.counter.starting.renewer, self.state.renewal
        if renewer is None or renewal is None or renewal.waiting or not text:
            return
        renewer.leave()
        self.counter.detach()
        self.counter.update(renewal=Renewal(started=False, waiting=True), problem=None)
        self.counter.run(lambda: renewer.renew(text), lambda _: self.counter.starting.again(), self._refused)

    def do(self, command: Command, _text: str) -> bool:
        renewal = self.state.renewal
        if renewal is None or renewal.waiting:
            return False
        if command is Command.BACK:
            self._back(renewal)
        elif command is Command.REMOVE and renewal.started:
            self.counter.ask(lambda till: till.trust_clock(), lambda _: self._back(renewal))
        return False

    def _back(self, renewal: Renewal) -> None:
        if renewal.started:
            self.counter.people.begin()
        else:
            self.counter.starting.again()

    def _refused(self, error: Exception) -> None:
        self.counter.update(renewal=Renewal(started=False))
        self.counter.refuse(error)


def _address(text: str) -> str:
    """An address without a scheme means TLS."""
    return text if "://" in text else f"https://{text}"
