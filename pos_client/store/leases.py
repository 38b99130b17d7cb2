"""What the server lends this till, in the journal: durable before it is asked for and before it is used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from pos_client.store.database import Database
from shared_models.domain import leases
from shared_models.domain.leases import Held, Lease, LeaseUse, LentLot
from shared_models.domain.spending_rules import Resource, ResourceKind
from shared_models.wire import leases as wire

_LOTS = msgspec.json.Decoder(tuple[LentLot, ...])
_ASKED, _REFUSED, _HELD, _ENDED = "asked", "refused", "held", "ended"
_SELECT: Final = 'SELECT doc, "left", lots, sale_id, touched_ms FROM lease WHERE state = ?'


@dataclass(frozen=True, slots=True)
class Asked:
    """A lease that the server is to be asked for; whether it heard of it isn't known."""

    id: UUID
    resource: Resource
    amount: int


@dataclass(frozen=True, slots=True)
class Owned:
    """A lease this till holds. ``sale_id`` is the only sale it is for. ``touched_ms``: lent, or last used."""

    held: Held
    sale_id: UUID | None
    touched_ms: int

    @property
    def id(self) -> UUID:
        return self.held.lease.id

    @property
    def resource(self) -> Resource:
        return self.held.lease.resource


class Leases:
    """On the cashier's thread. ``keep``, ``use`` and ``end`` belong into the transaction of the fact that says so.

    What is held is read once and again after each change: each scan asks for the leases of all limited offers.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: dict[Resource, list[Owned]] | None = None

    def asked(self) -> list[Asked]:
        rows = self._database.all('SELECT id, kind, "key", asked FROM lease WHERE state = ? ORDER BY id', (_ASKED,))
        return [Asked(UUID(bytes=id_), Resource(ResourceKind(kind), key), amount) for id_, kind, key, amount in rows]

    def is_asked(self, resource: Resource) -> bool:
        found = self._database.one(
            'SELECT 1 FROM lease WHERE state = ? AND kind = ? AND "key" = ?', (_ASKED, resource.kind, resource.key)
        )
        return found is not None

    def ask(self, id: UUID, resource: Resource, amount: int, sale_id: UUID | None, now_ms: int) -> None:
        """Keep that ``amount`` is to be asked for, under an id that every retry uses. Raise ``DiskFull``.

        Of what was refused before, it is asked under that request's id again, for as much at least: it may have come a
        second time, late, and have been granted to a till that thought it refused.
        """
        with self._database.transaction():
            again = self._database.run(
                'UPDATE lease SET state = ?, asked = max(asked, ?), sale_id = ?, touched_ms = ? WHERE id ='
                ' (SELECT id FROM lease WHERE state = ? AND kind = ? AND "key" = ? ORDER BY id LIMIT 1)',
                (
                    _ASKED, amount, sale_id.bytes if sale_id else None, now_ms, _REFUSED, resource.kind, resource.key,
                ),
            )  # fmt: skip
            if again:
                return
            self._database.run(
                'INSERT INTO lease (id, kind, "key", state, asked, sale_id, "left", lots, touched_ms)'
                " VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)",
                (
                    id.bytes, resource.kind, resource.key, _ASKED, amount, sale_id.bytes if sale_id else None, b"[]",
                    now_ms,
                ),
            )  # fmt: skip

    def receive(self, lease: Lease, doc: bytes, signature: bytes, now_ms: int) -> None:
        """The server's answer. Usable when this returns; one that was given back meanwhile stays so."""
        self._held = None
        with self._database.transaction():
            self._database.run(
                'UPDATE lease SET state = ?, doc = ?, signature = ?, "left" = ?, lots = ?, touched_ms = ?'
                " WHERE id = ? AND state = ?",
                (
                    _HELD, doc, signature, lease.amount, msgspec.json.encode(lease.lots), now_ms, lease.id.bytes,
                    _ASKED,
                ),
            )  # fmt: skip

    def keep(self, lease: Lease, now_ms: int) -> None:
        """What this till took in itself, by the fact that says so; the server learns of it by that fact alone. Doesn't
        commit."""
        self._held = None
        self._database.run(
            'INSERT INTO lease (id, kind, "key", state, asked, doc, "left", lots, touched_ms)'
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                lease.id.bytes, lease.resource.kind, lease.resource.key, _HELD, lease.amount, wire.encode(lease),
                lease.amount, msgspec.json.encode(lease.lots), now_ms,
            ),
        )  # fmt: skip

    def refused(self, id: UUID) -> None:
        """The server lends nothing under this id now."""
        with self._database.transaction():
            self._database.run("UPDATE lease SET state = ? WHERE id = ? AND state = ?", (_REFUSED, id.bytes, _ASKED))

    def held(self, resource: Resource | None = None) -> list[Owned]:
        """In the order they were made."""
        if self._held is None:
            found: dict[Resource, list[Owned]] = {}
            for row in self._database.all(_SELECT + " ORDER BY id", (_HELD,)):
                owned = _owned(row)
                found.setdefault(owned.resource, []).append(owned)
            self._held = found
        return self._held.get(resource, []) if resource else [each for held in self._held.values() for each in held]

    def is_own(self, id: UUID) -> bool:
        return self._database.one("SELECT 1 FROM lease WHERE id = ?", (id.bytes,)) is not None

    def use(self, uses: Iterable[LeaseUse], on: date, now_ms: int) -> None:
        """Lower what a sale of the business date ``on`` takes. Doesn't commit. Raise ``NotLent``."""
        self._held = None
        for use in uses:
            row = self._database.one(_SELECT + " AND id = ?", (_HELD, use.lease.bytes))
            if row is None:
                raise leases.NotLent
            after = leases.take(_owned(row).held, use.amount, on)
            self._database.run(
                'UPDATE lease SET "left" = ?, lots = ?, touched_ms = ? WHERE id = ?',
                (after.left, msgspec.json.encode(after.lots), now_ms, use.lease.bytes),
            )

    def end(self, id: UUID, number: int) -> None:
        """Fact ``number`` gives it back; one that never arrived is never taken any more. Doesn't commit."""
        self._held = None
        self._database.run(
            'INSERT INTO lease (id, kind, "key", state, asked, "left", lots, touched_ms, ended_number)'
            " VALUES (?, '', '', ?, 0, 0, ?, 0, ?) ON CONFLICT (id) DO UPDATE"
            " SET state = excluded.state, ended_number = excluded.ended_number",
            (id.bytes, _ENDED, b"[]", number),
        )

    def left(self, id: UUID) -> int | None:
        """What to give back of it; ``None`` if it never arrived."""
        row = self._database.one(_SELECT + " AND id = ?", (_HELD, id.bytes))
        return _owned(row).held.left if row else None

    def is_ended(self, id: UUID) -> bool:
        return self._database.one("SELECT 1 FROM lease WHERE id = ? AND state = ?", (id.bytes, _ENDED)) is not None

    def shown(self, ids: Iterable[UUID]) -> list[tuple[bytes, bytes]]:
        """Those of ``ids`` that the server lent, with its signatures, whether they have ended or not."""
        keys = [each.bytes for each in ids]
        marks = ",".join("?" * len(keys))
        rows = self._database.all(
            f"SELECT doc, signature FROM lease WHERE signature IS NOT NULL AND id IN ({marks}) ORDER BY id",  # noqa: S608 - only question marks
            keys,
        )
        return [(bytes(doc), bytes(signature)) for doc, signature in rows]

    def to_declare(self, acknowledged: int) -> list[tuple[bytes, bytes]]:
        """All that were lent, with their signatures, of whose end a server that has the facts up to ``acknowledged``
        wasn't told."""
        rows = self._database.all(
            "SELECT doc, signature FROM lease WHERE signature IS NOT NULL AND (state = ? OR ended_number > ?)"
            " ORDER BY id",
            (_HELD, acknowledged),
        )
        return [(bytes(doc), bytes(signature)) for doc, signature in rows]


def _owned(row: tuple[Any, ...]) -> Owned:
    doc, left, lots, sale_id, touched_ms = row
    held = Held(wire.decode(doc), left, _LOTS.decode(lots))
    return Owned(held, UUID(bytes=sale_id) if sale_id else None, touched_ms)
