"""Receipts waiting for the printer. A job is queued in the transaction of the act that it documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import msgspec

from pos_client.store.database import Database
from shared_models.domain.cash_slip import CASH_SLIP
from shared_models.domain.no_sale_slip import NO_SALE_SLIP
from shared_models.domain.receipt import PLAIN_VERSION, Document, DocumentError, names_of
from shared_models.domain.sale_receipt import RECEIPT
from shared_models.domain.shift_report import X_REPORT, Z_REPORT

KEPT_JOBS: Final = 50
_DRAWER, _ELECTRONIC = "drawer", "electronic"
_KEPT_HERE: Final = frozenset({CASH_SLIP, NO_SALE_SLIP, Z_REPORT})
"""Papers of facts that no customer waits for: they aren't the last receipt."""


class JobState(StrEnum):
    """SENT: handed to a printer that can't answer, or seen on paper by somebody. DOUBTFUL: the power, the paper or the
    cable went while it printed, so nobody knows. FAILED: it can't be printed, or a copy is in its place."""

    QUEUED = "queued"
    PRINTING = "printing"
    PRINTED = "printed"
    SENT = "sent"
    FAILED = "failed"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class PrintJob:
    number: int
    fact_number: int | None
    document: Document
    attempts: int


class PrintQueue:
    """``paperless``: the receipt of a sale is kept and only its drawer opens, until somebody wants it on paper.
    ``no_printer``: none is set, so that nothing waits for one.

    ``own_drawer``: the drawer has a trigger of its own, so that no job opens it; ``drawer_opens`` says after a commit
    that what was queued in it does. ``interrupted``: the till was killed while it printed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.paperless = False
        self.no_printer = False
        self.own_drawer = False
        self.drawer_opens = False
        self.interrupted = False

    def queue(self, document: Document, fact_number: int | None) -> None:
        """Add a job at the end. Doesn't commit."""
        if self.own_drawer and document.opens_drawer:
            self.drawer_opens = True
            document = replace(document, opens_drawer=False)
        kept = self.no_printer or (self.paperless and document.kind == RECEIPT)
        if not kept:
            self._insert(document, fact_number, JobState.QUEUED)
            return
        self._insert(replace(document, opens_drawer=False), fact_number, JobState.SENT, _ELECTRONIC)
        self._forget_old_ones()
        if document.opens_drawer and not self.no_printer:
            self._insert(Document(_DRAWER, document.language, (), opens_drawer=True), None, JobState.QUEUED, _DRAWER)

    def _insert(self, document: Document, fact_number: int | None, state: JobState, message: str = "") -> None:
        self._database.run(
            "INSERT INTO print_job (fact_number, state, attempts, message, document) VALUES (?, ?, 0, ?, ?)",
            (fact_number, state, message, _encoded(document)),
        )

    def add(self, document: Document) -> None:
        """Add a job of its own, such as a copy."""
        self.drawer_opens = False
        with self._database.transaction():
            self.queue(document, None)

    def take(self) -> PrintJob | None:
        """The first waiting job, marked as printing. What a newer version queued and this one can't read is doubtful:
        somebody is asked about it."""
        while True:
            row = self._database.one(
                "SELECT number, fact_number, document, attempts FROM print_job WHERE state = 'queued' ORDER BY number"
            )
            if row is None:
                return None
            job = next(_readable([row]), None)
            state = JobState.PRINTING if job else JobState.DOUBTFUL
            with self._database.transaction():
                self._database.run(
                    "UPDATE print_job SET state = ?, attempts = attempts + 1 WHERE number = ?", (state, row[0])
                )
            if job is not None:
                return job

    def record(self, number: int, state: JobState, message: str = "") -> None:
        """What became of a job; ``QUEUED`` puts it back to its place."""
        with self._database.transaction():
            self._database.run("UPDATE print_job SET state = ?, message = ? WHERE number = ?", (state, message, number))
            self._forget_old_ones()

    def _forget_old_ones(self) -> None:
        self._database.run(
            "DELETE FROM print_job WHERE state IN ('printed', 'sent') AND number <="
            " (SELECT max(number) FROM print_job) - ?",
            (KEPT_JOBS,),
        )

    def give_up_drawers(self) -> None:
        """A drawer that can't be opened now mustn't open when the printer is back and nobody stands there. The slip of
        a bare opening waits on, without its pulse."""
        rows = self._database.all(
            "SELECT number, fact_number, document, attempts FROM print_job WHERE state = 'queued'"
            " AND (message = ? OR instr(document, ?))",
            (_DRAWER, NO_SALE_SLIP.encode()),
        )
        jobs = [job for job in _readable(rows) if job.document.opens_drawer]
        pulses = [job for job in jobs if not job.document.blocks]
        slips = [job for job in jobs if job.document.kind == NO_SALE_SLIP]
        if not pulses and not slips:
            return
        with self._database.transaction():
            self._database.many(
                "UPDATE print_job SET state = 'failed' WHERE number = ?", [(job.number,) for job in pulses]
            )
            self._database.many(
                "UPDATE print_job SET document = ? WHERE number = ?",
                [(_encoded(replace(job.document, opens_drawer=False)), job.number) for job in slips],
            )

    def doubt_interrupted(self) -> int:
        """At start: whatever was printing when the till stopped may or may not be on paper; how many there are."""
        if self._database.one("SELECT 1 FROM print_job WHERE state = 'printing'") is None:
            return 0
        self.interrupted = True
        with self._database.transaction():
            self._database.run(
                "UPDATE print_job SET state = 'failed' WHERE state = 'printing' AND message = ?", (_DRAWER,)
            )
            return self._database.run("UPDATE print_job SET state = 'doubtful' WHERE state = 'printing'")

    def again(self, copy_of: Callable[[Document], Document]) -> int:
        """Queue a copy of each doubtful job, in their order; of the last receipt if there is none. How many. A receipt
        that was never on paper is no copy. An X report is printed anew by who may: a copy would tell it to anybody."""
        self.drawer_opens = False
        with self._database.transaction():
            rows = self._database.all(
                "SELECT number, fact_number, document, attempts FROM print_job WHERE state = 'doubtful' ORDER BY number"
            )
            if not rows and self._to_paper():
                return 1
            last = None if rows else self.last_receipt()
            doubtful = [job.document for job in _readable(rows) if job.document.kind != X_REPORT]
            documents = [last] if last is not None else doubtful
            for document in documents:
                self.queue(copy_of(document), None)
            self._database.run("UPDATE print_job SET state = 'failed' WHERE state = 'doubtful'")
        return len(documents)

    def _to_paper(self) -> bool:
        """Whether the last receipt was without paper, and is queued now. Doesn't commit."""
        last = self._last()
        return last is not None and bool(
            self._database.run(
                "UPDATE print_job SET state = 'queued', message = '' WHERE message = ? AND number = ?",
                (_ELECTRONIC, last.number),
            )
        )

    def came_out(self) -> int:
        """Somebody has seen the doubtful ones on paper; how many there were."""
        with self._database.transaction():
            return self._database.run("UPDATE print_job SET state = 'sent' WHERE state = 'doubtful'")

    def last_receipt(self) -> Document | None:
        """The last receipt or slip that somebody was given, doubtful ones included."""
        last = self._last()
        return last.document if last else None

    def _last(self) -> PrintJob | None:
        rows = self._database.all(
            "SELECT number, fact_number, document, attempts FROM print_job WHERE fact_number IS NOT NULL"
            " ORDER BY number DESC LIMIT ?",
            (KEPT_JOBS,),
        )
        return next((job for job in _readable(rows) if job.document.kind not in _KEPT_HERE), None)

    def counts(self) -> dict[JobState, int]:
        rows = self._database.all(
            "SELECT state, count(*) FROM print_job WHERE state NOT IN ('printed', 'sent') GROUP BY state"
        )
        return {JobState(state): count for state, count in rows}


def _readable(rows: Iterable[tuple[Any, ...]]) -> Iterator[PrintJob]:
    """Without those that only a newer version can read."""
    for number, fact_number, document, attempts in rows:
        with suppress(DocumentError):
            yield PrintJob(number, fact_number, _decoded(document), attempts)


def _encoded(document: Document) -> bytes:
    """As ``Document.to_plain``, with each block's fields beside its name: written without a detour through
    dictionaries, because a cashier waits for it."""
    return msgspec.json.encode(
        {
            "version": PLAIN_VERSION,
            "kind": document.kind,
            "language": document.language,
            "opens_drawer": document.opens_drawer,
            "blocks": list(zip(names_of(document.blocks), document.blocks, strict=True)),
        }
    )


def _decoded(stored: bytes) -> Document:
    plain = msgspec.json.decode(stored)
    if plain.get("version") == PLAIN_VERSION:
        plain["blocks"] = [{"block": name, **fields} for name, fields in plain["blocks"]]
    return Document.from_plain(plain)
