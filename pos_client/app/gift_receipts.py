"""Gift receipts of this store's sales of the last days: as many as somebody asks for, also of some of the goods."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from pos_client.app.counter import Counter
from pos_client.app.refusals import NoReturnInHand, TooManyGiftReceipts, UnknownReceipt
from shared_models.domain import receipt_code
from shared_models.domain.gift_receipt import gift_receipt
from shared_models.domain.returns import NothingToReturn, left_to_return
from shared_models.wire.state import RECEIPT_DAYS

MOST_AT_ONCE: Final = 20


class GiftReceipts:
    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def print(self, code: str, count: int, goods: Mapping[int, int] | None = None) -> None:
        """Queue ``count`` of them for the goods of the receipt ``code`` that haven't come back, or for ``goods`` by
        line and thousandths."""
        counter = self._counter
        counter.shift()
        if not 1 <= count <= MOST_AT_ONCE:
            raise TooManyGiftReceipts(most=MOST_AT_ONCE)
        known = counter.books.receipts.by_code(receipt_code.normalise(code))
        if known is None:
            raise UnknownReceipt
        given = left_to_return(known.sale, known.returns) if goods is None else goods
        if not any(given.values()):
            raise NothingToReturn
        document = gift_receipt(
            known.sale, given, counter.store, counter.receipt_words(), counter.receipt_language,
            until=known.sale.business_date + timedelta(days=RECEIPT_DAYS),
        )  # fmt: skip
        for _ in range(count):
            counter.books.journal.print_queue.add(document)
        counter.on_commit()

    def of_return_in_hand(self, count: int) -> None:
        """Of the goods that are chosen in the return in hand, of all if none are; nothing comes back by it."""
        hand = self._counter.returning
        if hand is None:
            raise NoReturnInHand
        self.print(hand.code, count, hand.goods if any(hand.goods.values()) else None)
