"""Looking a journal over at start: damage is found, and what a power cut leaves behind is no damage."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

from pos_client.store.check import check_journal
from pos_client.store.database import Database, Durability, connect
from pos_client.store.journal import read_identity
from pos_client.store.keys import FileKeys
from tests.pos_client.world import MILK, TillAtWork
from tillpoint.simulate.disk import Disk, simulated_disks


def test_a_page_torn_while_the_log_was_folded_is_no_damage(counter: TillAtWork, tmp_path: Path) -> None:
    """The power goes in the middle of a page of the file. It is whole in the log."""
    counter.sell(*MILK.codes)
    home, key = counter.home, FileKeys(counter.home).load().database
    torn = 0
    with simulated_disks() as add:
        for seed in range(40):
            folder = tmp_path / f"copy-{seed}"
            folder.mkdir()
            for path in home.glob("journal.db*"):
                if not path.name.endswith("-shm"):
                    shutil.copy(path, folder)
            disk = Disk(folder, Random(seed), lambda _: None)
            add(disk)
            _fold_until_the_power_goes(folder / "journal.db", key, disk)
            database = Database(connect(folder / "journal.db", key, Durability.FULL), folder / "journal.db")
            torn += bool(database.all("PRAGMA cipher_integrity_check"))
            check_journal(database, read_identity(database))
            database.close()
    assert torn, "no page was torn: this would pass with any check"


def _fold_until_the_power_goes(path: Path, key: bytes, disk: Disk) -> None:
    database = Database(connect(path, key, Durability.FULL), path)
    disk.strikes = 500
    try:
        database.one("PRAGMA wal_checkpoint(TRUNCATE)")
    except Exception:  # noqa: BLE001 - whatever it is called, the power was it
        assert disk.dead, "only a power cut may stop it"
    database.close()
    disk.lose()
    disk.strikes, disk.dead = 0, False
