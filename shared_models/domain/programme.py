"""The member programme, and the one that a fresh installation starts from."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

from shared_models.domain.barcode import InStoreRule, LabelValue
from shared_models.domain.earn_rules import ActRule, EarnRule, Period, RedeemRule
from shared_models.domain.programme_check import check_course
from shared_models.domain.programme_document import BadProgramme, from_plain, to_plain
from shared_models.domain.programme_rules import Programme
from shared_models.domain.tier_rules import OPEN, Tier, short_gate

__all__ = [
    "BABY_FORMULA",
    "GIFT_CARD",
    "TOBACCO",
    "BadProgramme",
    "EarnRule",
    "Programme",
    "RedeemRule",
    "Tier",
    "check_course",
    "default_programme",
    "from_plain",
    "to_plain",
]

TOBACCO = "tobacco"
BABY_FORMULA = "baby_formula"
GIFT_CARD = "gift_card"

TAX_STANDARD = "standard"
TAX_REDUCED = "reduced"
TAX_ZERO = "zero"


def default_programme(version: int = 1, valid_from: date = date(2026, 1, 1)) -> Programme:
    """Gates, member prices and what acts earn are source S4's, the rest Tillpoint's own defaults; China's VAT, prices
    with tax inside. A referral counts at the referred member's first purchase."""
    return Programme(
        version=version,
        valid_from=valid_from,
        currency="CNY",
        prices_include_tax=True,
        taxes={TAX_STANDARD: Decimal("0.13"), TAX_REDUCED: Decimal("0.09"), TAX_ZERO: Decimal(0)},
        tiers=_default_tiers(),
        redeem=RedeemRule(excluded_categories=(TOBACCO, BABY_FORMULA, GIFT_CARD)),
        in_store=_default_labels(),
        day_cut_off=time(0),
        acts=(
            ActRule("sign_in", growth=5, most=1, per=Period.DAY),
            ActRule("share", growth=20, most=3, per=Period.WEEK),
            ActRule("referral", growth=50),
            ActRule("questionnaire", growth=10),
        ),
    )


def _default_tiers() -> tuple[Tier, ...]:
    silver, gold, diamond = short_gate(500), short_gate(1_500, 200_00), short_gate(3_000, referrals=1)
    return (
        Tier("basic", _names("普通会员", "普通會員", "Basic"), OPEN, Decimal("0.95"), Decimal("1")),
        Tier("silver", _names("银卡会员", "銀卡會員", "Silver"), silver, Decimal("0.90"), Decimal("1.2")),
        Tier("gold", _names("金卡会员", "金卡會員", "Gold"), gold, Decimal("0.85"), Decimal("1.5")),
        Tier("diamond", _names("钻石会员", "鑽石會員", "Diamond"), diamond, Decimal("0.80"), Decimal("2")),
    )


def _names(simplified: str, traditional: str, english: str) -> dict[str, str]:
    return {"zh_Hans": simplified, "zh_Hant": traditional, "en": english}


def _default_labels() -> tuple[InStoreRule, ...]:
    """Two digits of prefix, five of item, five of value: prices under 20 to 24, grams under 25 to 29."""
    return tuple(
        InStoreRule(str(prefix), 5, LabelValue.PRICE if prefix < 25 else LabelValue.WEIGHT, 5)
        for prefix in range(20, 30)
    )
