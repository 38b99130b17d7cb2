"""A sample of ``whole_once``, which cuts the printing at every byte."""

from __future__ import annotations

import pytest

from drivers.printer.device import PrintOutcome
from drivers.simulators.printer import PrinterSimulator
from pos_client.store.print_queue import PrintQueue
from tests.pos_client.hardware.whole_once import ORIGINAL, Campaign, Cut, wrongs
from tests.pos_client.world import TillAtWork


@pytest.mark.parametrize("way", list(Cut))
def test_a_receipt_is_whole_once_wherever_its_printing_is_cut(counter: TillAtWork, way: Cut) -> None:
    with PrinterSimulator() as printer:
        assert list(wrongs(Campaign(printer, counter), way, 131)) == []


@pytest.mark.parametrize("way", [Cut.CABLE, Cut.PAPER])
def test_a_till_that_prints_again_by_itself_is_noticed(
    counter: TillAtWork, way: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PrintOutcome, "may_be_on_paper", False)
    with PrinterSimulator() as printer:
        assert Campaign(printer, counter).cut(way, len(ORIGINAL)) == "2 originals"


def test_a_till_that_forgets_what_was_interrupted_is_noticed(
    counter: TillAtWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PrintQueue, "doubt_interrupted", lambda _: 0)
    with PrinterSimulator() as printer:
        assert (
            Campaign(printer, counter).cut(Cut.KILL, 100) == "nobody was asked, the job is printing, and 0 are on paper"
        )
