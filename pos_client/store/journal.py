"""The till's own file: facts, numbered, chained and signed, each with all that follows from it in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from pos_client.app.ports import Clock, Ids
from pos_client.store.database import Corrupt, Database
from pos_client.store.effects import Effects
from pos_client.store.leases import Leases
from pos_client.store.meta import Meta
from pos_client.store.own_edits import OwnEdit, OwnEdits
from pos_client.store.own_members import OwnMembers
from pos_client.store.own_receipts import OwnReceipts
from pos_client.store.print_queue import PrintQueue
from pos_client.store.shifts import Shifts
from pos_client.store.value_effects import ValueEffects
from shared_models.domain import clock as logical_clock
from shared_models.domain.cash_drawer import CashMoved, DrawerOpened
from shared_models.domain.effects import effect_of
from shared_models.domain.facts import Fact, Side, chain_start, fact_hash, head_message
from shared_models.domain.leases import LeaseReturned
from shared_models.domain.profile_edit import MemberEdited
from shared_models.domain.receipt import Document
from shared_models.domain.retold import FactRetold
from shared_models.domain.return_record import SaleReturned, effect_of_return
from shared_models.domain.reward_facts import RewardRedeemed, effect_of_redemption
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.shift import ShiftClosed, ShiftOpened
from shared_models.domain.stored_value_facts import StoredValueLoaded, lease_of
from shared_models.wire.facts import Payload, Undecodable, decode, encode
from shared_models.wire.state import MemberDoc

SELECT_FACTS: Final = "SELECT number, id, hlc, kind, schema, payload, previous, hash, signature FROM fact"

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this journal's device is. ``public_key`` is the raw Ed25519 key, 32 bytes."""

    incarnation: UUID
    store_id: str
    lane: int
    public_key: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The chain's end, and the last numbers the lane used."""

    number: int
    hash: bytes
    hlc: int
    receipt_number: int
    z_number: int


class Journal:
    """Used on the cashier's thread only. ``database`` has the journal's schema and an identity."""

    def __init__(self, database: Database, sign: Sign, clock: Clock, ids: Ids) -> None:
        self.database = database
        self.meta = Meta(database)
        self.identity = read_identity(database)
        self.effects = Effects(database)
        self.leases = Leases(database)
        self.value_effects = ValueEffects(database)
        self.own_members = OwnMembers(database)
        self.own_edits = OwnEdits(database)
        self.own_receipts = OwnReceipts(database)
        self.print_queue = PrintQueue(database)
        self.shifts = Shifts(database)
        self._sign = sign
        self._clock = clock
        self._ids = ids
        self._head: Head | None = None
        self.remember: Callable[[], Mapping[str, int]] = dict
        """Figures to keep in ``meta`` with each act."""

    @property
    def head(self) -> Head:
        if self._head is None:
            self._head = _read_head(self.database, self.meta, self.identity)
        return self._head

    def next_hlc(self) -> int:
        return logical_clock.tick(self.head.hlc, self._clock.now_ms())

    def append(
        self,
        payload: Payload,
        *,
        sides: Sequence[tuple[str, bytes, bytes]] = (),
        own_member: MemberDoc | None = None,
        own_edit: OwnEdit | None = None,
        later_than: int = 0,
        print_document: Document | None = None,
        ends_sale: UUID | None = None,
    ) -> Fact:
        """Commit one act. When this returns it survives a power cut; when it raises nothing of it is left.

        ``sides`` are (name, salt, body). ``own_member`` is the row of the member that ``payload`` registers.
        ``own_edit`` is what ``payload`` edits, ``later_than`` a clock that the fact's is to be above.
        ``ends_sale`` is the open sale that ``payload`` confirms. Raise ``DiskFull``, ``DiskFails``.
        """
        before = self.head
        fact = self._fact(payload, before, later_than)
        after = _after(before, fact, payload)
        self._head = None
        self.print_queue.drawer_opens = False
        with self.database.transaction():
            if ends_sale is not None:  # first: the fact's text takes the pages that this sets free
                self.database.run("DELETE FROM open_sale WHERE id = ?", (ends_sale.bytes,))
            self._write(fact, sides)
            self._keep(payload)
            self._book(fact.number, payload)
            if own_member is not None:
                self.own_members.add(fact.number, own_member)
            if own_edit is not None and isinstance(payload, MemberEdited):
                self.own_edits.add(fact.number, fact.hlc, payload.member_id, own_edit)
            if print_document is not None:
                self.print_queue.queue(print_document, fact.number)
        self._head = after
        return fact

    def _fact(self, payload: Payload, before: Head, later_than: int) -> Fact:
        kind, schema, body = encode(payload)
        id_ = self._ids.new()
        number = before.number + 1
        hlc = logical_clock.tick(max(before.hlc, later_than), self._clock.now_ms())
        hash_ = fact_hash(
            id=id_, incarnation=self.identity.incarnation, number=number, hlc=hlc, kind=kind, schema=schema,
            payload=body, previous=before.hash,
        )  # fmt: skip
        signature = self._sign(head_message(self.identity.incarnation, number, hash_))
        return Fact(id_, self.identity.incarnation, number, hlc, kind, schema, body, before.hash, hash_, signature)

    def _write(self, fact: Fact, sides: Sequence[tuple[str, bytes, bytes]]) -> None:
        self.database.run(
            "INSERT INTO fact (number, id, hlc, kind, schema, payload, previous, hash, signature)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                fact.number, fact.id.bytes, fact.hlc, fact.kind, fact.schema, fact.payload, fact.previous, fact.hash,
                fact.signature,
            ),
        )  # fmt: skip
        for name, salt, body in sides:
            self.database.run(
                "INSERT INTO side (number, name, salt, body) VALUES (?, ?, ?, ?)", (fact.number, name, salt, body)
            )

    def _keep(self, payload: Payload) -> None:
        """The lane's last numbers, and what else is to be remembered with an act."""
        numbers: dict[str, bytes | str | int] = dict(self.remember())
        match payload:
            case SaleConfirmed() | SaleReturned():
                numbers["receipt_number"] = payload.receipt_number
            case ShiftClosed():
                numbers["z_number"] = payload.z_number
        self.meta.put_all(numbers)

    def _book(self, number: int, payload: Payload) -> None:
        match payload:
            case SaleConfirmed():
                self.shifts.add_sale(payload)
                if payload.leases:
                    self.leases.use(payload.leases, payload.business_date, self._clock.now_ms())
            case SaleReturned():
                self.shifts.add_return(payload)
                if payload.leases:
                    self.leases.use(payload.leases, payload.business_date, self._clock.now_ms())
            case RewardRedeemed():
                self.meta.put("receipt_number", payload.receipt_number)
                if payload.leases:
                    self.leases.use(payload.leases, payload.business_date, self._clock.now_ms())
            case LeaseReturned():
                self.leases.end(payload.lease, number)
            case StoredValueLoaded():
                self.shifts.add_load(payload)
                kept = lease_of(payload, self.identity.incarnation)
                if kept is not None:
                    self.leases.keep(kept, self._clock.now_ms())
            case CashMoved():
                self.shifts.add_movement(payload)
            case DrawerOpened():
                self.shifts.add_opening(payload)
            case ShiftOpened():
                self.shifts.open(number, payload)
            case ShiftClosed():
                self.shifts.close(number, payload)
        self.book_effects(number, payload)

    def book_effects(self, number: int, payload: Payload) -> None:
        """Keep what fact ``number`` did to rows of the server's until they count it. Doesn't commit; again changes
        nothing."""
        if isinstance(payload, FactRetold):
            with suppress(Undecodable):
                self.book_effects(number, decode(payload.fact))
        if isinstance(payload, SaleConfirmed | SaleReturned | StoredValueLoaded | RewardRedeemed):
            self.value_effects.book(number, payload)
        if isinstance(payload, SaleConfirmed | SaleReturned):
            self.own_receipts.book(number, payload)
        effect = effect_of(payload) if isinstance(payload, SaleConfirmed) else None
        if isinstance(payload, SaleReturned):
            effect = effect_of_return(payload)
        elif isinstance(payload, RewardRedeemed):
            effect = effect_of_redemption(payload)
        if effect is not None:
            self.effects.book(number, effect)


def make_identity(database: Database, identity: Identity, receipt_number: int, z_number: int) -> None:
    """Make an empty journal that of ``identity``, whose lane goes on after these numbers. Doesn't commit."""
    meta = Meta(database)
    meta.put("incarnation", identity.incarnation.bytes)
    meta.put("store_id", identity.store_id)
    meta.put("lane", identity.lane)
    meta.put("public_key", identity.public_key)
    meta.put("first_receipt_number", receipt_number + 1)
    meta.put("first_z_number", z_number + 1)
    meta.put("receipt_number", receipt_number)
    meta.put("z_number", z_number)


def read_identity(database: Database) -> Identity:
    """Raise ``Corrupt`` if there is none."""
    meta = Meta(database)
    incarnation, public_key = meta.blob("incarnation"), meta.blob("public_key")
    if incarnation is None or public_key is None:
        raise Corrupt(file=database.path.name, why="it says of no device that it is its journal")
    return Identity(UUID(bytes=incarnation), meta.text("store_id"), meta.number("lane"), public_key)


def fact_of_row(row: Sequence[Any], incarnation: UUID) -> Fact:
    """A row of ``SELECT_FACTS``."""
    number, id_, hlc, kind, schema, payload, previous, hash_, signature = row
    return Fact(UUID(bytes=id_), incarnation, number, hlc, kind, schema, payload, previous, hash_, signature)


def sides_between(database: Database, first: int, last: int) -> list[Side]:
    rows = database.all(
        "SELECT number, name, salt, body FROM side WHERE number BETWEEN ? AND ? ORDER BY number, name", (first, last)
    )
    return [Side(*row) for row in rows]


def _after(before: Head, fact: Fact, payload: Payload) -> Head:
    receipt_number, z_number = before.receipt_number, before.z_number
    match payload:
        case SaleConfirmed() | SaleReturned() | RewardRedeemed():
            receipt_number += 1
            assert payload.receipt_number == receipt_number, "receipt numbers have no gaps"
        case ShiftClosed():
            z_number += 1
            assert payload.z_number == z_number, "Z numbers have no gaps"
    return Head(fact.number, fact.hash, fact.hlc, receipt_number, z_number)


def _read_head(database: Database, meta: Meta, identity: Identity) -> Head:
    row = database.one("SELECT number, hash, hlc FROM fact ORDER BY number DESC LIMIT 1")
    number, hash_, hlc = row or (0, chain_start(identity.incarnation, identity.public_key), 0)
    return Head(number, hash_, hlc, meta.number("receipt_number"), meta.number("z_number"))
