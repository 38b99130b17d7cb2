"""A till killed in the middle of selling has every sale it confirmed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pos_client.store.check import check_journal
from pos_client.store.verify import verify_journal
from tests.pos_client.store.books import IDENTITY, KEY, Books, open_books


@pytest.mark.parametrize("seed", range(3))
def test_sigkill_loses_no_confirmed_sale(books: Books, seed: int) -> None:
    books.database.close()
    confirmed = _sell_until_killed(books.folder, random.Random(seed).randint(20, 60))
    again = open_books(books.folder)
    check_journal(again.database, IDENTITY)
    head = again.journal.head
    assert head.number in (confirmed, confirmed + 1)
    assert head.receipt_number == 100 + head.number
    counts = {table: again.database.one(f"SELECT count(*) FROM {table}") for table in ("fact", "print_job")}
    assert counts == {"fact": (head.number,), "print_job": (head.number,)}
    again.database.close()
    report = verify_journal(books.path, KEY)
    assert (report.ok, report.sales) == (True, head.number)


def _sell_until_killed(folder: Path, sales: int) -> int:
    """Kill a real process after it said it confirmed ``sales`` of them; the last number it said."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.pos_client.store.seller", str(folder)], stdout=subprocess.PIPE, text=True
    ) as seller:
        assert seller.stdout is not None
        last = 0
        for line in seller.stdout:
            last = int(line)
            if last == sales:
                seller.send_signal(signal.SIGKILL)
        assert seller.wait() == -signal.SIGKILL
    return last
