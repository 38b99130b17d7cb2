"""The one entry field: what a scanned or typed text means."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Final

from pos_client.app.counter import Counter
from pos_client.app.coupons import Coupons
from pos_client.app.element_strings import is_link, is_written, looks_like_one, split
from pos_client.app.members import Members
from pos_client.app.refusals import NoLineYet, UnknownCode
from pos_client.app.selling import MOST_HITS, Selling
from pos_client.app.views import Entered, EnteredKind, Notice, Source
from shared_models.domain import receipt_code
from shared_models.domain.barcode import Ean, InStore, NotABarcode, WrongCheckDigit, read, upc_a
from shared_models.domain.basket import LabelQuantityFixed
from shared_models.domain.catalogue import WEIGHED, Product
from shared_models.domain.goods_code import FNC1, GoodsCode, goods_code
from shared_models.domain.quantity import ONE_MILLI, parse_quantity
from shared_models.domain.sale_receipt import UNITS
from shared_models.domain.text import N_

_QUANTITY: Final = re.compile(r"[*×]\s*(\S+)")
_TIMES: Final = re.compile(r"([0-9]{1,4}(?:[.,][0-9]{1,3})?)\s*[*×]\s*(\S.*)")
_SHORTEST_SUFFIX: Final = 4
MOST_CHARACTERS: Final = 128
MOST_MEMBERS: Final = 8


@dataclass(frozen=True, slots=True)
class _How:
    """How a text came: by whom, which product was chosen for it, and how many of it."""

    source: Source
    product_id: str = ""
    quantity_milli: int | None = None

    def meant(self, products: list[Product]) -> Product | None:
        """The only one or the chosen one; ``None``: it has to be asked which."""
        if self.product_id:
            return next((product for product in products if product.id == self.product_id), None)
        return products[0] if len(products) == 1 else None


class Entry:
    """Codes go before names, products before members: who types a code that is a product's never gets a member."""

    def __init__(self, counter: Counter, selling: Selling, members: Members, coupons: Coupons) -> None:
        self._counter = counter
        self._selling = selling
        self._members = members
        self._coupons = coupons

    def enter(self, text: str, source: Source, product_id: str = "") -> Entered:
        """``product_id``: the one that was meant, where this text was asked about before."""
        self._counter.open_sale()
        how = _How(source, product_id)
        if _is_goods_code(text):
            own = self._counter.books.shop.products_by_code(text.strip(FNC1))
            return self._product(own, text.strip(FNC1), how) if own else self._goods_code(text, how)
        if self._coupons.is_coupon(text):
            return Entered(EnteredKind.COUPON, coupon_id=self._coupons.present_text(text))
        typed = _typed(text)
        if not typed:
            return Entered(EnteredKind.NOTHING)
        if source is Source.KEYED:
            if quantity := _QUANTITY.fullmatch(typed):
                return self._set_quantity(quantity[1])
            if times := _TIMES.fullmatch(typed):
                return self._take(times[2], replace(how, quantity_milli=parse_quantity(times[1])))
        return self._take(typed, how)

    def meaning(self, text: str) -> Notice:
        """What a scanned ``text`` is to this till. Nothing is done. Raise ``WrongCheckDigit``, ``UnknownCode``,
        ``BadElementString``, ``NotForSale``."""
        if _is_goods_code(text):
            own = self._counter.books.shop.products_by_code(text.strip(FNC1))
            return self._product_meaning(own or self._goods(text)[2])
        if self._coupons.is_coupon(text):
            return Notice("coupon", N_("A coupon"))
        if _is_receipt(text):
            return Notice("receipt", N_("The code of a receipt"))
        text = _typed(text)
        try:
            reading = read(text, self._counter.programme.in_store)
        except NotABarcode:
            raise UnknownCode(text) from None
        if isinstance(reading, InStore):
            return self._label_meaning(reading)
        code = reading.code if isinstance(reading, Ean) else reading.text
        if products := self._products(code, text):
            return self._product_meaning(products)
        if is_written(text):
            return self._product_meaning(self._goods(text)[2])
        if members := self._members.find_code(text, 1):
            return Notice("member", N_("Member {name}"), {"name": members[0].masked_name})
        if looks_like_one(text):
            return self._product_meaning(self._goods(text)[2])
        raise UnknownCode(text)

    def _product_meaning(self, products: list[Product]) -> Notice:
        hit = self._selling.hits(products)[0]
        values = {"name": hit.name, "price_minor": str(hit.price_minor)}
        return Notice("product", N_("Product: {name}, {price}"), values)

    def _label_meaning(self, label: InStore) -> Notice:
        shop = self._counter.books.shop
        hits = self._selling.hits(shop.products_by_code(label.item) or shop.products_by_code(label.code))
        if not hits:
            raise UnknownCode(label.code)
        values = {"name": hits[0].name, "price_minor": str(label.price_minor or 0)}
        if label.weight_g is None:
            return Notice("label", N_("Scale label: {name}, {price}"), values)
        weight = {"name": hits[0].name, "weight": f"{label.weight_g / 1_000:.3f} {self._unit(hits[0].unit)}"}
        return Notice("label", N_("Scale label: {name}, {weight}"), weight)

    def _unit(self, unit: str) -> str:
        counter = self._counter
        return counter.machine.words_in(counter.shown_language)(UNITS[unit]) if unit in UNITS else unit

    def _set_quantity(self, text: str) -> Entered:
        """``*3``: the quantity of the line entered last."""
        lines = self._counter.open_sale().basket.lines
        if not lines:
            raise NoLineYet
        quantity_milli = parse_quantity(text)
        self._selling.set_quantity(lines[-1].line_id, quantity_milli)
        return Entered(EnteredKind.QUANTITY, lines[-1].line_id, quantity_milli)

    def _take(self, text: str, how: _How) -> Entered:
        try:
            reading = read(text, self._counter.programme.in_store)
        except WrongCheckDigit:
            found = self._member(text, how.source) if how.source is Source.KEYED else None
            if found is None:
                raise
            return found
        except NotABarcode:
            return self._by_name(text, how)
        if isinstance(reading, InStore):
            return self._label(reading, how)
        code = reading.code if isinstance(reading, Ean) else reading.text
        products = self._products(code, text)
        if products:
            return self._product(products, code, how)
        if is_written(text):
            return self._goods_code(text, how)
        found = self._member(text, how.source)
        if found is not None:
            return found
        if looks_like_one(text):
            return self._goods_code(text, how)
        if _is_receipt(text):
            return Entered(EnteredKind.RECEIPT)
        if isinstance(reading, Ean) or how.source is Source.SCAN or text.isdigit():
            raise UnknownCode(text)
        return self._by_name(text, how)

    def _products(self, code: str, text: str) -> list[Product]:
        """By code as read or typed (a UPC-A may be stored with or without its leading zero, a UPC-E as the UPC-A that
        it shortens), or by the product's id."""
        shop = self._counter.books.shop
        long = upc_a(text)
        for tried in dict.fromkeys((code, text, code.removeprefix("0"), long and "0" + long, long)):
            if tried and (products := shop.products_by_code(tried)):
                return products
        own = shop.product(text)
        return [own] if own else []

    def _product(self, products: list[Product], code: str, how: _How) -> Entered:
        product = how.meant(products)
        if product is None:
            return self._ask(products)
        basket = self._counter.open_sale().basket.add(product, code, how.quantity_milli)
        line_id = self._selling.put(basket)
        added_milli = 0 if basket.line(line_id).unweighed else how.quantity_milli or ONE_MILLI
        return Entered(EnteredKind.PRODUCT, line_id, added_milli)

    def _label(self, label: InStore, how: _How) -> Entered:
        """A label is one piece: three times it would be charged once."""
        if how.quantity_milli not in (None, ONE_MILLI):
            raise LabelQuantityFixed
        products = self._counter.books.shop.products_by_code(label.item)
        if not products:
            products = self._counter.books.shop.products_by_code(label.code)
        if not products:
            raise UnknownCode(label.code)
        product = how.meant(products)
        if product is None:
            return self._ask(products)
        basket = self._counter.open_sale().basket.add_label(product, label)
        line_id = self._selling.put(basket)
        quantity_milli = basket.line(line_id).quantity_milli
        return Entered(EnteredKind.PRODUCT, line_id, quantity_milli, weighed=label.weight_g is not None)

    def _goods_code(self, text: str, how: _How) -> Entered:
        said, code, products = self._goods(text)
        product = how.meant(products)
        if product is None:
            return self._ask(products)
        sale, money = self._counter.open_sale(), self._counter.programme.money
        line_id = self._selling.put(said.add_to(sale.basket, product, code, money, how.quantity_milli))
        measure = said.measures.get(product.unit)
        weighed = measure is not None and product.unit in WEIGHED
        return Entered(EnteredKind.PRODUCT, line_id, measure or how.quantity_milli or 0, weighed=weighed)

    def _goods(self, text: str) -> tuple[GoodsCode, str, list[Product]]:
        """What GS1 element strings say, by which code, and of what. Goods that may not be sold any more are refused
        before anybody is asked which."""
        counter = self._counter
        said = goods_code(split(text), counter.business_date())
        code, products = next(
            ((code, found) for code in said.codes if (found := counter.books.shop.products_by_code(code))), ("", [])
        )
        if not products:
            raise UnknownCode(said.codes[-1])
        counter.check_dates(said.marking, products[0])
        return said, code, products

    def _ask(self, products: list[Product]) -> Entered:
        return Entered(EnteredKind.CHOICES, products=self._selling.hits(products))

    def _member(self, text: str, source: Source) -> Entered | None:
        """A phone, its end if it is typed, or a member number; ``None`` if it is nobody's.

        A scanned code that happens to end like somebody's phone doesn't make them the buyer.
        """
        if not any(letter.isdigit() for letter in text) or len(text) < _SHORTEST_SUFFIX:
            return None
        find = self._members.find if source is Source.KEYED else self._members.find_code
        hits = find(text, MOST_MEMBERS)
        if not hits:
            return None
        if len(hits) > 1:
            return Entered(EnteredKind.CHOICES, members=hits)
        self._counter.change(replace(self._counter.open_sale(), member_id=hits[0].id))
        return Entered(EnteredKind.MEMBER, members=hits)

    def _by_name(self, text: str, how: _How) -> Entered:
        """Names and pinyin always ask: a part of a name is no code."""
        found = self._counter.books.search.products(text, MOST_HITS)
        product = how.meant(found) if how.product_id else None
        if product is not None:
            return self._product([product], product.codes[0] if product.codes else product.id, how)
        products = self._selling.hits(found)
        members = self._members.find(text, MOST_MEMBERS)
        if not products and not members:
            raise UnknownCode(text)
        return Entered(EnteredKind.CHOICES, products=products, members=members)


def _typed(text: str) -> str:
    """Without the wide letters of Chinese keyboards."""
    return unicodedata.normalize("NFKC", text).strip()[:MOST_CHARACTERS]


def _is_goods_code(text: str) -> bool:
    """Whether it says of itself that it is element strings, however long."""
    return FNC1 in text or is_link(text.strip())


def _is_receipt(text: str) -> bool:
    try:
        receipt_code.decode(text)
    except receipt_code.BadReceiptCode:
        return False
    return True
