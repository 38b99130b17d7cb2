"""What an import found and did, for people and as JSON. Sums are of US cents as the data have them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from tillpoint.completejourney.journey import Journey
from tillpoint.completejourney.treatment import FUEL_TYPE, Treatment, is_uneven, treatments

SUMS = ("sales_cents", "retail_disc_cents", "coupon_disc_cents", "coupon_match_cents")


@dataclass(frozen=True, slots=True)
class Share:
    lines: int
    sales_cents: int


@dataclass(frozen=True, slots=True)
class DataReport:
    """``found`` counts the traps, which may overlap; ``treated`` is a partition of all lines."""

    lines: int
    baskets: int
    households: int
    stores: int
    products: int
    sums: dict[str, int]
    found: dict[str, int]
    treated: dict[str, Share]
    imported: dict[str, int] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        return asdict(self)


def survey(journey: Journey) -> DataReport:
    """Count the data, their traps and what each line is treated as."""
    lines, products = journey.lines, journey.products
    fuel = products.index[products.product_type == FUEL_TYPE]
    is_fuel = lines["product"].isin(fuel)
    uneven = is_uneven(lines)
    found = {
        "zero_quantity": int((lines.quantity == 0).sum()),
        "zero_quantity_with_value": int(((lines.quantity == 0) & (lines.sales_cents > 0)).sum()),
        "no_master": int((~lines["product"].isin(products.index)).sum()),
        "fuel": int(is_fuel.sum()),
        "fuel_in_thousandths": int((is_fuel & (lines.quantity >= 100)).sum()),
        "uneven_price": int((uneven & ~is_fuel).sum()),
        "uneven_price_fuel": int((uneven & is_fuel).sum()),
        "returns": int(((lines.quantity < 0) | (lines.sales_cents < 0)).sum()),
    }
    grouped = lines.groupby(treatments(journey)).sales_cents.agg(["size", "sum"])
    treated = {
        kind.value: Share(int(grouped["size"].get(kind.value, 0)), int(grouped["sum"].get(kind.value, 0)))
        for kind in Treatment
    }
    return DataReport(
        lines=len(lines),
        baskets=int(lines.basket.nunique()),
        households=int(lines.household.nunique()),
        stores=int(lines.store.nunique()),
        products=len(products),
        sums={name: int(lines[name].sum()) for name in SUMS},
        found=found,
        treated=treated,
    )
