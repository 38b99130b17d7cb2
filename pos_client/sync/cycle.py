"""One round with the server: hello, push what is unsent, borrow, pull what is new, forget what the rows count by now.

Any step may fail or be repeated at any point. What is needed of the journal is asked of the cashier's thread, in pieces
too small to be felt there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from pos_client.app.ports import Executor
from pos_client.store.generations import Generation, Generations
from pos_client.store.journal import Journal
from pos_client.store.outbox import Outbox, Standing
from pos_client.store.replica import Replica
from pos_client.store.till_clock import TillClock
from pos_client.sync.arrival import Arrival, Arrived, Way
from pos_client.sync.borrowing import Borrowing
from pos_client.sync.client import Client, NotOurServer, Refused, SyncTrouble
from shared_models.domain.clock import utc
from shared_models.wire.messages import MAX_PAGE_ROWS, Certificate, PullAnswer, decode
from shared_models.wire.state import RECEIPT_DAYS

MAX_FACTS: Final = 200
MAX_BYTES: Final = 2 * 1024 * 1024
MOST_STEPS_BACK: Final = 3

_STOPS_PUSHING: Final = frozenset({"forked", "broken-chain"})
_STANDINGS: Final = {
    "forked": Standing.FORKED,
    "broken-chain": Standing.BROKEN,
    "device-revoked": Standing.REVOKED,
    "device-unknown": Standing.UNKNOWN,
    "signature-invalid": Standing.UNKNOWN,
}

Result = TypeVar("Result")


@dataclass(slots=True)
class _Building:
    generation: Generation
    replica: Replica


class Cycle:
    """Used by one thread, the puller's. It alone writes the replica."""

    def __init__(
        self,
        client: Client,
        executor: Executor,
        journal: Journal,
        outbox: Outbox,
        generations: Generations,
        clock: TillClock,
        borrowing: Borrowing,
        page_rows: int = MAX_PAGE_ROWS,
        pepper: bytes = b"",
    ) -> None:
        self.page_rows = page_rows
        self.arrival = Arrival(client, generations, journal.identity.incarnation, clock, between=self._push_if_unsent)
        self._pepper = pepper
        self._client = client
        self._executor = executor
        self._journal = journal
        self._outbox = outbox
        self._generations = generations
        self._clock = clock
        self._borrowing = borrowing
        self._replica: Replica | None = None
        self._building: _Building | None = None
        self._has_told_all = False
        """Once in a run it is told from the start on, to find where another journal parts from ours."""

    def run(self) -> None:
        """A whole round. Raise ``SyncTrouble`` or ``Refused``; what was done before it stays done.

        A till whose facts the server can't take pulls all the same: it sells on, at today's prices.
        """
        stopped: Refused | None = None
        try:
            self._hello()
            try:
                self._tell()
            except Refused as refused:
                if refused.problem.code not in _STOPS_PUSHING:
                    raise
                self._note(refused)
                stopped = refused
            else:
                self._borrowing.borrow()
            self.pull()
        except Refused as refused:
            self._note(refused)
            raise
        if stopped is not None:
            raise stopped

    def _tell(self) -> None:
        """Push all there is, and what is given back because somebody else needs it."""
        self._borrowing.give_back()
        recalled = self.push()
        if recalled and self._borrowing.give_back(recalled):
            self.push()

    def last_words(self) -> bool:
        """Say what can still be said before this journal ends, and hear what the server has of it; whether the replica
        now counts all of that."""
        try:
            self.run()
        except Refused as refused:
            return refused.problem.code in _STOPS_PUSHING
        except SyncTrouble:
            return False
        return True

    def _hello(self) -> None:
        """A server that doesn't know us was restored from a backup of before our enrolment: show its own signature."""
        try:
            answer = self._client.hello()
        except Refused as refused:
            kept = self._ask(lambda: self._journal.meta.blob("certificate"))
            if refused.problem.code != "device-unknown" or not kept:
                raise
            self._client.enrol_again(decode(kept, Certificate), self._pepper)
            answer = self._client.hello()
        self._clock.hear(answer.server_ms)

    def _note(self, refused: Refused) -> None:
        standing = _STANDINGS.get(refused.problem.code)
        if standing is not None:
            self._ask(lambda: self._outbox.note(standing))

    def push(self) -> list[UUID]:
        """Send what the server hasn't acknowledged, at least an empty batch: the answer tells where it stands. Which
        leases it calls back.

        A server that forgot something is shown all leases before it is told more: what uses them is to be known then.
        """
        after = self._ask(self._outbox.acknowledged)
        steps_back = 0
        while True:
            batch = self._ask(partial(self._outbox.batch, after, MAX_FACTS, MAX_BYTES))
            try:
                answer = self._client.push(batch.facts, batch.sides, self._ask(self._outbox.proof))
            except Refused as refused:
                expected, number = refused.problem.expected, refused.problem.number
                if refused.problem.code == "forked" and number is not None and number > after:
                    if number == after + 1 > 1 and not self._has_told_all:
                        # a restored server may have taken another's facts in place of those it had of ours
                        after, self._has_told_all = 0, True
                        continue
                    self._ask(partial(self._outbox.forked_at, number, self._clock.now_ms()))
                steps_back += 1
                if refused.problem.code != "gap" or expected is None or steps_back > MOST_STEPS_BACK:
                    raise
                after = self._go_back(expected)
                self._borrowing.declare(None)
                continue
            if not self._ask(partial(self._outbox.hear, answer, self._clock.now_ms())):
                if not batch.facts:
                    return answer.recall
                after += len(batch.facts)  # go on to the number at which the other journal parts from ours
                continue
            if answer.acknowledged < after + len(batch.facts):
                steps_back += 1
                if steps_back > MOST_STEPS_BACK:
                    raise NotOurServer
                self._borrowing.declare(answer.epoch)
            elif self._borrowing.needs_declaring(answer.epoch):
                self._borrowing.declare(answer.epoch)
            if answer.unknown:
                self._borrowing.show(answer.epoch, answer.unknown)
            after = answer.acknowledged
            if after >= self._ask(lambda: self._journal.head.number):
                return answer.recall

    def _go_back(self, expected: int) -> int:
        """The server holds less than we were told: it was restored from a backup. Tell it again from there."""
        held = max(0, expected - 1)
        self._ask(lambda: self._outbox.acknowledge(held, self._clock.now_ms()))
        return held

    def pull(self) -> None:
        """Apply pages until there are no more. A cursor the server doesn't know starts a new generation, and so does a
        ready-made replica, fetched where too much is missing for pages."""
        if self.arrival.waiting:
            return
        while True:
            replica = self._building.replica if self._building else self._current()
            try:
                page = self._client.pull(replica.cursor(), self.page_rows)
            except Refused as refused:
                if refused.problem.code != "cursor-unknown" or replica.cursor() is None:
                    raise
                self._start_building(refused.problem.epoch or 0)
                continue
            self._check(page, replica)
            if self.arrival.is_due(page):
                arrived = self.arrival.fetch()
                if arrived is Way.LATER:
                    return
                if isinstance(arrived, Arrived):
                    self._build_on(arrived.generation, arrived.replica)
                    continue
            try:
                replica.apply(page.rows, page.cursor)
            except ValueError:
                raise NotOurServer from None
            self._ask(lambda: self._outbox.in_contact(self._clock.now_ms()))
            if not page.more:
                break
        self._finish_building()
        self._current().settle()
        self._ask(self._journal.effects.prune)
        self._ask(self._journal.value_effects.prune)
        self._ask(lambda: self._journal.own_receipts.prune(self._oldest_receipt()))
        self.arrival.done()

    def _oldest_receipt(self) -> date:
        """Own sales are kept a little longer than the server's rows of them, whatever the zone."""
        return utc(self._clock.now_ms()).date() - timedelta(days=RECEIPT_DAYS + 1)

    def close(self) -> None:
        """Close the puller's files. A half-built generation is left for the next start to delete."""
        self.arrival.close()
        if self._building is not None:
            self._building.replica.close()
            self._building = None
        if self._replica is not None:
            self._replica.close()
            self._replica = None

    def checkpoint(self) -> None:
        """Fold the replica's log into its file, when there is nothing better to do."""
        if self._replica is not None:
            self._replica.checkpoint()

    def _current(self) -> Replica:
        if self._replica is None:
            self._replica = self._generations.open_current()
        return self._replica

    def _check(self, page: PullAnswer, replica: Replica) -> None:
        """A page that promises more must bring rows and the cursor on, or pulling would never end."""
        before = replica.cursor()
        start = before.version if before else 0
        if page.cursor.version < start or (page.more and (not page.rows or page.cursor.version == start)):
            raise NotOurServer

    def _start_building(self, epoch: int) -> None:
        """Pull everything into a new file; the cashier sells on the old one meanwhile."""
        self._build_on(*self._generations.build(epoch))

    def _build_on(self, generation: Generation, replica: Replica) -> None:
        if self._building is not None:
            self._building.replica.close()
            self._generations.discard(self._building.generation)
        self._building = _Building(generation, replica)

    def _push_if_unsent(self) -> None:
        """Between the pieces of a file. That the server can't take our facts keeps none of them from coming."""
        if not self._ask(self._outbox.unsent):
            return
        try:
            self.push()
        except Refused as refused:
            if refused.problem.code not in _STOPS_PUSHING:
                raise
            self._note(refused)

    def _finish_building(self) -> None:
        built, self._building = self._building, None
        if built is None:
            return
        built.replica.checkpoint()
        built.replica.close()
        old, self._replica = self._replica, None
        if old is not None:
            old.close()
        self._ask(lambda: self._generations.switch(built.generation))

    def _ask(self, work: Callable[[], Result]) -> Result:
        """Run ``work`` on the cashier's thread and wait for it."""
        return self._executor.submit(work).result()
