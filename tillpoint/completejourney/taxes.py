"""Which of the default programme's VAT codes goods get: China's rates as we understand them, for the demo only.

Fresh vegetables, meat and eggs are exempt in retail; farm produce, grain, milk and print are at the reduced rate.
"""

from __future__ import annotations

from shared_models.domain.programme import BABY_FORMULA, GIFT_CARD, TAX_REDUCED, TAX_STANDARD, TAX_ZERO, TOBACCO

_ZERO = frozenset({"vegetables", "eggs", "gift_card"})
_REDUCED = frozenset({"fruit", "grain", "flowers", "press", "seafood"})
_NO_MEMBER_PRICE = frozenset({TOBACCO, BABY_FORMULA, GIFT_CARD, "services"})


def tax_code(category: str, department: str, source_category: str) -> str:
    if category in _ZERO or department == "MEAT":
        return TAX_ZERO
    if category in _REDUCED or source_category == "FLUID MILK PRODUCTS":
        return TAX_REDUCED
    return TAX_STANDARD


def has_member_price(category: str) -> bool:
    """Not tobacco and infant formula, which may not be promoted, nor what is money in another form."""
    return category not in _NO_MEMBER_PRICE
