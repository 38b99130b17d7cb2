"""The power goes while cash is moved: the fact is there with its slip and its figures, or nothing of it."""

from __future__ import annotations

from itertools import count as count_from
from random import Random

from shared_models.domain.cash_drawer import MovementKind
from shared_models.orm import server as tables
from tests.pos_client.conftest import counter, shop, world
from tests.pos_client.world import World
from tests.sync_server.tables import rows
from tests.tillpoint.simulate.test_returning import at_work, cash_of
from tillpoint.simulate.disk import Disk, simulated_disks

__all__ = ["counter", "shop", "world"]

TIMES = 16
PART_MINOR = 10_00


def test_a_power_cut_neither_loses_nor_doubles_a_drop(world: World) -> None:
    disk = Disk(world.folder / "one", Random(7), lambda _: None)
    cut, whole, seeds = 0, 0, count_from(100)
    with simulated_disks() as add:
        till = world.open("one")
        till.sync()
        till.start_day()
        till.close()
        add(disk)
        for _ in range(TIMES):
            till = at_work(world, seeds)
            before, cash, told = till.parts.journal.head.number, cash_of(till), True
            disk.strikes = 400
            try:
                till.till.move_cash(MovementKind.DROP, PART_MINOR, "safe")
            except Exception:  # noqa: BLE001 - whatever it is called, the power was it
                assert disk.dead, "only a power cut may stop it"
                told = False
            disk.dead = True
            till.close()
            disk.lose()
            disk.strikes, disk.dead = 0, False
            till = at_work(world, seeds)
            there = till.parts.journal.head.number == before + 1
            assert there or not told
            jobs = till.parts.journal.database.one(
                "SELECT count(*) FROM print_job WHERE fact_number = ?", (before + 1,)
            )
            assert (cash - cash_of(till), jobs) == ((PART_MINOR, (1,)) if there else (0, (0,)))
            cut, whole = cut + (not told), whole + there
            till.close()
        till = at_work(world, seeds)
        till.sync()
        assert len(rows(world.server, tables.cash_movement, "movement_id")) == whole
        till.close()
    assert 2 < cut < TIMES
