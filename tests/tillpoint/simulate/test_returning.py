"""The power goes while goods come back: the return is there as a whole or not at all, and there if it was told."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count as count_from
from random import Random

from pos_client.store.keys import FileKeys
from pos_client.store.verify import verify_journal
from pos_client.sync.enrolment import JOURNAL_FILE
from shared_models.orm import server as tables
from tests.pos_client.conftest import counter, shop, world
from tests.pos_client.world import MANAGER, MILK, PIN, RICE, TillAtWork, World, import_member
from tests.sync_server.tables import count
from tillpoint.simulate.disk import Disk, simulated_disks

__all__ = ["counter", "shop", "world"]

TIMES = 24


def test_a_power_cut_neither_loses_nor_doubles_a_return(world: World) -> None:
    member = import_member(world, 42, "李雷", "13800138042")
    disk = Disk(world.folder / "one", Random(7), lambda _: None)
    cut, whole, seeds = 0, 0, count_from(100)
    with simulated_disks() as add:
        till = world.open("one")
        till.sync()
        till.start_day()
        goods = (RICE.codes[0], MILK.codes[0], MILK.codes[0])
        sold = [till.sell(*goods, member=member) for _ in range(TIMES)]
        till.close()
        add(disk)
        for sale in sold:
            till = at_work(world, seeds)
            before, cash = till.parts.journal.head, cash_of(till)
            till.till.begin_return(sale.receipt_code)
            till.till.choose_all_to_return()
            confirmed = confirm_under(disk, till)
            disk.dead = True
            till.close()
            disk.lose()
            disk.strikes, disk.dead = 0, False
            till = at_work(world, seeds)
            after = till.parts.journal.head
            there = after.number == before.number + 1
            assert there or (not confirmed and after == before)
            back = (sale.total_minor, 1, 1) if there else (0, 0, 0)
            jobs = till.parts.journal.database.one(
                "SELECT count(*) FROM print_job WHERE fact_number = ?", (before.number + 1,)
            )
            assert jobs is not None
            assert (cash - cash_of(till), after.receipt_number - before.receipt_number, jobs[0]) == back
            left = [line.left_milli for line in till.till.begin_return(sale.receipt_code).lines]
            assert left == ([0, 0] if there else [1_000, 2_000])
            cut, whole = cut + (not confirmed), whole + there
            till.close()
        till = at_work(world, seeds)
        till.sync()
        assert count(world.server, tables.sale_return) == whole
        till.close()
    assert 3 < cut < TIMES
    assert verify_journal(till.home / JOURNAL_FILE, FileKeys(till.home).load().database).ok


def at_work(world: World, seeds: Iterator[int]) -> TillAtWork:
    """The till with somebody at it who needs no approval."""
    till = world.open("one", seed=next(seeds))
    till.till.sign_in(MANAGER, PIN)
    return till


def cash_of(till: TillAtWork) -> int:
    shift = till.till.shift()
    assert shift is not None
    return shift.cash_minor


def confirm_under(disk: Disk, till: TillAtWork) -> bool:
    """Whether it was told before the power went, which it may at any write or sync."""
    disk.strikes = 600
    try:
        till.till.confirm_return("unwanted")
    except Exception:  # noqa: BLE001 - whatever it is called, the power was it
        assert disk.dead, "only a power cut may stop it"
        return False
    return True
