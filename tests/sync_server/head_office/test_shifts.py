"""Shifts as head office sees them: what lies in the drawer, what was moved, and when it was opened for nothing."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from shared_models.domain.cash_drawer import CashMoved, DrawerOpened, MovementKind
from shared_models.domain.shift import ShiftClosed
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.acts import DAY
from tests.sync_server.head_office.web import ROOT, Web
from tests.sync_server.till import Till

SHIFT = UUID(int=1)
LIST = f"{ROOT}/shifts?period=dates&from=2026-11-24&to=2026-11-24"


def moved(till: Till, kind: MovementKind, minor: int, reason: str, approver: str = "") -> CashMoved:
    return CashMoved(till.new_id(), "A", 1, SHIFT, "ann", DAY, "CNY", kind, minor, reason, approver)


def closed(expected: int, counted: int) -> ShiftClosed:
    return ShiftClosed(SHIFT, "A", 1, "ann", DAY, 1, 1, 10_000, expected, counted, counted - expected)


def test_what_should_be_in_the_drawer_adds_up(server: Server, till: Till, ann: Web) -> None:
    sold = acts.sale(till, 1, 10_000)
    for act in (
        acts.shift_opened(till, SHIFT), sold,
        moved(till, MovementKind.PAID_IN, 5_000, "change"),
        moved(till, MovementKind.PAID_OUT, 1_250, "<b>taxi</b> 100%(x)s", "boss"),
        moved(till, MovementKind.DROP, 20_000, "safe"),
        DrawerOpened(till.new_id(), "A", 1, "boss", DAY, "count", SHIFT),
        DrawerOpened(till.new_id(), "A", 1, "boss", DAY, "<i>odd</i>", SHIFT),
        acts.returned(till, sold, 2),
    ):  # fmt: skip
        till.append(act)
    till.pushed()
    page = ann.get(f"{ROOT}/shifts/{SHIFT}").text
    # 200.00 + 100.00 − 100.00 + 50.00 − 12.50 − 200.00
    for said in (
        "¥200.00", "−¥100.00", "¥50.00", "−¥12.50", "−¥200.00", "¥37.50", "Change from the safe", "Into the safe",
        "approved by boss", "&lt;b&gt;taxi&lt;/b&gt; 100%(x)s", "Counting the cash", "&lt;i&gt;odd&lt;/i&gt;",
        "The shift is open",
    ):  # fmt: skip
        assert said in page, said
    assert "<b>taxi" not in page
    listed = ann.get(LIST).text
    assert "Open" in listed
    assert f"{ROOT}/shifts/{SHIFT}" in listed


def test_the_close_is_held_to_what_was_told(server: Server, till: Till, ann: Web) -> None:
    for act in (
        acts.shift_opened(till, SHIFT), acts.sale(till, 1, 10_000), moved(till, MovementKind.DROP, 9_000, "safe"),
        closed(30_000, 20_950),
    ):  # fmt: skip
        till.append(act)
    till.pushed()
    page = ann.get(f"{ROOT}/shifts/{SHIFT}").text
    assert "The till expected ¥300.00 in the drawer; what it told comes to ¥210.00." in page
    assert "−¥90.50" in ann.get(LIST).text
    other = replace(closed(21_000, 20_950), shift_id=UUID(int=2), z_number=2)
    for act in (replace(acts.shift_opened(till, UUID(int=2)), float_minor=21_000), other):
        till.append(act)
    till.pushed()
    page = ann.get(f"{ROOT}/shifts/{UUID(int=2)}").text
    assert "The till expected" not in page
    assert "Short" in page


def test_an_exact_count_is_not_called_over(server: Server, till: Till, ann: Web) -> None:
    for act in (acts.shift_opened(till, SHIFT), closed(20_000, 20_000)):
        till.append(act)
    till.pushed()
    page = ann.get(f"{ROOT}/shifts/{SHIFT}").text
    assert "Count is exact" in page
    assert ">Over<" not in page


def test_the_list_goes_on_on_older_pages(server: Server, till: Till, ann: Web) -> None:
    for number in range(1, 54):
        till.append(acts.shift_opened(till, UUID(int=number)))
    till.pushed()
    first = ann.get(LIST).text
    assert first.count('class="c-day"') == 50
    older = next(part.split('"')[0] for part in first.split('href="') if "&amp;older=" in part.split('"')[0])
    second = ann.get(older.replace("&amp;", "&")).text
    assert second.count('class="c-day"') == 3
    assert "Older" not in second


def test_a_drawer_opened_while_nobody_had_a_shift_is_in_the_list(server: Server, till: Till, ann: Web) -> None:
    till.append(DrawerOpened(till.new_id(), "A", 1, "boss", DAY, "<i>night</i>"))
    till.append(DrawerOpened(till.new_id(), "A", 1, "boss", DAY, "count", SHIFT))
    till.pushed()
    listed = ann.get(LIST).text
    assert "Drawer opened while nobody had a shift" in listed
    assert "&lt;i&gt;night&lt;/i&gt;" in listed
    assert "Counting the cash" not in listed
    assert "nobody had a shift" not in ann.get(LIST.replace("2026-11-24", "2026-11-23")).text


def test_what_there_is_no_shift_for_is_not_found(ann: Web) -> None:
    for name in (UUID(int=9), "nonsense"):
        assert ann.get(f"{ROOT}/shifts/{name}").status == 404
