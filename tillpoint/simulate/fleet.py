"""A fleet over some days: tills that sell, a server, a bad network and power cuts, then peace and the accounts."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from tillpoint.simulate.accidents import Accidents
from tillpoint.simulate.books import Account
from tillpoint.simulate.days import Days
from tillpoint.simulate.disk import simulated_disks
from tillpoint.simulate.peace import heal, settle_accounts
from tillpoint.simulate.plan import Plan
from tillpoint.simulate.scale import small_shop
from tillpoint.simulate.troubles import Troubles
from tillpoint.simulate.world import World


@dataclass(frozen=True, slots=True)
class Outcome:
    account: Account
    faults: dict[str, int]


def simulate(plan: Plan) -> Outcome:
    """Run ``plan`` from founding to audit. The same plan gives the same outcome."""
    memory = Path("/dev/shm")  # noqa: S108 - a RAM disk where there is one; the folder in it is private
    with (
        tempfile.TemporaryDirectory(prefix="tillpoint-", dir=memory if memory.is_dir() else None) as folder,
        simulated_disks() as add_disk,
        small_shop(),
    ):
        world = World(plan, Path(folder), add_disk)
        try:
            return _run(plan, world)
        finally:
            world.close()


def _run(plan: Plan, world: World) -> Outcome:
    world.found()
    world.let_loose()
    Days(plan, world, Troubles(world), Accidents(world)).plan()
    world.kernel.run()
    heal(world)
    return Outcome(settle_accounts(world), dict(sorted(world.kernel.faults.items())))
