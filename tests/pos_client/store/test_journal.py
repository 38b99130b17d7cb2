"""The chain of facts and what is committed with each."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pos_client.store.database import DiskFull
from pos_client.store.journal import SELECT_FACTS, fact_of_row
from pos_client.store.open_sales import OpenSales, StoredSale
from pos_client.store.verify import verify_journal
from shared_models.domain.facts import chain_start, check_link, head_message
from shared_models.domain.shift import ShiftClosed, ShiftOpened
from tests.pos_client.store.books import (
    IDENTITY,
    INCARNATION,
    KEY,
    MEMBER,
    ON,
    SHIFT,
    Books,
    CutFiles,
    PowerCut,
    open_books,
    receipt,
    sale,
)

TABLES = ("fact", "side", "effect", "print_job", "open_sale", "shift")


def contents(books: Books) -> dict[str, list[tuple[object, ...]]]:
    return {table: books.database.all(f"SELECT * FROM {table} ORDER BY 1") for table in (*TABLES, "meta")}


def test_facts_are_numbered_chained_and_signed(books: Books) -> None:
    for _ in range(5):
        books.journal.append(sale(books))
    previous = chain_start(INCARNATION, IDENTITY.public_key)
    key = Ed25519PublicKey.from_public_bytes(IDENTITY.public_key)
    rows = books.database.all(SELECT_FACTS + " ORDER BY number")
    for number, row in enumerate(rows, 1):
        fact = fact_of_row(row, INCARNATION)
        check_link(fact, previous, number)
        key.verify(fact.signature, head_message(INCARNATION, number, fact.hash))
        previous = fact.hash
    assert len(rows) == 5


def test_a_clock_set_back_does_not_turn_facts_back(books: Books) -> None:
    first = books.journal.append(sale(books))
    books.clock.ms -= 3_600_000
    second = books.journal.append(sale(books))
    assert second.hlc == first.hlc + 1


def test_one_act_is_one_transaction(books: Books) -> None:
    stored = StoredSale(sale(books).sale_id, "paying", b"{}")
    OpenSales(books.database).save(stored, 1)
    opened = ShiftOpened(SHIFT, "A", 3, "c1", ON, "CNY", 200_00)
    books.journal.append(opened)
    confirmed = sale(books, member=MEMBER, earned=10, redeemed=100)
    fact = books.journal.append(confirmed, print_document=receipt(), ends_sale=stored.id)
    assert OpenSales(books.database).current() is None
    job = books.journal.print_queue.take()
    assert job is not None
    assert (job.fact_number, job.document) == (fact.number, receipt())
    effect = books.journal.effects.of(MEMBER, 0)[0]
    assert (effect.redeemed_points, effect.earned.points if effect.earned else 0, effect.spend_minor) == (100, 10, 9_00)
    shift = books.journal.shifts.current()
    assert shift is not None
    assert (shift.sales, shift.cash_minor, shift.takings_minor) == (1, 9_00, 9_00)


def test_receipt_and_z_numbers_have_no_gaps(books: Books) -> None:
    books.journal.append(ShiftOpened(SHIFT, "A", 3, "c1", ON, "CNY", 0))
    numbers = []
    for _ in range(3):
        confirmed = sale(books)
        books.journal.append(confirmed)
        numbers.append(confirmed.receipt_number)
    assert numbers == [101, 102, 103]
    skipped = sale(books)
    object.__setattr__(skipped, "receipt_number", 105)
    before = contents(books)
    with pytest.raises(AssertionError):
        books.journal.append(skipped)
    assert contents(books) == before
    books.journal.append(ShiftClosed(SHIFT, "A", 3, "c1", ON, 8, 3, 30_00, 30_00, 30_00, 0))
    assert books.journal.head.z_number == 8
    assert books.journal.shifts.current() is None


def test_a_failure_inside_an_act_leaves_nothing(books: Books) -> None:
    books.journal.append(sale(books))
    before, head = contents(books), books.journal.head
    with pytest.raises(AttributeError):
        books.journal.append(sale(books), print_document=object())  # type: ignore[arg-type]
    assert contents(books) == before
    assert books.journal.head == head
    books.journal.append(sale(books))
    assert verify_journal(books.path, KEY).ok


def test_a_power_cut_at_any_commit_leaves_the_act_whole_or_absent(template: Path, tmp_path: Path) -> None:
    """Cut before and after each commit of: save the open sale, confirm it, take its print job."""
    outcomes = set()
    for moment in range(1, 9):
        folder = tmp_path / str(moment)
        folder.mkdir()
        for file in template.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        books = open_books(folder, CutFiles(moment))
        with pytest.raises(PowerCut):
            _sell_on(books)
        books.database.close()
        again = open_books(folder)
        facts, open_sales, jobs = (
            again.database.one(f"SELECT count(*) FROM {table}") for table in ("fact", "open_sale", "print_job")
        )
        assert jobs == facts
        assert facts is not None
        assert again.journal.head.receipt_number == 100 + facts[0]
        assert verify_journal(again.path, KEY).ok
        outcomes.add((facts, open_sales))
        again.database.close()
    assert outcomes == {((0,), (0,)), ((0,), (1,)), ((1,), (0,)), ((1,), (1,))}


def _sell_on(books: Books) -> None:
    while True:
        confirmed = sale(books)
        OpenSales(books.database).save(StoredSale(confirmed.sale_id, "paying", b"{}"), 1)
        books.journal.append(confirmed, print_document=receipt(), ends_sale=confirmed.sale_id)
        books.journal.print_queue.take()


def test_a_full_disk_confirms_nothing_and_the_sale_can_be_confirmed_later(books: Books) -> None:
    confirmed = sale(books, lines=400)
    stored = StoredSale(confirmed.sale_id, "paying", b"{}")
    OpenSales(books.database).save(stored, 1)
    pages = books.database.one("PRAGMA page_count")
    assert pages is not None
    books.database.one(f"PRAGMA max_page_count = {pages[0] + 1}")
    before = contents(books)
    with pytest.raises(DiskFull):
        books.journal.append(confirmed, print_document=receipt(), ends_sale=stored.id)
    assert contents(books) == before
    assert OpenSales(books.database).current() == stored
    books.database.one("PRAGMA max_page_count = 1000000")
    books.journal.append(confirmed, print_document=receipt(), ends_sale=stored.id)
    assert OpenSales(books.database).current() is None
    assert verify_journal(books.path, KEY).ok


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=640k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs here: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_really_full_disk_loses_nothing_that_was_confirmed(template: Path, small_disk: Path) -> None:
    for file in template.iterdir():
        if file.name.startswith("journal"):
            (small_disk / file.name).write_bytes(file.read_bytes())
    books = open_books(small_disk)
    confirmed: list[int] = []
    with pytest.raises(DiskFull):
        _confirm_on(books, confirmed)
    assert confirmed
    assert confirmed == list(range(1, books.journal.head.number + 1))
    books.database.close()
    report = verify_journal(small_disk / "journal.db", KEY)
    assert (report.facts, report.ok) == (len(confirmed), True)


def _confirm_on(books: Books, confirmed: list[int]) -> None:
    while True:
        confirmed.append(books.journal.append(sale(books, lines=20), print_document=receipt()).number)
