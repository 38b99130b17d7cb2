"""Sales whose goods can come back: the store's as the replica has them, and this till's own facts about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from pos_client.store.database import Database
from pos_client.store.journal import SELECT_FACTS, fact_of_row
from shared_models.domain.retold import FactRetold
from shared_models.domain.return_booking import of_sale
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import SaleConfirmed
from shared_models.wire.facts import Payload, Undecodable, decode
from shared_models.wire.state import ReceiptDoc

_RECEIPT = msgspec.json.Decoder(ReceiptDoc)
_NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class KnownReceipt:
    """A sale with all returns that this till knows of. ``own``: those made here that the row doesn't hold yet."""

    sale: SaleConfirmed
    returns: tuple[SaleReturned, ...] = ()
    own: tuple[SaleReturned, ...] = ()


class Receipts:
    """Reads the attached replica and, after it, the journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_code(self, code: str) -> KnownReceipt | None:
        """The sale with that receipt code; what it has been returned of is the row's and, by their ids, own ones that
        the row doesn't hold."""
        rows = self._database.all("SELECT doc FROM replica.receipt WHERE code = ?", (code,))
        docs = [_RECEIPT.decode(doc) for (doc,) in rows]
        own = list(self._own(code))
        sales = [*(doc.sale for doc in docs), *(one for one in own if isinstance(one, SaleConfirmed))]
        if not sales:
            return None
        sale = sales[0]
        held = {one.return_id: of_sale(sale, one) for doc in docs for one in doc.returns}
        mine = {one.return_id: of_sale(sale, one) for one in own if isinstance(one, SaleReturned)}
        missing = tuple(one for id_, one in mine.items() if id_ not in held)
        return KnownReceipt(sale, (*held.values(), *missing), missing)

    def _own(self, code: str) -> Iterator[Payload]:
        """What this till did about the sale with that code, in order."""
        rows = self._database.all(
            SELECT_FACTS + " WHERE number IN (SELECT number FROM own_receipt WHERE code = ?) ORDER BY number",  # noqa: S608 - own words
            (code,),
        )
        for row in rows:
            try:
                payload = decode(fact_of_row(row, _NOBODY))
                yield decode(payload.fact) if isinstance(payload, FactRetold) else payload
            except Undecodable:
                continue
