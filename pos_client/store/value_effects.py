"""What own facts did to stored value and coupons, as long as the row in the replica doesn't count them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from pos_client.store.database import Database
from shared_models.domain.return_booking import told_entries
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.stored_value_facts import StoredValueLoaded, account_id, entry_of, load_entry, purchases
from shared_models.domain.stored_value_ledger import Entry, StoredValue

_ENTRIES = msgspec.json.Decoder(list[Entry])
_NOTHING_HELD = StoredValue()


class ValueEffects:
    """Writing doesn't commit. The replica is attached as ``replica``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def book(self, number: int, payload: SaleConfirmed | SaleReturned | StoredValueLoaded) -> None:
        """Keep what fact ``number`` did. Booking it again changes nothing. A coupon that a return gives back can be
        used once its row says so."""
        if isinstance(payload, StoredValueLoaded):
            self._keep(number, "stored_value", account_id(payload.member_id), [load_entry(payload)])
            return
        if isinstance(payload, SaleReturned):
            refunds = told_entries(payload)
            if refunds and payload.member is not None:
                self._keep(number, "stored_value", account_id(payload.member.id), refunds)
            return
        if payload.training:
            return
        spent = [entry_of(payment, payload.business_date, _NOTHING_HELD) for payment in purchases(payload)]
        if spent and payload.member is not None:
            self._keep(number, "stored_value", account_id(payload.member.id), spent)
        for coupon in payload.coupons:
            self._keep(number, "coupon", coupon.id, payload.sale_id)

    def entries(self, accounts: Sequence[UUID], counted: int) -> tuple[Entry, ...]:
        """Own entries of accounts that are shown as one, as long as the row, which counts up to fact ``counted``,
        doesn't hold them, in order."""
        docs = self._docs("stored_value", accounts, counted)
        return tuple(entry for doc in docs for entry in _ENTRIES.decode(doc))

    def used_by(self, coupon: UUID, counted: int) -> UUID | None:
        """The own sale that used the coupon, if its row doesn't hold that."""
        docs = self._docs("coupon", [coupon], counted)
        return msgspec.json.decode(docs[0], type=UUID) if docs else None

    def prune(self) -> int:
        """Delete what the rows count by now; how many went. Between the cashier's transactions only. Of stored value
        that is in another one's row both rows must count it (as in ``Effects.prune``)."""
        old = (
            "FROM value_effect WHERE number <= (SELECT min(v.counted) FROM replica.value_row AS v"
            ' WHERE v.kind = value_effect.kind AND v."key" IN'
            ' (value_effect."key", (SELECT a.kept FROM replica.value_alias AS a WHERE a.gone = value_effect."key")))'
        )
        found = self._database.one(f"SELECT count(*) {old}")
        if found is None or not found[0]:
            return 0
        with self._database.transaction():
            return self._database.run(f"DELETE {old}")

    def _keep(self, number: int, kind: str, key: UUID, doc: object) -> None:
        self._database.run(
            'INSERT OR IGNORE INTO value_effect (number, kind, "key", doc) VALUES (?, ?, ?, ?)',
            (number, kind, str(key), msgspec.json.encode(doc)),
        )

    def _docs(self, kind: str, keys: Sequence[UUID], counted: int) -> list[bytes]:
        marks = ",".join("?" * len(keys))
        rows = self._database.all(
            f'SELECT doc FROM value_effect WHERE kind = ? AND "key" IN ({marks}) AND number > ? ORDER BY number',  # noqa: S608 - only question marks
            (kind, *map(str, keys), counted),
        )
        return [bytes(doc) for (doc,) in rows]
