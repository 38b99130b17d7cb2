"""What goes wrong at a till or a store for a while, and passes."""

from __future__ import annotations

from functools import partial

from shared_models.wire.messages import SUPPORTED
from tillpoint.simulate.plan import DAY_MS, HOUR_MS, OPEN_MS
from tillpoint.simulate.till import SimTill
from tillpoint.simulate.world import World

LONGEST_OLD_MS = 3 * HOUR_MS
SKEWS_MS = (-2 * DAY_MS, -HOUR_MS, 10 * 60_000, HOUR_MS, 2 * DAY_MS)


class Troubles:
    def __init__(self, world: World) -> None:
        self._world = world
        self._kernel = world.kernel

    def unplug(self, till: SimTill) -> None:
        random = self._kernel.chance.stream(f"{till.name}/plan")
        self._kernel.faults["unplugged"] += 1
        till.network.unplug(random.randrange(60_000, HOUR_MS), hangs=random.randrange(2) == 1)

    def cut_off(self, store_id: str) -> None:
        self._kernel.faults["partition"] += 1
        duration = self._kernel.chance.stream("office/plan").randrange(HOUR_MS, OPEN_MS)
        for till in self._world.all_tills():
            if till.store_id == store_id:
                till.network.unplug(duration, hangs=False)

    def fill_disk(self, till: SimTill) -> None:
        self._kernel.faults["disk_full"] += 1
        till.machine.disk.full = True

        def make_room() -> None:
            till.machine.disk.full = False

        self._kernel.after(self._kernel.chance.stream(f"{till.name}/plan").randrange(HOUR_MS), "room", make_room)

    def set_clock(self, till: SimTill) -> None:
        random = self._kernel.chance.stream(f"{till.name}/plan")
        self._kernel.faults["clock_set_wrong"] += 1
        till.clock.skew_ms = random.choice(SKEWS_MS)

        def set_right() -> None:
            till.clock.skew_ms = 0

        self._kernel.after(random.randrange(3 * HOUR_MS), "clock", set_right)

    def publish(self, version: int) -> None:
        self._kernel.faults["programme_published"] += 1
        self._world.office.publish(version)

    def downgrade(self, till: SimTill) -> None:
        """The release before is put back for a while."""
        if till.speaks != SUPPORTED:
            return
        self._kernel.faults["till_of_version_1"] += 1
        self._reinstall(till, (min(SUPPORTED),))
        random = self._kernel.chance.stream(f"{till.name}/plan")
        self._world.later(till, random.randrange(LONGEST_OLD_MS), partial(self._reinstall, speaks=SUPPORTED))

    def downgrade_server(self) -> None:
        """A server of the release before, or one that has forgotten the first version already."""
        random = self._kernel.chance.stream("office/plan")
        self._kernel.faults["server_of_other_versions"] += 1
        server = self._world.server
        server.speak((random.choice(SUPPORTED),))
        self._kernel.after(random.randrange(LONGEST_OLD_MS), "office", partial(server.speak, SUPPORTED))

    def _reinstall(self, till: SimTill, speaks: tuple[int, ...]) -> None:
        till.speaks = speaks
        till.stop()
        self._world.boot(till)
