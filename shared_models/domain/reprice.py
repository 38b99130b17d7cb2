"""Price again what a customer keeps, line by line (``ReturnPolicy.REPRICE_KEPT``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shared_models.domain.basket import Basket, BasketLine
from shared_models.domain.catalogue import Product
from shared_models.domain.money import Rounding, round_ratio
from shared_models.domain.pricing import PricedBasket
from shared_models.domain.quantity import ONE_MILLI
from shared_models.domain.returned import Quantities, Reprice, Worth
from shared_models.domain.sale import SaleConfirmed, SaleLine


def repriced(sale: SaleConfirmed, price: Callable[[Basket], PricedBasket]) -> Reprice:
    """``price`` prices under the sale's own programme, member, moment (``Inputs.priced_ms``) and visit."""

    def reprice(kept: Quantities) -> Mapping[int, Worth]:
        lines = price(kept_basket(sale, kept)).lines
        return {line.line_id: Worth(line.net_minor, line.tax_minor) for line in lines}

    return reprice


def kept_basket(sale: SaleConfirmed, kept: Quantities) -> Basket:
    """The goods as they were scanned, without what came back; a line's id is its number."""
    lines = [_kept_line(line, kept[line.number]) for line in sale.lines if kept.get(line.number)]
    return Basket(tuple(lines), max((line.number for line in sale.lines), default=0) + 1)


def _kept_line(line: SaleLine, kept_milli: int) -> BasketLine:
    product = Product(
        id=line.product_id,
        codes=(line.code,),
        names={"": line.name},
        price_minor=line.unit_price_minor,
        unit=line.unit,
        tax_code=line.tax_code,
        category=line.category,
        brand=line.brand,
        member_price=line.member_price,
        supplier=line.supplier,
        tags=line.tags,
    )
    fixed = None
    if line.gross_minor != round_ratio(line.unit_price_minor * line.quantity_milli, ONE_MILLI):
        # A label's price. Rounded up, as what comes back is rounded down.
        fixed = round_ratio(line.gross_minor * kept_milli, line.quantity_milli, Rounding.UP)
    return BasketLine(line.number, product, line.code, kept_milli, fixed)
