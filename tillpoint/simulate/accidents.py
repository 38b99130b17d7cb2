"""What happens for good: disks are copied, put back or lost, backups restored, tills written off."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tillpoint.simulate.kernel import START_MS
from tillpoint.simulate.network import NO_FAULTS
from tillpoint.simulate.plan import HOUR_MS
from tillpoint.simulate.till import SimTill
from tillpoint.simulate.world import World

ACCIDENT_MS = 4 * HOUR_MS
"""How long before closing time the last accident begins; a backup is restored and a copy sells within that."""
COPY_OPERATIONS = 12
RETRY_MS, TRIES = 5 * 60_000, 24


class Accidents:
    def __init__(self, world: World) -> None:
        self._world = world
        self._kernel = world.kernel
        self._chance = world.kernel.chance.stream("accidents")
        self._backups_kept = 0

    def revoke(self) -> None:
        """Not one with a copy: both would be shut out."""
        till = self._victim()
        if till is None:
            return
        self._kernel.faults["revoked"] += 1
        self._world.revoked.add(till.name)
        self._world.office.revoke(till.journal.identity.incarnation)

    def back_up(self) -> None:
        self._backups_kept += 1
        backup = self._world.server.back_up()
        delay = self._chance.randrange(ACCIDENT_MS)
        self._kernel.after(delay, "accident", partial(self._restore, backup))

    def _restore(self, backup: dict[str, bytes]) -> None:
        """The server forgets; what head office did meanwhile it does again."""
        self._kernel.faults["server_restored"] += 1
        self._backups_kept -= 1
        self._world.server.restore(backup)
        self._world.exposed += self._world.watch.restored(self._world.server.server)
        self._world.watch.forgot_lending(self._world.server.server, self._free)
        self._world.office.again()

    def clone(self) -> None:
        """Somebody copies a till's disk, and the copy sells too."""
        till = self._victim()
        if till is None:
            return
        self._accident("cloned", till)
        name = f"{till.name}-copy"
        copy = till.copied(name, self._world.folder / name)
        copy.lane = till.lane
        self._world.note_exposed(till)
        self._world.unwatched |= {till.name, name}
        self._world.add_copy(copy)
        for _ in range(COPY_OPERATIONS):
            self._world.later(copy, self._chance.randrange(ACCIDENT_MS), self._world.operate)
            self._world.later(copy, self._chance.randrange(ACCIDENT_MS), self._world.sync)

    def roll_back(self) -> None:
        """A till's disk is put back some hours later to what it is now."""
        till = self._victim()
        if till is None:
            return
        image = self._world.folder / f"{till.name}-image-{self._kernel.now_ms}"
        till.disk_image(image)
        self._kernel.after(self._chance.randrange(ACCIDENT_MS), "accident", partial(self._put_back, till, image))

    def _put_back(self, till: SimTill, image: Path, tries: int = TRIES) -> None:
        """Once the server has all of it: else sales would be lost that nothing in the world could know of."""
        if till not in self._free():
            return
        if not self._is_all_told(till):
            if tries:
                self._kernel.after(RETRY_MS, "accident", partial(self._put_back, till, image, tries - 1))
            return
        self._accident("rolled_back", till)
        self._world.unwatched.add(till.name)
        till.stop()
        till.put_back(image)
        self._world.boot(till)

    def lose_disk(self, tries: int = TRIES) -> None:
        till = self._victim()
        if till is None or not self._is_all_told(till):
            if tries:
                self._kernel.after(RETRY_MS, "accident", partial(self.lose_disk, tries - 1))
            return
        self._accident("disk_lost", till)
        self._world.unwatched.add(till.name)
        self._world.note_exposed(till)
        lost = till.journal.identity.incarnation
        till.lose_disk()
        self._world.has_stopped(till)
        till.faults, till.machine.disk.strikes, till.machine.disk.full = NO_FAULTS, 0, False
        till.network = till.new_network()
        till.enrol(self._world.code(till))
        till.start()
        till.sync()
        till.stop()
        self._world.office.write_off(lost)
        self._world.expose(till)

    def write_off(self) -> None:
        """A till is thought to be gone for good, and is or isn't. Of one that is nobody hears any more."""
        till = self._victim()
        if till is None or len(self._free()) == 1:
            return
        self._accident("written_off", till)
        self._world.note_exposed(till)
        self._world.revoked.add(till.name)
        incarnation = till.journal.identity.incarnation
        if self._chance.randrange(2):
            self._world.gone.add(till.name)
            till.stop()
        self._world.office.write_off(incarnation)

    def lose_replica(self) -> None:
        """The till's file with the shop's rows is damaged, so that all of them are missing."""
        till = self._victim()
        if till is None:
            return
        self._kernel.faults["replica_lost"] += 1
        till.stop()
        till.lose_replica()
        self._world.boot(till)

    def _victim(self) -> SimTill | None:
        """A till to which nothing of the kind has happened yet."""
        free = self._free()
        return self._chance.choice(free) if free else None

    def _free(self) -> list[SimTill]:
        return [till for till in self._world.tills if till.name not in self._world.unwatched | self._world.revoked]

    def _accident(self, kind: str, till: SimTill) -> None:
        self._kernel.faults[kind] += 1
        hour = (self._kernel.now_ms - START_MS) / HOUR_MS
        self._world.accidents_had.append(f"{kind} {till.name} at {hour:.1f} h")

    def _is_all_told(self, till: SimTill) -> bool:
        """Whether the server has all of a till, and no backup is about to make it forget that."""
        journal = till.journal
        return not self._backups_kept and self._world.server.holds(journal.identity.incarnation) == journal.head.number
