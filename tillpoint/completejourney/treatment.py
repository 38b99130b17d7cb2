"""What becomes of each line of the data: every line gets exactly one treatment, so that the sums can be reconciled."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from shared_models.domain.quantity import MAX_QUANTITY_MILLI, ONE_MILLI
from tillpoint.completejourney.journey import Journey

FUEL_TYPE = "GASOLINE-REG UNLEADED"
_NOT_GOODS_TYPES = (
    "CENTRAL SUPPLIES",
    "DONATIONS",
    "MEAT SUPPLIES",
    "MISC SALES TRANS",
)
_NOT_GOODS_CATEGORIES = (
    "BOTTLE DEPOSITS",
    "COUPON",
    "COUPONS/STORE & MFG",
    "DELI SUPPLIES",
    "MEAT SUPPLIES",
    "PROD SUPPLIES",
)
_NOT_GOODS_DEPARTMENTS = ("CHARITABLE CONT", "CNTRL/STORE SUP", "COUPON")


class Treatment(StrEnum):
    """In the order in which they are tried: the first that fits a line is its treatment."""

    NO_MASTER = "no_master"
    FUEL = "fuel"
    NOT_GOODS = "not_goods"
    ZERO_QUANTITY = "zero_quantity"
    TOO_MANY = "too_many"
    SOLD = "sold"


def is_goods(products: Any) -> Any:
    """Which products a till sells: no fuel, no vouchers, deposits, donations or the shop's own supplies."""
    return ~(
        (products.product_type == FUEL_TYPE)
        | (products.department == "FUEL")
        | products.product_type.isin(_NOT_GOODS_TYPES)
        | products.product_category.isin(_NOT_GOODS_CATEGORIES)
        | products.department.isin(_NOT_GOODS_DEPARTMENTS)
    )


def treatments(journey: Journey) -> Any:
    """The treatment of each line, a series of texts along ``journey.lines``."""
    import pandas

    lines, products = journey.lines, journey.products
    fuel = products.index[(products.product_type == FUEL_TYPE) | (products.department == "FUEL")]
    goods = products.index[is_goods(products)]
    found = pandas.Series(Treatment.SOLD.value, index=lines.index)
    found[lines.quantity * ONE_MILLI > MAX_QUANTITY_MILLI] = Treatment.TOO_MANY.value
    found[lines.quantity == 0] = Treatment.ZERO_QUANTITY.value
    found[~lines["product"].isin(goods)] = Treatment.NOT_GOODS.value
    found[lines["product"].isin(fuel)] = Treatment.FUEL.value
    found[~lines["product"].isin(products.index)] = Treatment.NO_MASTER.value
    return found


def is_uneven(lines: Any) -> Any:
    """Whose shelf price doesn't divide into whole cents by the quantity (false where the quantity is 0)."""
    counted = lines.quantity.where(lines.quantity > 0, 1)
    return (lines.quantity > 0) & (lines.shelf_cents % counted != 0)
