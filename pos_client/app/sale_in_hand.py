"""The sale that isn't confirmed yet, and its stored form."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from pos_client.app.views import SaleState
from shared_models.domain.basket import Basket
from shared_models.domain.coupon import Coupon
from shared_models.domain.sale import Payment


@dataclass(frozen=True, slots=True)
class SaleInHand:
    """``payments`` are those of the sale being paid. Products and coupons are kept as they were when scanned."""

    id: UUID
    basket: Basket = field(default_factory=Basket)
    member_id: UUID | None = None
    state: SaleState = SaleState.OPEN
    payments: tuple[Payment, ...] = ()
    coupons: tuple[Coupon, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.basket.lines and self.member_id is None and not self.coupons


_DECODER = msgspec.json.Decoder(SaleInHand)


def to_doc(sale: SaleInHand) -> bytes:
    return msgspec.json.encode(sale)


def from_doc(doc: bytes) -> SaleInHand:
    """Raise ``msgspec.DecodeError`` for what a later version wrote in another form."""
    return _DECODER.decode(doc)
