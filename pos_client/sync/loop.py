"""The puller's thread: round after round, soon after a sale, slower and slower while the server is away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from pos_client.app.ports import CashierGone, Randomness
from pos_client.app.surroundings import Surroundings
from pos_client.app.views import Notice
from pos_client.store.database import Corrupt, DiskFails, DiskFull, NewerDatabase, WrongKey
from pos_client.sync.client import Refused, SyncTrouble
from pos_client.sync.cycle import Cycle
from pos_client.system import BackgroundThread
from shared_models.domain.text import N_

FIRST_WAIT_MS: Final = 1_000
LONGEST_WAIT_MS: Final = 60_000
REST_MS: Final = 5_000

OWN_FAULT: Final = N_("The till's syncing has a fault of its own. Sales are kept; tell whoever looks after the till.")

_logger = logging.getLogger(__name__)

KNOWN_TROUBLE: Final = (SyncTrouble, Refused, DiskFull, DiskFails, Corrupt, NewerDatabase, WrongKey)


class Round:
    """Runs a cycle and says how long to wait for the next one. The first failure and the recovery are logged."""

    def __init__(self, cycle: Cycle, surroundings: Surroundings, randomness: Randomness) -> None:
        self._cycle = cycle
        self._surroundings = surroundings
        self._randomness = randomness
        self._failures = 0
        self._code = ""

    def run(self) -> int:
        """Milliseconds to wait afterwards, unless somebody asks for a round before."""
        try:
            self._cycle.run()
        except KNOWN_TROUBLE as trouble:
            self._failed(trouble)
        else:
            self._worked()
        return self._wait_ms()

    def _failed(
        self, trouble: SyncTrouble | Refused | DiskFull | DiskFails | Corrupt | NewerDatabase | WrongKey
    ) -> None:
        self._failures += 1
        code = trouble.problem.code if isinstance(trouble, Refused) else trouble.code
        if code != self._code:
            self._code = code
            _logger.warning("syncing stopped (%s): %s", code, trouble)
        online = isinstance(trouble, Refused)
        away = trouble.code == "unreachable"
        self._surroundings.link(online=online, problem=None if away else Notice.of(trouble))

    def _worked(self) -> None:
        if self._code:
            _logger.info("syncing works again after %d failed rounds", self._failures)
        self._failures, self._code = 0, ""
        self._surroundings.link(online=True, problem=None)

    def _wait_ms(self) -> int:
        """Double the wait after each failure, and spread it, so that a shop's tills don't all come back at once."""
        if not self._failures:
            return REST_MS
        longest = min(FIRST_WAIT_MS << min(self._failures - 1, 10), LONGEST_WAIT_MS)
        return longest // 2 + self._randomness.below(longest // 2 + 1)


class SyncLoop(BackgroundThread):
    """Runs rounds until it is stopped. ``after_round`` and ``at_end`` are called on its thread."""

    def __init__(
        self,
        round_: Round,
        cycle: Cycle,
        surroundings: Surroundings,
        after_round: Callable[[], None],
        at_end: Callable[[], None],
    ) -> None:
        super().__init__("sync", self._one_round, self._end)
        self._round = round_
        self._cycle = cycle
        self._surroundings = surroundings
        self._after_round = after_round
        self._let_go = at_end

    def _end(self) -> None:
        self._cycle.close()
        self._let_go()

    def _one_round(self) -> int:
        """A fault of ours stops this round, not syncing for good: it is logged in full and said to be ours."""
        try:
            wait_ms = self._round.run()
            self._after_round()
        except CashierGone:
            return LONGEST_WAIT_MS
        except Exception:
            _logger.exception("a fault of the till's own stopped a round of syncing")
            self._surroundings.link(online=False, problem=Notice("own_fault", OWN_FAULT))
            return LONGEST_WAIT_MS
        return wait_ms
