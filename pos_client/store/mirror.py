"""A second copy of the journal's facts on a stick or a share, for the day on which the till's disk is gone.

The place holds a folder for each device, in it segments in the format of ``shared_models.wire.fact_file``, sealed: who
finds the stick can read nothing. It is written behind the journal, by a thread of its own: a fact is in the journal
first, and nobody at the counter waits for a stick. After each piece the stick is synced (fsync), so what can be missing
is the piece under way. Where to go on from is read from the place itself, so sticks may be swapped.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from pos_client.app.ports import Clock, Randomness, Storage
from pos_client.store.database import Database, Durability
from pos_client.store.journal import SELECT_FACTS, Identity, fact_of_row, read_identity, sides_between
from pos_client.store.meta import Meta
from shared_models.domain.clock import wall_ms
from shared_models.domain.errors import DomainError
from shared_models.domain.facts import Fact
from shared_models.domain.text import N_
from shared_models.wire import fact_file
from shared_models.wire.fact_file import DeviceRecord, Record, Seal

MARKER: Final = "tillpoint-mirror.txt"
MARKER_TEXT: Final = (
    "Here Tillpoint keeps a second copy of its tills' journals, encrypted. With it sales are recovered that a till\n"
    "could not send any more: docs/recovery.md. Keep it in the till, and do not delete anything.\n"
)
SUFFIX: Final = ".facts"
SEGMENT_BYTES: Final = 8 * 1024 * 1024
PIECE_FACTS: Final = 100
PIECE_BYTES: Final = 1024 * 1024
_NONCE_BYTES: Final = 12
_DAY_MS: Final = 86_400_000
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class MirrorTrouble(DomainError):
    """The second copy isn't kept now. Selling goes on; the till tries again by itself."""

    code = "mirror_trouble"


class MirrorAway(MirrorTrouble):
    code = "mirror_away"
    template = N_("The journal's second copy can't be written ({why}). Sales go on. Put the stick back in.")


class MirrorFull(MirrorTrouble):
    code = "mirror_full"
    template = N_("The stick with the journal's second copy is full. Sales go on. Put in a larger one.")


class MirrorAhead(MirrorTrouble):
    code = "mirror_ahead"
    template = N_(
        "The journal's second copy has facts that this till lacks. Keep the stick safe and call the service:"
        " they can be recovered."
    )


class NoMirrorPlace(MirrorTrouble):
    code = "no_mirror_place"
    template = N_("{place} can't be used for the journal's second copy ({why}).")


@dataclass(slots=True)
class _Position:
    """The segment that is written to, its size, and the last fact in the mirror."""

    segment: Path | None
    size: int
    number: int


def prepare(place: Path) -> None:
    """Mark ``place`` as one to keep mirrors in. Without the mark nothing is written: an empty mount point is a folder
    too, on the very disk that a mirror is to survive. Raise ``NoMirrorPlace``."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        (place / MARKER).write_text(MARKER_TEXT, "utf-8")
    except OSError as error:
        raise NoMirrorPlace(place=str(place), why=error.strerror or str(error)) from error


def segments(folder: Path) -> list[Path]:
    """The files of one device's mirror, in the order of their facts."""
    return sorted(folder.glob(f"*{SUFFIX}"))


class Mirror:
    """Used by one background thread. ``journal`` is the journal's file, read through a connection of its own."""

    def __init__(
        self, place: Path, journal: Path, database_key: bytes, pepper: bytes, storage: Storage, clock: Clock,
        randomness: Randomness, keep_days: int,
    ) -> None:  # fmt: skip
        self._place = place
        self._journal = journal
        self._database_key = database_key
        self._pepper = pepper
        self._storage = storage
        self._clock = clock
        self._randomness = randomness
        self._keep_ms = keep_days * _DAY_MS
        self._database: Database | None = None
        self._identity: Identity | None = None
        self._position: _Position | None = None

    def step(self) -> int:
        """Write the next piece, synced; how many facts are still missing. Raise ``MirrorTrouble``.

        After trouble the place is looked at anew, since another stick may be in it.
        """
        try:
            return self._step()
        except OSError as error:
            self._position = None
            if error.errno in _FULL:
                raise MirrorFull from error
            raise MirrorAway(why=error.strerror or type(error).__name__) from error
        except MirrorTrouble:
            self._position = None
            raise

    def behind(self) -> int:
        """How many facts the mirror lacks as far as is known: all unsent ones while it is away."""
        known = self._position.number if self._position else Meta(self._opened()).number("acknowledged")
        return max(0, self._head() - known)

    def close(self) -> None:
        self._position = None
        if self._database is not None:
            self._database.close()
            self._database = None

    def _step(self) -> int:
        if not (self._place / MARKER).is_file():
            raise MirrorAway(why=str(self._place))
        if self._position is None:
            self._position = self._find()
        position = self._position
        facts = self._next_facts(position.number)
        if not facts:
            return 0
        if position.segment is None or position.size >= SEGMENT_BYTES:
            self._begin_segment(position, facts[0].number)
            self._prune()
        self._append(position, self._sealed(facts))
        position.number = facts[-1].number
        return max(0, self._head() - position.number)

    # the journal

    def _opened(self) -> Database:
        if self._database is None:
            self._database = self._storage.open(self._journal, self._database_key, Durability.FULL)
        return self._database

    def _who(self) -> Identity:
        if self._identity is None:
            self._identity = read_identity(self._opened())
        return self._identity

    def _head(self) -> int:
        row = self._opened().one("SELECT max(number) FROM fact")
        return int(row[0] or 0) if row else 0

    def _next_facts(self, after: int) -> list[Fact]:
        facts: list[Fact] = []
        size = 0
        rows = self._opened().all(SELECT_FACTS + " WHERE number > ? ORDER BY number LIMIT ?", (after, PIECE_FACTS))
        for row in rows:
            if size >= PIECE_BYTES:
                break
            facts.append(fact_of_row(row, self._who().incarnation))
            size += len(facts[-1].payload)
        return facts

    def _sealed(self, facts: list[Fact]) -> bytes:
        seal = self._seal()
        sides = sides_between(self._opened(), facts[0].number, facts[-1].number)
        return b"".join(
            seal.record(
                fact, [side for side in sides if side.number == fact.number], self._randomness.secret(_NONCE_BYTES)
            )
            for fact in facts
        )

    def _seal(self) -> Seal:
        incarnation = self._who().incarnation
        return Seal(fact_file.mirror_key(self._pepper, incarnation), incarnation)

    def _first_wanted(self) -> int:
        """Where a new mirror begins: at what the server may lack, and a few weeks before it. Clocks rise with numbers,
        so the place is found by halving."""
        database = self._opened()
        low = Meta(database).number("acknowledged") + 1
        bounds = database.one("SELECT min(number) FROM fact")
        first = int(bounds[0] or 1) if bounds else 1
        since_ms = self._clock.now_ms() - self._keep_ms
        while first < low:
            middle = (first + low) // 2
            row = database.one("SELECT hlc FROM fact WHERE number = ?", (middle,))
            if row is None or wall_ms(row[0]) >= since_ms:
                low = middle
            else:
                first = middle + 1
        return first

    # the place

    @property
    def _folder(self) -> Path:
        return self._place / str(self._who().incarnation)

    def _find(self) -> _Position:
        """Where the mirror goes on; a write that was cut is cut off. Raise ``MirrorAhead``."""
        for segment in reversed(segments(self._folder)):
            last = _last_fact(segment)
            if last is None:
                continue
            self._check(last)
            with segment.open("r+b") as file:
                if file.seek(0, 2) > last.end:
                    file.truncate(last.end)
                    os.fsync(file.fileno())
            return _Position(segment, last.end, fact_file.sealed_number(last.body))
        return _Position(None, 0, self._first_wanted() - 1)

    def _check(self, last: Record) -> None:
        """The mirror's last fact must be one of this journal, or an older one that was pruned from it."""
        number = fact_file.sealed_number(last.body)
        row = self._opened().one("SELECT hash FROM fact WHERE number = ?", (number,))
        if row is None and 0 < number <= self._head():
            return
        try:
            mirrored, _, _ = fact_file.read_fact(self._seal().open(last.body), self._who().incarnation)
        except (fact_file.WrongMirrorKey, fact_file.BadFile) as error:
            raise MirrorAhead from error
        if row is None or bytes(row[0]) != mirrored.hash:
            raise MirrorAhead

    def _begin_segment(self, position: _Position, first: int) -> None:
        identity, meta = self._who(), Meta(self._opened())
        device = DeviceRecord(
            incarnation=identity.incarnation, store_id=identity.store_id, lane=identity.lane,
            public_key=identity.public_key, first=first, made_ms=self._clock.now_ms(),
            first_receipt_number=meta.number("first_receipt_number"), first_z_number=meta.number("first_z_number"),
        )  # fmt: skip
        self._folder.mkdir(exist_ok=True)
        position.segment = self._folder / f"{first:016d}{SUFFIX}"
        position.size = 0
        position.segment.write_bytes(b"")
        self._append(position, fact_file.MAGIC + fact_file.device_record(device))
        for folder in (self._folder, self._place):
            _sync_folder(folder)

    def _append(self, position: _Position, data: bytes) -> None:
        assert position.segment is not None, "a segment was begun"
        with position.segment.open("r+b", buffering=0) as file:
            if file.seek(0, 2) != position.size:
                raise OSError(errno.ESTALE, "another program wrote to it")
            _write_all(file.fileno(), data)
            os.fsync(file.fileno())
        position.size += len(data)

    def _prune(self) -> None:
        """Delete segments that the server has acknowledged as a whole and that a newer one has followed for weeks."""
        acknowledged = Meta(self._opened()).number("acknowledged")
        found = segments(self._folder)
        for segment, following in pairwise(found):
            device = _first_device(following)
            if device is None or device.first > acknowledged + 1:
                return
            if device.made_ms > self._clock.now_ms() - self._keep_ms:
                return
            segment.unlink()


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_folder(folder: Path) -> None:
    """So that a new file's name survives too. Some shares can't; their server decides then."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EBADF, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _whole(segment: Path) -> Iterator[Record]:
    with segment.open("rb") as file:
        for found in fact_file.records(file):
            if isinstance(found, Record):
                yield found


def _last_fact(segment: Path) -> Record | None:
    """The last whole fact; ``None`` if the segment has none."""
    last = None
    for found in _whole(segment):
        if found.kind == fact_file.SEALED:
            last = found
    return last


def _first_device(segment: Path) -> DeviceRecord | None:
    for found in _whole(segment):
        return fact_file.read_device(found.body) if found.kind == fact_file.DEVICE else None
    return None
