"""Goods that come back."""

from __future__ import annotations

from dataclasses import replace

from pos_client.app.returning import Returning
from pos_client.store.receipts import KnownReceipt, Receipts
from pos_client.store.shifts import Shifts
from shared_models.domain import return_booking
from shared_models.domain.member import Effect
from shared_models.domain.spending import Spendable, Why
from sync_server.ingest import booking
from sync_server.ingest.returns import Returned
from sync_server.ledger.members import Members
from tests.tillpoint.simulate.mutations.mutation import Patch, mutation
from tests.tillpoint.simulate.mutations.storms import APART


@mutation("A till counts only the returns that the server told it of, not its own.", APART)
def own_returns_not_counted(patch: Patch) -> None:
    real = Receipts.by_code

    def by_code(self: Receipts, code: str) -> KnownReceipt | None:
        known = real(self, code)
        if known is None:
            return None
        mine = {one.return_id for one in known.own}
        return replace(known, returns=tuple(one for one in known.returns if one.return_id not in mine), own=())

    patch.setattr(Receipts, "by_code", by_code)


@mutation("A till takes goods back as long as it sees some left, whatever it was lent.", APART)
def returns_without_a_bound(patch: Patch) -> None:
    patch.setattr(Returning, "_may", lambda _self, _known, _number, left_milli: Spendable(left_milli, Why.NONE))
    patch.setattr(Returning, "_leases", lambda *_: ())


@mutation("The cash that is given back isn't taken out of the drawer's figures.", APART)
def refund_not_in_the_figures(patch: Patch) -> None:
    patch.setattr(Shifts, "add_return", lambda _self, _record: None)


@mutation("What a return does to its member is booked twice.", APART)
def return_applied_twice(patch: Patch) -> None:
    real = Members.apply

    def apply(self: Members, number: int, effect: Effect) -> int:
        if effect.taken_back:
            real(self, number, replace(effect, given_back=(), spend_minor=0))
            self._entries.pop()
        return real(self, number, effect)

    patch.setattr(Members, "apply", apply)


@mutation("What two tills gave back for the same goods is credited twice.", APART)
def give_back_credited_twice(patch: Patch) -> None:
    patch.setattr(return_booking, "_within", lambda _most, _before, more: more)


@mutation("A return is taken and not booked.", APART)
def return_not_booked(patch: Patch) -> None:
    patch.setattr(booking, "book_returns", lambda *_: Returned())


@mutation("The receipt's row isn't written anew when goods came back.", APART)
def return_not_shown(patch: Patch) -> None:
    patch.setattr("sync_server.ingest.returns.shown_among", lambda _connection, _receipts: ())


@mutation("A coupon doesn't come back with the goods.", APART)
def coupon_not_given_back(patch: Patch) -> None:
    patch.setattr("sync_server.ledger.coupons.give_back", lambda one, *_: one)
