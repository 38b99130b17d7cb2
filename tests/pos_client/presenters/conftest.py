from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from pos_client.presenters.counter import Counter
from pos_client.ui.gallery_shop import PIN, GalleryTill
from tests.pos_client.gallery_home import gallery_home, gallery_shop

__all__ = ["gallery_home", "gallery_shop"]

Result = TypeVar("Result")


class LateOperations:
    """Work is done at once, its answer waits until ``deliver``, as from another thread."""

    def __init__(self) -> None:
        self.at_once = True
        self._answers: deque[Callable[[], None]] = deque()

    def run(
        self, work: Callable[[], Result], done: Callable[[Result], None], failed: Callable[[Exception], None]
    ) -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - what the cashier's thread does with any failure
            refused = error
            self._answers.append(lambda: failed(refused))
        else:
            self._answers.append(lambda: done(result))
        if self.at_once:
            self.deliver()

    def deliver(self) -> None:
        while self._answers:
            self._answers.popleft()()


class AtTheTill:
    """A counter before a real till, without a window."""

    def __init__(self, home: Path) -> None:
        self.shop = GalleryTill(home)
        self.operations = LateOperations()
        self.counter = Counter(self.operations, "en")
        self.counter.attach(self.shop.till)

    def sign_in(self) -> None:
        self.counter.enter("1")
        self.counter.enter(PIN)

    def start(self) -> None:
        self.sign_in()
        self.counter.enter("500")


@pytest.fixture
def at(gallery_home: Path) -> Iterator[AtTheTill]:
    at = AtTheTill(gallery_home)
    yield at
    at.shop.close()


@pytest.fixture
def selling(at: AtTheTill) -> AtTheTill:
    """Signed in, shift open, nothing sold yet."""
    at.start()
    return at
