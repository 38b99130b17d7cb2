"""What a till writes: its journal, its figures, its clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pos_client.app.paying import Paying
from pos_client.app.sale_in_hand import SaleInHand, to_doc
from pos_client.app.views import Confirmed
from pos_client.store import database
from pos_client.store.database import Durability
from pos_client.store.journal import Journal
from pos_client.store.open_sales import StoredSale
from pos_client.store.replica import Replica
from pos_client.store.shifts import Shifts
from shared_models.domain import clock
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.tender import Cash
from shared_models.wire.facts import Payload
from tests.tillpoint.simulate.mutations.mutation import Patch, mutation
from tests.tillpoint.simulate.mutations.storms import OUTAGES


@mutation("A sale is confirmed before it is on the disk.")
def journal_without_fsync(patch: Patch) -> None:
    real = database.connect

    def connect(path: Path, key: bytes, _durability: Durability) -> Any:
        return real(path, key, Durability.NORMAL)

    patch.setattr("tillpoint.simulate.till.connect", connect)


@mutation("Effects are pruned before the row that counts them is on the disk.", OUTAGES)
def replica_not_settled(patch: Patch) -> None:
    def unsynced(self: Replica) -> None:
        with self._database.transaction():
            self._meta.put("settled", self._meta.text("cursor"))

    patch.setattr(Replica, "settle", unsynced)


@mutation("The fact is committed first and its effects afterwards.")
def effects_in_a_second_transaction(patch: Patch) -> None:
    real = Journal._book

    def late(self: Journal, number: int, payload: Payload) -> None:
        self.database.commit()
        self.database.run("BEGIN IMMEDIATE")
        real(self, number, payload)

    patch.setattr(Journal, "_book", late)


@mutation("The receipt's number is remembered in memory only.")
def receipt_number_not_stored(patch: Patch) -> None:
    def forgetful(self: Journal, number: int, payload: Payload) -> None:
        real(self, number, payload)
        if isinstance(payload, SaleConfirmed):
            self.meta.put("receipt_number", payload.receipt_number - 1)

    real = Journal._book
    patch.setattr(Journal, "_book", forgetful)


@mutation("A sale stays open after it was confirmed.")
def sale_stays_open(patch: Patch) -> None:
    real = Paying._confirm

    def careless(self: Paying, sale: SaleInHand, cash: Cash | None) -> Confirmed:
        done = real(self, sale, cash)
        counter = self._counter
        counter.books.open_sales.save(StoredSale(sale.id, sale.state, to_doc(sale)), counter.books.journal.next_hlc())
        return done

    patch.setattr(Paying, "_confirm", careless)


@mutation("The Z report isn't counted on when a shift closes.")
def z_number_not_stored(patch: Patch) -> None:
    real = Shifts.close

    def close(self: Shifts, number: int, payload: Any) -> None:
        real(self, number, payload)
        self._database.run("UPDATE meta SET value = ? WHERE key = 'z_number'", (b"0",))

    patch.setattr(Shifts, "close", close)


@mutation("What is dropped into the safe isn't taken out of the drawer's figures.")
def drop_not_in_the_figures(patch: Patch) -> None:
    patch.setattr(Shifts, "add_movement", lambda _self, _moved: None)


@mutation("The logical clock follows the wall clock backwards.")
def clock_goes_backwards(patch: Patch) -> None:
    patch.setattr(clock, "tick", lambda _last, now_ms: now_ms << 16)
