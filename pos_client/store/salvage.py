"""What is still readable of a journal, however damaged its file is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pos_client.store.database import Corrupt, Database, WrongKey
from pos_client.store.journal import SELECT_FACTS, fact_of_row
from shared_models.domain.facts import BrokenChain, Fact, Side, check_link, head_message

UNREADABLE_END: Final = 2_000
"""So many numbers in a row without a readable fact are the end of the journal: more than the largest page holds."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Salvaged:
    """``facts`` are whole, each signed by the device. ``missing`` counts those before the last of them that can't be
    read any more."""

    facts: list[Fact]
    sides: list[Side]
    missing: int


class Wreck:
    """A file that is read as far as it goes. A damaged page spoils the connection, so each gets a new one."""

    def __init__(self, open_: Callable[[], Database]) -> None:
        self._open = open_
        self._database: Database | None = None

    def ask(self, work: Callable[[Database], Result], otherwise: Result) -> Result:
        """What ``work`` finds, or ``otherwise`` if a page that it needs is damaged."""
        try:
            if self._database is None:
                self._database = self._open()
            return work(self._database)
        except (Corrupt, WrongKey):
            self.close()
            return otherwise

    def value(self, key: str) -> bytes | None:
        """A value of the file's ``meta``."""
        row = self.ask(lambda database: database.one("SELECT value FROM meta WHERE key = ?", (key,)), None)
        return bytes(row[0]) if row else None

    def rows(self, table: str, columns: str, where: str = "1") -> list[tuple[Any, ...]]:
        """Rows of one of our own tables, none if any is damaged."""
        return self.ask(lambda database: database.all(f"SELECT {columns} FROM {table} WHERE {where}"), [])  # noqa: S608

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def salvage(wreck: Wreck, incarnation: UUID, public_key: bytes, after: int) -> Salvaged:
    """The facts above number ``after`` that are whole, with their side records."""
    key = Ed25519PublicKey.from_public_bytes(public_key)
    facts: list[Fact] = []
    sides: list[Side] = []
    unreadable, number = 0, after
    while unreadable < UNREADABLE_END:
        number += 1
        row = wreck.ask(lambda database, n=number: database.one(SELECT_FACTS + " WHERE number = ?", (n,)), None)  # type: ignore[misc]
        fact = fact_of_row(row, incarnation) if row else None
        if fact is None or not _is_whole(fact, key):
            unreadable += 1
            continue
        unreadable = 0
        facts.append(fact)
        sides += [
            Side(*found)
            for found in wreck.rows("side", "number, name, salt, body", f"number = {number}")
        ]  # fmt: skip
    last = facts[-1].number if facts else after
    return Salvaged(facts, sides, last - after - len(facts))


def _is_whole(fact: Fact, key: Ed25519PublicKey) -> bool:
    try:
        check_link(fact, fact.previous, fact.number)
        key.verify(fact.signature, head_message(fact.incarnation, fact.number, fact.hash))
    except (BrokenChain, InvalidSignature):
        return False
    return True
