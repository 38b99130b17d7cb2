"""What is still readable of a journal, however damaged its file is."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pos_client.store import damaged_pages
from pos_client.store.damaged_pages import Values
from pos_client.store.database import Corrupt, Database, WrongKey
from pos_client.store.journal import SELECT_FACTS, fact_of_row, sides_between
from shared_models.domain.facts import BrokenChain, Fact, Side, check_link, commitment, head_message

_PIECE_FACTS: Final = 200
_NO_ROWS: Final[list[tuple[Any, ...]]] = []
_NO_SIDES: Final[list[Side]] = []

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Salvaged:
    """``facts`` are whole, each signed by the device. ``missing`` counts those before the last of them that can't be
    read any more."""

    facts: list[Fact]
    sides: list[Side]
    missing: int


@dataclass(slots=True)
class PageRows:
    """What a file's pages hold that looks like ours, read past SQLite: ``meta`` by name, all versions; rows of facts,
    and side records by their fact's number, none of them proved."""

    meta: dict[str, list[bytes]] = field(default_factory=dict)
    facts: list[Values] = field(default_factory=list)
    sides: dict[int, list[Side]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, key: bytes) -> PageRows:
        found = cls()
        for row in damaged_pages.rows(path, key):
            if len(row) == damaged_pages.META_COLUMNS and isinstance(row[0], str) and isinstance(row[1], bytes):
                found.meta.setdefault(row[0], []).append(row[1])
            elif len(row) == damaged_pages.FACT_COLUMNS and _is_fact(row):
                found.facts.append(row)
            elif len(row) == damaged_pages.SIDE_COLUMNS and _is_side(row):
                found.sides.setdefault(row[0], []).append(Side(*row))
        return found

    def sides_of(self, fact: Fact) -> list[Side]:
        """The side records that the fact vouches for, each once."""
        beside = self.sides.get(fact.number, [])
        named = {side.name: side for side in beside if _is_committed(fact, side)}
        return list(named.values())


class Wreck:
    """A journal's file that is read as far as it goes. A damaged page spoils the connection, so each gets a new one.

    ``damaged`` once SQLite met damage, or from the start if that is known.
    """

    def __init__(self, open_: Callable[[], Database], path: Path, key: bytes, *, damaged: bool) -> None:
        self._open = open_
        self._path = path
        self._key = key
        self._database: Database | None = None
        self._found: PageRows | None = None
        self.damaged = damaged

    def ask(self, work: Callable[[Database], Result], otherwise: Result) -> Result:
        """What ``work`` finds, or ``otherwise`` if a page that it needs is damaged."""
        try:
            if self._database is None:
                self._database = self._open()
            return work(self._database)
        except (Corrupt, WrongKey):
            self.damaged = True
            self.close()
            return otherwise

    def found(self) -> PageRows:
        """What the pages hold, without SQLite."""
        if self._found is None:
            self._found = PageRows.read(self._path, self._key) if self._path.is_file() else PageRows()
        return self._found

    def value(self, key: str) -> bytes | None:
        """A value of the file's ``meta``."""
        versions = self.values(key)
        return versions[0] if versions else None

    def values(self, key: str) -> list[bytes]:
        """The value; where SQLite can't read it, each that a page holds, of now or from before."""
        damage: list[tuple[Any, ...]] | None = None
        rows = self.ask(lambda database: database.all("SELECT value FROM meta WHERE key = ?", (key,)), damage)
        return self.found().meta.get(key, []) if rows is None else [bytes(row[0]) for row in rows]

    def rows(self, table: str, columns: str, where: str = "1") -> list[tuple[Any, ...]]:
        """Rows of one of our own tables, none if any is damaged."""
        return self.ask(lambda database: database.all(f"SELECT {columns} FROM {table} WHERE {where}"), [])  # noqa: S608

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def salvage(wreck: Wreck, incarnation: UUID, public_key: bytes, after: int) -> Salvaged:
    """The facts above number ``after`` that are whole, with their side records: as far as SQLite reads them and, where
    the file is damaged, out of its pages."""
    facts: dict[int, Fact] = {}
    sides: dict[tuple[int, str], Side] = {}
    for some, beside in _in_order(wreck, incarnation, after):
        facts |= {fact.number: fact for fact in some if is_proved(fact, public_key)}
        sides |= {(side.number, side.name): side for side in beside if side.number in facts}
    if wreck.damaged:
        found = wreck.found()
        for row in found.facts:
            if row[0] > after and row[0] not in facts:
                fact = fact_of_row(row, incarnation)
                if is_proved(fact, public_key):
                    facts[fact.number] = fact
        for fact in facts.values():
            for side in found.sides_of(fact):
                sides.setdefault((side.number, side.name), side)
    numbers = sorted(facts)
    last = numbers[-1] if numbers else after
    ordered: Iterable[tuple[int, str]] = sorted(sides)
    return Salvaged([facts[one] for one in numbers], [sides[one] for one in ordered], last - after - len(facts))


def _in_order(wreck: Wreck, incarnation: UUID, after: int) -> Iterator[tuple[list[Fact], list[Side]]]:
    """Up to the first page that SQLite can't read."""
    query = SELECT_FACTS + " WHERE number > ? ORDER BY number LIMIT ?"
    while rows := wreck.ask(partial(Database.all, sql=query, values=(after, _PIECE_FACTS)), _NO_ROWS):
        first, after = rows[0][0], rows[-1][0]
        beside = wreck.ask(partial(sides_between, first=first, last=after), _NO_SIDES)
        yield [fact_of_row(row, incarnation) for row in rows], beside


def is_proved(fact: Fact, public_key: bytes) -> bool:
    """Whether its hash is that of its content and its device signed it."""
    try:
        check_link(fact, fact.previous, fact.number)
        Ed25519PublicKey.from_public_bytes(public_key).verify(
            fact.signature, head_message(fact.incarnation, fact.number, fact.hash)
        )
    except (BrokenChain, InvalidSignature):
        return False
    return True


def _is_fact(row: Values) -> bool:
    types = (int, bytes, int, str, int, bytes, bytes, bytes, bytes)
    fits = all(isinstance(value, type_) for value, type_ in zip(row, types, strict=True))
    sizes = (16, 32, 32, 64)
    return (
        fits
        and tuple(len(row[place]) for place in (1, 6, 7, 8)) == sizes
        and 0 < row[0] < 2**63
        and 0 <= row[2] < 2**63
        and 0 <= row[4] < 2**16
        and 0 < len(row[3].encode()) < 256
    )


def _is_side(row: Values) -> bool:
    types = (int, str, bytes, bytes)
    return all(isinstance(value, type_) for value, type_ in zip(row, types, strict=True)) and len(row[2]) == 32


def _is_committed(fact: Fact, side: Side) -> bool:
    return base64.b64encode(commitment(side.salt, side.body)) in fact.payload
