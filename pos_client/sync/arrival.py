"""A ready-made replica on its way: asked for, fetched piece by piece, looked over, and only then taken for one.

A file that is cut, altered or doesn't open is deleted. After some that failed, or when none comes, the till pulls
pages.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final
from uuid import UUID

from pos_client.app.ports import Clock
from pos_client.store import part_file
from pos_client.store.database import Corrupt, DiskFails, DiskFull, NewerDatabase, WrongKey
from pos_client.store.generations import Generation, Generations
from pos_client.store.part_file import PartFile
from pos_client.store.replica import Replica
from pos_client.sync.client import Client, Refused, SyncTrouble
from shared_models.wire.messages import FAR_BEHIND_ROWS, PullAnswer, SnapshotAnswer

MOST_FAILURES: Final = 3
MOST_STALLS: Final = 5
LONGEST_BUILD_MS: Final = 20 * 60_000
FIRST_RETRY_MS: Final = 5_000

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_logger = logging.getLogger(__name__)


class Way(Enum):
    """How the till gets its rows when it doesn't get a snapshot now. LATER: it waits, and sells on what it has."""

    PAGES = auto()
    LATER = auto()


@dataclass(frozen=True, slots=True)
class Arrived:
    """A new generation that nobody uses yet."""

    generation: Generation
    replica: Replica


class _Bad(Exception):
    """Why a file isn't taken."""


class Arrival:
    """Used by the puller's thread. ``between`` is called after each piece, so that sales go up meanwhile."""

    def __init__(
        self, client: Client, generations: Generations, incarnation: UUID, clock: Clock,
        between: Callable[[], None],
    ) -> None:  # fmt: skip
        self._client = client
        self._generations = generations
        self._folder = generations.folder
        self._incarnation = incarnation
        self._clock = clock
        self._between = between
        self._part: PartFile | None = None
        self._failures = 0
        self._stalls = 0
        self._building_since_ms: int | None = None
        self._not_before_ms = 0
        self._way: Way | None = None

    def is_due(self, page: PullAnswer) -> bool:
        """Whether so much is missing that pages are the slower way."""
        return page.more and page.behind > FAR_BEHIND_ROWS and self._way is not Way.PAGES

    @property
    def waiting(self) -> bool:
        """Whether the server is being given time to make one."""
        return self._way is Way.LATER and self._clock.monotonic_ms() < self._not_before_ms

    def fetch(self) -> Arrived | Way:
        """Go on with the download. Raise ``SyncTrouble`` or ``Refused`` if the network or the server won't; what came
        is kept for the next time."""
        self._way = None
        answer = self._client.snapshot(self._wanted())
        if answer.state == "building":
            return self._wait_for_build(answer.retry_s)
        if answer.state != "ready":
            return self._give_up()
        self._building_since_ms = None
        try:
            part = self._begun(answer)
            self._download(part, answer)
            return self._arrived(part, answer)
        except _Bad as bad:
            return self._failed(str(bad))
        except OSError as error:
            self._drop()
            raise (DiskFull() if error.errno in _FULL else DiskFails(why=str(error))) from error

    def done(self) -> None:
        """All rows are here, one way or the other: forget what failed, and what came of a file nobody needs now."""
        self._drop()
        self._failures = self._stalls = 0
        self._building_since_ms = None
        self._way = None

    def close(self) -> None:
        if self._part is not None:
            self._part.close()
            self._part = None

    def _wanted(self) -> UUID | None:
        if self._part is not None:
            return self._part.id
        return next(iter(part_file.begun(self._folder)), None)

    def _begun(self, answer: SnapshotAnswer) -> PartFile:
        """The part file of this snapshot; those of others go."""
        assert answer.id is not None, "the client has looked"
        if self._part is None or self._part.id != answer.id:
            self.close()
            part_file.delete(self._folder, keep=answer.id)
            self._part = PartFile(self._folder, answer.id)
        return self._part

    def _download(self, part: PartFile, answer: SnapshotAnswer) -> None:
        """Fetch what is missing. A download that never gets on ends in pages."""
        before = part.size
        try:
            while part.size < answer.size:
                end = min(answer.size, part.size + answer.part_bytes)
                part.append(self._client.snapshot_part(part.id, part.size, end))
                self._between()
        except SyncTrouble:
            self._stalls = 0 if part.size > before else self._stalls + 1
            if self._stalls >= MOST_STALLS:
                self._give_up()
            raise
        except Refused as refused:
            if refused.problem.code not in ("snapshot-unknown", "range-invalid"):
                raise
            raise _Bad(str(refused)) from refused

    def _arrived(self, part: PartFile, answer: SnapshotAnswer) -> Arrived:
        """Check the file and make it this till's."""
        assert answer.cursor is not None, "the client has looked"
        self._part = None
        if not part.finish(answer.size, answer.sha256):
            part.delete()
            raise _Bad("it isn't the file that the server made")
        try:
            generation, replica = self._generations.adopt(part.path, answer.cursor.epoch, answer.key)
        except (WrongKey, Corrupt, NewerDatabase) as error:
            raise _Bad(str(error)) from error
        try:
            if replica.cursor() != answer.cursor:
                raise _Bad("it stands elsewhere than the server said")
            replica.take_over(self._incarnation, answer.rows)
        except BaseException as error:
            replica.close()
            self._generations.discard(generation)
            if isinstance(error, ValueError):
                raise _Bad("rows of this till's own can't be any") from error
            raise
        return Arrived(generation, replica)

    def _wait_for_build(self, retry_s: int) -> Way:
        now = self._clock.monotonic_ms()
        self._building_since_ms = now if self._building_since_ms is None else self._building_since_ms
        if now - self._building_since_ms > LONGEST_BUILD_MS:
            return self._give_up()
        return self._later(min(max(1, retry_s) * 1_000, LONGEST_BUILD_MS))

    def _failed(self, why: str) -> Way:
        self._drop()
        self._failures += 1
        _logger.warning("a snapshot was refused (%s), for the %d. time", why, self._failures)
        return self._give_up() if self._failures >= MOST_FAILURES else self._later(FIRST_RETRY_MS << self._failures)

    def _later(self, wait_ms: int) -> Way:
        self._not_before_ms = self._clock.monotonic_ms() + wait_ms
        self._way = Way.LATER
        return self._way

    def _give_up(self) -> Way:
        """Until all rows are here by pages."""
        self._drop()
        self._way = Way.PAGES
        return self._way

    def _drop(self) -> None:
        self.close()
        part_file.delete(self._folder)
