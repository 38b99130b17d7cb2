"""What every screen's presenter has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pos_client.presenters.state import Command, CounterState, Screen
from shared_models.domain.text import N_

if TYPE_CHECKING:
    from pos_client.presenters.counter import Counter

_NOT_NOW = N_("A scan can't be taken here. Finish this step first, then scan again.")


class Part:
    """Handles one screen. Does nothing on keys that mean nothing there."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter

    @property
    def state(self) -> CounterState:
        return self.counter.state

    def words(self, text: str) -> str:
        return self.counter.language.words(text)

    def prompt(self) -> str:
        return ""

    def secret(self) -> bool:
        return False

    def enter(self, text: str) -> None:
        """Enter with ``text``."""

    def do(self, command: Command, text: str) -> bool:  # noqa: ARG002 - what a screen without keys does
        """True if ``text`` is used up."""
        return False

    def scan(self, text: str) -> None:  # noqa: ARG002 - nothing is sold outside of the counter
        self.counter.complain("not_now", self.words(_NOT_NOW))

    def back_to_sale(self) -> None:
        """The sale screen as it was before this one."""
        if self.state.sale is not None:
            self.counter.show(Screen.SALE, choices=None, registration=None, found=(), cursor=0)


class DeskPart(Part, ABC):
    """A page beside the sale, with steps and mostly a list to choose from: Back goes a step back, More leaves it, and
    Pay is Enter."""

    @property
    @abstractmethod
    def cursor(self) -> int: ...

    @abstractmethod
    def rows(self) -> Sequence[object]:
        """What the list shows, from the top."""

    @abstractmethod
    def back(self) -> None: ...

    @abstractmethod
    def leave(self) -> None: ...

    @abstractmethod
    def update(self, **changes: Any) -> None:
        """Change the page's own state."""

    def lock(self) -> None:
        self.counter.people.lock()

    def do(self, command: Command, text: str) -> bool:
        match command:
            case Command.BACK:
                self.back()
            case Command.UP | Command.DOWN if rows := self.rows():
                self.update(cursor=(self.cursor + (1 if command is Command.DOWN else -1)) % len(rows))
            case Command.MORE:
                self.leave()
            case Command.PAY:
                self.enter(text)
                return True
            case Command.LOCK:
                self.lock()
            case _:
                pass
        return False
