"""When what happens: the days of each till, of head office, and of everything that goes wrong."""

from __future__ import annotations

from functools import partial

from tillpoint.simulate import shop
from tillpoint.simulate.accidents import ACCIDENT_MS, Accidents
from tillpoint.simulate.faults import Fault
from tillpoint.simulate.plan import DAY_MS, HOUR_MS, OPEN_MS, Plan
from tillpoint.simulate.till import SimTill
from tillpoint.simulate.troubles import Troubles
from tillpoint.simulate.world import World

UNPLUGS_A_DAY = 4
FULL_DISKS_A_DAY = 1
WRONG_CLOCKS_A_DAY = 1
ROUNDS_PER_OPERATION = 2
OLD_RELEASES_A_DAY = 2


class Days:
    def __init__(self, plan: Plan, world: World, troubles: Troubles, accidents: Accidents) -> None:
        self._plan = plan
        self._world = world
        self._troubles = troubles
        self._accidents = accidents

    def plan(self) -> None:
        for till in self._world.tills:
            self._plan_till(till)
        self._plan_stores()

    def _plan_till(self, till: SimTill) -> None:
        world, troubles = self._world, self._troubles
        random = world.kernel.chance.stream(f"{till.name}/plan")
        for day in range(self._plan.days):
            start = day * DAY_MS
            for _ in range(self._plan.operations):
                world.later(till, start + random.randrange(OPEN_MS), world.operate)
            for _ in range(ROUNDS_PER_OPERATION * self._plan.operations):
                world.later(till, start + random.randrange(OPEN_MS + HOUR_MS), world.sync)
            world.later(till, start + OPEN_MS, world.close_shift)
            for fault, often, act in (
                (Fault.NETWORK, UNPLUGS_A_DAY, troubles.unplug),
                (Fault.FULL, FULL_DISKS_A_DAY, troubles.fill_disk),
                (Fault.CLOCK, WRONG_CLOCKS_A_DAY, troubles.set_clock),
                (Fault.VERSIONS, OLD_RELEASES_A_DAY, troubles.downgrade),
            ):
                for _ in range(often if fault in self._plan.faults else 0):
                    world.later(till, start + random.randrange(OPEN_MS), act)

    def _plan_stores(self) -> None:
        """What happens to whole stores, and what head office does."""
        kernel, faults = self._world.kernel, self._plan.faults
        troubles, accidents = self._troubles, self._accidents
        random = kernel.chance.stream("office/plan")
        for day in range(self._plan.days):
            start = day * DAY_MS
            for _ in range(self._plan.operations * 2 // 3):
                kernel.after(start + random.randrange(OPEN_MS), "office", self._world.office.act)
            if Fault.VERSIONS in faults:
                kernel.after(start + random.randrange(OPEN_MS), "office", troubles.downgrade_server)
            if Fault.PARTITION in faults:
                store = shop.store_id(random.randint(1, self._plan.stores))
                kernel.after(start + random.randrange(OPEN_MS), "office", partial(troubles.cut_off, store))
            if Fault.PROGRAMME in faults:
                kernel.after(start + random.randrange(OPEN_MS), "office", partial(troubles.publish, day + 2))
            for fault, act in (
                (Fault.BACKUP, accidents.back_up),
                (Fault.CLONE, accidents.clone),
                (Fault.ROLLBACK, accidents.roll_back),
                (Fault.LOST, accidents.lose_disk),
                (Fault.WRITTEN_OFF, accidents.write_off),
                (Fault.SNAPSHOT, accidents.lose_replica),
                (Fault.SNAPSHOT, accidents.lose_replica),
            ):
                if fault in faults:
                    kernel.after(start + random.randrange(OPEN_MS - ACCIDENT_MS), "accident", act)
        if Fault.REVOKE in faults and len(self._world.tills) > 1:
            kernel.after(random.randrange(OPEN_MS), "office", accidents.revoke)
