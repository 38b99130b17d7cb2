"""Tables of states and events: what a device does in each state when something happens to it.

A table is written down in docs/devices.md, whose cells are what has to be seen; here is how each state is come to, how
each event is made to happen, and how it is seen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PAGE: Final = Path(__file__).parents[2] / "docs" / "devices.md"
CANNOT_BE: Final = "–"
PATIENCE_S = 20.0
_SETTLE_S: Final = 0.05
_SECTION: Final = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Table:
    """``see(state, event, says)`` brings a device of its own into ``state``, has ``event`` happen and tells what came
    of it; ``says`` is what it waits for."""

    heading: str
    events: Mapping[str, Any]
    states: Mapping[str, Any]
    see: Callable[[Any, Any, str], str]


@dataclass(frozen=True, slots=True)
class Cell:
    heading: str
    event: str
    state: str
    says: str

    def __str__(self) -> str:
        return f"{self.heading}: {self.event} / {self.state}"


def written() -> dict[str, list[Cell]]:
    """The tables of the page by the heading that each stands under."""
    return {name: _cells(name, body) for name, body in _SECTION.findall(PAGE.read_text("utf-8")) if "\n|" in body}


def comes_to(said: Callable[[], str], wanted: str) -> str:
    """What is said in the end: as soon as it is what is wanted, and stays so for a moment."""
    deadline = time.monotonic() + PATIENCE_S
    while said() != wanted and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(_SETTLE_S)
    return said()


def _cells(heading: str, body: str) -> list[Cell]:
    rows = [[part.strip() for part in line.strip("|").split("|")] for line in body.splitlines() if line.startswith("|")]
    (_, *states), _, *lines = rows
    return [
        Cell(heading, event, state, says) for event, *said in lines for state, says in zip(states, said, strict=True)
    ]
