"""A computer of the simulation: its disk, and the power that it may lose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tillpoint.simulate.disk import Boundary, Disk, NoPower
from tillpoint.simulate.kernel import Kernel, PowerCut


class Machine:
    """``kind`` is what its faults are counted under. A *life* lasts from switching on to the next power cut or stop."""

    def __init__(self, kernel: Kernel, owner: str, kind: str, folder: Path) -> None:
        self.owner = owner
        self.life = 0
        self._kernel = kernel
        self._kind = kind
        self.disk = Disk(folder, kernel.chance.stream(f"{owner}/disk"), self._struck)

    @contextmanager
    def powered(self) -> Iterator[None]:
        """Whatever fails because the power went is a ``PowerCut``, which no code under test takes for an error."""
        life = self.life
        try:
            yield
        except (Exception, NoPower):
            self.check(life)
            raise
        self.check(life)

    def check(self, life: int) -> None:
        """Raise ``PowerCut`` if this life is over."""
        if self.disk.dead or life != self.life:
            raise PowerCut(self.owner, life)

    def off(self) -> None:
        """All files are closed now: settle what the disk has, and begin another life."""
        self.life += 1
        if self.disk.dead:
            self._kernel.faults[f"{self._kind}_writes_lost"] += self.disk.lose()
            self.disk.dead = False
        else:
            self.disk.forget()

    def _struck(self, boundary: Boundary) -> None:
        self._kernel.faults[f"{self._kind}_cut_at_{boundary}"] += 1
