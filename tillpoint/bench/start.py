"""Starting the till's program until a scan is on the screen, against a bare Qt window beside the same two open files.

The databases are dropped from the system's cache beforehand, Python's and Qt's own files aren't. The time counts what
the program makes a cashier wait: start to the sign-in screen, the PIN's Enter to the sale, the scan to its line.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from pos_client import settings
from tillpoint.bench import shop, till_files, till_program
from tillpoint.bench.measure import MEBIBYTES, Budget, Place, Result, Size, median
from tillpoint.bench.price import OFFERS
from tillpoint.bench.till_files import TillFiles

_MOST_MS = 2_000
_MOST_MEBIBYTES = 350
_STARTS = 5
_NOBODY = "http://127.0.0.1:9"
"""A server that isn't there: the till starts offline, with all of its threads."""

Started = tuple[float, float | None]
"""Milliseconds and, where the system tells, mebibytes."""


def measure(size: Size, place: Place) -> Iterator[Result]:
    files = ready_files(size, place)
    ours: list[Started] = []
    bare: list[Started] = []
    for _ in range(max(1, min(_STARTS, size.rounds // 10))):
        ours.append(_start(files))
        bare.append(_start_bare(files))
    scale = f"{files.members:,} members, {files.products:,} products"
    times, limits = [one[0] for one in ours], [one[0] for one in bare]
    what = "program start, PIN and scan until the line is on the screen, median"
    yield Result("start", what, scale, median(times), median(limits), "ms", Budget(most=_MOST_MS))
    held, least = [one[1] for one in ours if one[1]], [one[1] for one in bare if one[1]]
    if held and least:
        what = "memory of the program then, most"
        yield Result("start-memory", what, scale, max(held), max(least), MEBIBYTES, Budget(most=_MOST_MEBIBYTES))


def ready_files(size: Size, place: Place) -> TillFiles:
    """A till with an open shift whose server isn't there."""
    files = till_files.prepare(place, size.members, size.start_products, shop.offers(OFFERS, size.start_products))
    settings.save(files.home, settings.Settings(server_url=_NOBODY))
    parts = files.open()
    till_files.start_shift(parts)
    parts.close()
    return files


def _start(files: TillFiles) -> Started:
    _forget(files)
    begun = time.perf_counter()
    with till_program.running(files) as program:
        program.wait_for(screen="sign_in")
        waited = time.perf_counter() - begun
        program.type_pin()
        begun = time.perf_counter()
        program.ask({"do": "keys", "text": "\n"})
        program.wait_for(screen="sale")
        program.ask({"do": "keys", "text": shop.product_code(1) + "\n", "gap_ms": 5})
        program.wait_for(lines=1)
        waited += time.perf_counter() - begun
        memory = _resident(program.pid)
    _void(files)
    return waited * 1_000, memory


def _void(files: TillFiles) -> None:
    """Throw the scanned line away for the next start."""
    parts = files.open()
    parts.till.sign_in(till_files.CASHIER, till_files.PIN)
    parts.till.void_sale()
    parts.close()


_BARE = """
import sys
from PySide6.QtWidgets import QApplication, QMainWindow
from sqlcipher3 import dbapi2
application = QApplication(sys.argv[:1])
window = QMainWindow()
window.resize(1366, 768)
window.show()
for path in sys.argv[2:]:
    connection = dbapi2.connect(path)
    connection.execute(f"PRAGMA key = \\"x'{sys.argv[1]}'\\"")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
application.processEvents()
print("ready", flush=True)
sys.stdin.read()
"""


def _start_bare(files: TillFiles) -> Started:
    _forget(files)
    paths = [str(files.journal_path), str(files.replica_path)]
    begun = time.perf_counter()
    with till_program.python(["-c", _BARE, files.keys.database.hex(), *paths]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return (time.perf_counter() - begun) * 1_000, _resident(process.pid)


def _forget(files: TillFiles) -> None:
    """Have the system read the databases from the disk again, where it can be told to."""
    if not hasattr(os, "posix_fadvise"):
        return
    for path in (files.journal_path, files.replica_path):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _resident(pid: int) -> float | None:
    """Mebibytes the process holds in memory, ``None`` where the system doesn't tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    kibibytes = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(kibibytes) / 1_024
