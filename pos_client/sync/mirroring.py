"""The mirror's thread: writes soon after each fact, tries again while the stick is away, and says how it stands."""

from __future__ import annotations

import logging
from typing import Final

from pos_client.app.surroundings import Surroundings
from pos_client.app.views import Notice
from pos_client.store.database import Corrupt, DiskFails, DiskFull, NewerDatabase, WrongKey
from pos_client.store.mirror import Mirror, MirrorTrouble
from pos_client.system import BackgroundThread
from shared_models.domain.errors import DomainError

GOOD: Final = "good"
BEHIND: Final = "behind"
AWAY: Final = "away"

LOOK_MS: Final = 10_000
"""How long to wait before looking whether the stick is there, or there again."""

BEHIND_FROM: Final = 200
"""Facts that may be missing while pieces are written, before the status bar says so."""

_KNOWN: Final = (MirrorTrouble, DiskFull, DiskFails, Corrupt, NewerDatabase, WrongKey)

_logger = logging.getLogger(__name__)


class Mirroring:
    """One round: writes until nothing is missing. The first failure and the recovery are logged."""

    def __init__(self, mirror: Mirror, surroundings: Surroundings) -> None:
        self._mirror = mirror
        self._surroundings = surroundings
        self._code = ""

    def step(self) -> int:
        """Write a piece; how many facts are still missing that can be written now."""
        try:
            behind = self._mirror.step()
        except _KNOWN as trouble:
            self._failed(trouble)
            return 0
        if self._code:
            _logger.info("the journal's second copy is written again")
            self._code = ""
        late = behind >= BEHIND_FROM or (behind > 0 and self._surroundings.mirror_state == BEHIND)
        self._surroundings.mirror(BEHIND if late else GOOD, behind if late else 0, None)
        return behind

    def close(self) -> None:
        self._mirror.close()

    def _failed(self, trouble: DomainError) -> None:
        if trouble.code != self._code:
            self._code = trouble.code
            _logger.warning("the journal's second copy isn't written (%s): %s", trouble.code, trouble)
        try:
            behind = self._mirror.behind()
        except _KNOWN:
            behind = 0
        self._surroundings.mirror(AWAY, behind, Notice.of(trouble))


class MirrorThread(BackgroundThread):
    """Its own thread, so that a slow or hanging stick costs nobody's time but its own."""

    def __init__(self, mirroring: Mirroring) -> None:
        super().__init__("mirror", self._one_step, mirroring.close)
        self._mirroring = mirroring

    def _one_step(self) -> int:
        """A fault of ours costs this round and is logged in full."""
        try:
            return 0 if self._mirroring.step() else LOOK_MS
        except Exception:
            _logger.exception("a fault of the till's own stopped the journal's second copy")
            return LOOK_MS
