"""The simulated disk: what was synced survives a power cut, what wasn't may not, and pages may be torn."""

from __future__ import annotations

import errno
from pathlib import Path
from random import Random

import pytest

from pos_client.store import part_file
from pos_client.store.database import Database, DiskFull, Durability, connect
from tillpoint.simulate.disk import Boundary, Disk, NoPower, simulated_disks

KEY = b"k" * 32
LIVES, ROWS_A_LIFE = 25, 60


def _lives(folder: Path, durability: Durability, seed: int) -> tuple[int, list[Boundary]]:
    """How many committed rows were lost over some power cuts, which may come at any write or sync."""
    struck: list[Boundary] = []
    disk = Disk(folder, Random(seed), struck.append)
    lost = 0
    told = 0
    with simulated_disks() as add:
        add(disk)
        for _ in range(LIVES):
            disk.strikes, disk.dead = 0, False
            database = Database(connect(folder / "some.db", KEY, durability), folder / "some.db")
            database.run("CREATE TABLE IF NOT EXISTS row (number INTEGER PRIMARY KEY, body BLOB)")
            rows = database.all("SELECT number FROM row ORDER BY number")
            assert [number for (number,) in rows] == list(range(len(rows))), "a later row without an earlier one"
            lost += max(0, told - len(rows))
            told = len(rows)
            disk.strikes = 60
            try:
                for number in range(told, told + ROWS_A_LIFE):
                    with database.transaction():
                        database.run("INSERT INTO row VALUES (?, ?)", (number, b"x" * 3_000))
                    told = number + 1
            except Exception:  # noqa: BLE001 - whatever it is called, the power was it
                assert disk.dead, "only a power cut may stop it"
            database.close()
            disk.lose()
    return lost, struck


def test_what_was_committed_and_synced_survives(tmp_path: Path) -> None:
    lost, struck = _lives(tmp_path, Durability.FULL, 1)
    assert lost == 0
    assert set(struck) == {Boundary.WRITE, Boundary.SYNC}


def test_what_was_committed_without_a_sync_may_be_lost(tmp_path: Path) -> None:
    """Else the simulation would not notice a forgotten fsync."""
    lost, struck = _lives(tmp_path, Durability.NORMAL, 1)
    assert lost > 0
    assert struck


def test_a_full_disk_takes_nothing_and_loses_nothing(tmp_path: Path) -> None:
    disk = Disk(tmp_path, Random(1), lambda _: None)
    with simulated_disks() as add:
        add(disk)
        database = Database(connect(tmp_path / "some.db", KEY, Durability.FULL), tmp_path / "some.db")
        database.run("CREATE TABLE row (number INTEGER PRIMARY KEY)")
        disk.full = True
        with pytest.raises(DiskFull), database.transaction():
            database.run("INSERT INTO row VALUES (1)")
        assert database.all("SELECT number FROM row") == []
        disk.full = False
        with database.transaction():
            database.run("INSERT INTO row VALUES (1)")
        assert database.all("SELECT number FROM row") == [(1,)]
        database.close()


def test_of_a_file_that_is_fetched_only_what_was_synced_is_certain(tmp_path: Path) -> None:
    """Nor is a name that the folder doesn't have on the disk."""
    parts = [bytes([number]) * 1_000 for number in range(40)]
    whole, torn, names = 0, 0, set()
    with simulated_disks() as add:
        for seed in range(30):
            folder = tmp_path / str(seed)
            folder.mkdir()
            disk = Disk(folder, Random(seed), lambda _: None)
            add(disk)
            file = part_file.opened(folder / "some.part")
            disk.strikes = 8
            synced = written = 0
            try:
                for number, part in enumerate(parts):
                    file.write(part)
                    written = number + 1
                    if number % 10 == 9:
                        part_file.sync(file)
                        synced = written
                part_file.put_in_place(folder / "some.part", folder / "some.db")
            except NoPower:
                assert disk.dead
            disk.dead = True
            file.close()
            disk.lose()
            (name,) = [path.name for path in folder.iterdir()]
            names.add(name)
            there = (folder / name).read_bytes()
            assert there[: synced * 1_000] == b"".join(parts[:synced])
            if synced == len(parts):
                whole += 1
            elif there[: written * 1_000] != b"".join(parts[:written]):
                torn += 1
    assert whole > 0
    assert torn > 0
    assert names == {"some.part", "some.db"}


def test_a_full_disk_takes_no_file(tmp_path: Path) -> None:
    disk = Disk(tmp_path, Random(1), lambda _: None, full=True)
    with simulated_disks() as add:
        add(disk)
        with part_file.opened(tmp_path / "some.part") as file, pytest.raises(OSError, match="full") as refused:
            file.write(b"x")
        assert refused.value.errno == errno.ENOSPC
        assert (tmp_path / "some.part").read_bytes() == b""


def test_a_file_keeps_its_name_as_long_as_it_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite makes the name of the shared index out of the file's when it is first needed, long after opening. A name
    handed on as a Python value is freed by then, and the index appears in the working directory under what stands
    there."""
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "disk"
    elsewhere.mkdir()
    folder.mkdir()
    monkeypatch.chdir(elsewhere)
    with simulated_disks() as add:
        add(Disk(folder, Random(1), lambda _: None))
        names = [f"{'n' * (1 + number)}.db" for number in range(20)]
        opened = [connect(folder / name, KEY, Durability.FULL) for name in names]
        for connection in opened:
            connection.execute("CREATE TABLE row (number INTEGER PRIMARY KEY)")
        assert sorted(path.name for path in folder.glob("*-shm")) == sorted(f"{name}-shm" for name in names)
        for connection in opened:
            connection.close()
    assert list(elsewhere.iterdir()) == []
