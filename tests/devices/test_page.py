"""Each cell of docs/devices.md is what the real device does against its simulator."""

from __future__ import annotations

import pytest

from tests.devices import display, drawer, label, label_scale, printer, queue, scale, scanner
from tests.devices.table import CANNOT_BE, Cell, Table, written

_MODULES = (scanner, printer, drawer, queue, label, display, scale, label_scale)
TABLES: dict[str, Table] = {table.heading: table for module in _MODULES for table in module.TABLES}
PAGE = written()


def test_the_page_has_these_tables() -> None:
    assert list(PAGE) == list(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_all_events_and_states_and_no_others(name: str) -> None:
    cells, table = PAGE[name], TABLES[name]
    assert list(dict.fromkeys(cell.event for cell in cells)) == list(table.events)
    assert list(dict.fromkeys(cell.state for cell in cells)) == list(table.states)


CELLS = [cell for cells in PAGE.values() for cell in cells if cell.says != CANNOT_BE]


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_cell(cell: Cell) -> None:
    table = TABLES[cell.heading]
    assert table.see(table.states[cell.state], table.events[cell.event], cell.says) == cell.says
