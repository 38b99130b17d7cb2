"""The receipt for whoever is given goods (TILL-8): what they are, without prices, and how long they may be exchanged.

It is no copy of the sale's receipt. Its code is the sale's, so that a return begins in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from shared_models.domain.catalogue import EACH
from shared_models.domain.letterhead import letterhead
from shared_models.domain.receipt import Align, Block, Cut, Document, Feed, Language, Pair, Qr, Rule, Text
from shared_models.domain.receipt_code import grouped
from shared_models.domain.sale import SaleConfirmed, SaleLine
from shared_models.domain.sale_receipt import GIFT_RECEIPT, measured
from shared_models.domain.store import StoreInfo
from shared_models.domain.text import N_, Words


def gift_receipt(
    sale: SaleConfirmed,
    goods: Mapping[int, int],
    store: StoreInfo,
    words: Words,
    language: Language,
    *,
    until: date,
) -> Document:
    """``goods``: of which of the sale's lines how many thousandths are given; ``until``: the last day on which they may
    be exchanged. It says nothing of who bought, what was paid or what was taken off."""
    return Document(GIFT_RECEIPT, language, tuple(_blocks(sale, goods, store, words, language, until)))


def _blocks(
    sale: SaleConfirmed, goods: Mapping[int, int], store: StoreInfo, words: Words, language: Language, until: date
) -> Iterator[Block]:
    yield from letterhead(store, language)
    if sale.training:
        yield Text(words(N_("TRAINING - NOT A RECEIPT")), Align.CENTER, bold=True)
    yield Feed()
    yield Text(words(N_("GIFT RECEIPT")), Align.CENTER, bold=True, scale=2)
    number = words(N_("Receipt {lane}-{number}")).format(lane=sale.lane, number=sale.receipt_number)
    yield Pair(number, sale.business_date.isoformat())
    yield Rule()
    for each in sale.lines:
        if goods.get(each.number):
            yield Pair(each.name, _count(each, goods[each.number], words))
    yield Rule()
    yield Text(words(N_("May be exchanged until {day} with this receipt.")).format(day=until), Align.CENTER, bold=True)
    yield Feed()
    yield Qr(sale.receipt_code)
    yield Text(grouped(sale.receipt_code), Align.CENTER)
    yield Feed(2)
    yield Cut()


def _count(line: SaleLine, milli: int, words: Words) -> str:
    much = measured(milli, line.unit, words)
    return f"× {much}" if line.unit == EACH else much
