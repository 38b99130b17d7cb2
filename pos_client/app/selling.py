"""The lines of the sale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import zip_longest
from typing import Final

from pos_client.app.counter import Counter
from pos_client.app.coupons import Coupons
from pos_client.app.members import Members
from pos_client.app.refusals import SaleIsPaying, UnknownCode
from pos_client.app.views import LineView, Notice, ProductHit, QuickKeys, Reason, SaleState, SaleView
from shared_models.domain.basket import Basket
from shared_models.domain.catalogue import Product
from shared_models.domain.earning import earn_lines, earned
from shared_models.domain.pricing import PricedBasket, PricedLine
from shared_models.domain.quantity import parse_quantity
from shared_models.domain.search_terms import without_halves

MOST_HITS: Final = 20
_QUICK_PRODUCTS: Final = 240
_QUICK_PER_TAB: Final = 24
_QUICK_TABS: Final = 8


class Selling:
    def __init__(self, counter: Counter, members: Members, coupons: Coupons) -> None:
        self._counter = counter
        self._members = members
        self._coupons = coupons
        self._quick_keys: tuple[int, str, tuple[QuickKeys, ...]] | None = None

    def view(self) -> SaleView:
        counter = self._counter
        priced = counter.priced
        member, language, on = counter.member(), counter.shown_language, counter.now().date()
        return SaleView(
            lines=tuple(_line(number, line, language, on) for number, line in enumerate(priced.lines, 1)),
            total_minor=priced.total_minor,
            saved_minor=priced.saved_minor,
            points_to_earn=self._points_to_earn(priced),
            member=self._members.view(member) if member else None,
            state=counter.sale.state,
            currency=counter.programme.currency,
            near_miss=next(iter(priced.near_misses), None),
            held_back=tuple(self._held_back(language)),
            coupons=self._coupons.of_sale(),
        )

    def _held_back(self, language: str) -> Iterator[Notice]:
        """The offers that would apply if this till had been lent more of them, by name."""
        pricing = self._counter.pricing
        deals = (*pricing.programme.deals, *(rule.deal for rule in pricing.programme.coupons))
        names = {deal.id: deal.names.get(language) or next(iter(deal.names.values()), deal.id) for deal in deals}
        for each in pricing.held_back:
            yield each.notice(names[each.rule])

    def add_product(self, product_id: str, quantity_milli: int | None) -> int:
        sale = self._counter.open_sale()
        product = self._counter.books.shop.product(product_id)
        if product is None:
            raise UnknownCode(product_id)
        code = product.codes[0] if product.codes else product.id
        return self.put(sale.basket.add(product, code, quantity_milli))

    def put(self, basket: Basket) -> int:
        """Take ``basket``, to which something was just added; the id of the line that is new or has more of it."""
        sale = self._counter.open_sale()
        self._counter.change(replace(sale, basket=basket))
        pairs = zip_longest(basket.lines, sale.basket.lines)
        return next(line.line_id for line, before in pairs if line is not before)

    def change_quantity(self, line_id: int, text: str) -> None:
        self.set_quantity(line_id, parse_quantity(text))

    def set_quantity(self, line_id: int, quantity_milli: int) -> None:
        sale = self._counter.open_sale()
        self._counter.change(replace(sale, basket=sale.basket.change_quantity(line_id, quantity_milli)))

    def weigh(self, line_id: int, quantity_milli: int, unit: str) -> None:
        sale = self._counter.open_sale()
        self._counter.change(replace(sale, basket=sale.basket.weigh(line_id, quantity_milli, unit)))

    def remove_line(self, line_id: int) -> None:
        sale = self._counter.open_sale()
        self._counter.change(replace(sale, basket=sale.basket.remove(line_id)))

    def void(self) -> None:
        self._counter.cashier()
        if self._counter.sale.state is not SaleState.OPEN:
            raise SaleIsPaying
        self._counter.drop()

    def search_products(self, text: str) -> tuple[ProductHit, ...]:
        """A code finds its product; anything else is searched by name."""
        shop, search = self._counter.books.shop, self._counter.books.search
        found = shop.products_by_code(without_halves(text).strip()) or search.products(text, MOST_HITS)
        return self.hits(found)

    def hits(self, products: list[Product]) -> tuple[ProductHit, ...]:
        language = self._counter.shown_language
        return tuple(
            ProductHit(
                product.id, product.name_in(language), product.price_minor, product.unit,
                product.codes[0] if product.codes else "",
            )
            for product in products
        )  # fmt: skip

    def quick_keys(self) -> tuple[QuickKeys, ...]:
        """The most sold products by category, the best category first. Made anew when the catalogue moves."""
        version, language = self._counter.books.shop.catalogue_version(), self._counter.shown_language
        if self._quick_keys is None or self._quick_keys[:2] != (version, language):
            self._quick_keys = (version, language, self._make_quick_keys())
        return self._quick_keys[2]

    def _make_quick_keys(self) -> tuple[QuickKeys, ...]:
        tabs: dict[str, list[Product]] = {}
        for product in self._counter.books.shop.popular_products(_QUICK_PRODUCTS):
            tabs.setdefault(product.category, []).append(product)
        return tuple(
            QuickKeys(category, self.hits(products[:_QUICK_PER_TAB]))
            for category, products in list(tabs.items())[:_QUICK_TABS]
        )

    def _points_to_earn(self, priced: PricedBasket) -> int:
        member = self._counter.member()
        if member is None:
            return 0
        pricing, sale = self._counter.pricing, self._counter.sale
        tier = pricing.tier or self._counter.tier_of(member)
        lines = earn_lines(priced, sale.payments, pricing.programme, tier, pricing.setting)
        before = self._counter.earned_before(member)
        found = earned(lines, pricing.programme, tier, self._counter.business_date(), sale.id, before)
        return found.points if found else 0


def _line(number: int, line: PricedLine, language: str, on: date) -> LineView:
    best_before = line.line.marking.best_before
    return LineView(
        line_id=line.line_id,
        number=number,
        product_id=line.product.id,
        code=line.line.code,
        name=line.product.name_in(language),
        quantity_milli=line.quantity_milli,
        unit=line.product.unit,
        unit_price_minor=line.product.price_minor,
        gross_minor=line.gross_minor,
        amount_minor=line.net_minor,
        weighed=line.line.weighed,
        unweighed=line.line.unweighed,
        past=best_before if best_before is not None and best_before < on else None,
        reasons=tuple(Reason(each.reason, each.values, each.amount_minor) for each in line.adjustments),
    )
