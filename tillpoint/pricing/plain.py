"""What came of a case as JSON can say it, and where that differs from what was expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared_models.domain.pricing import PricedBasket
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import PaymentState, SaleConfirmed
from tillpoint.pricing.run import Outcome


def plain_outcome(outcome: Outcome) -> dict[str, Any]:
    """Amounts in minor units, rates and exact points as text."""
    plain = _priced(outcome.priced)
    if outcome.sale is not None:
        plain |= _sale(outcome.sale)
        plain["returns"] = [_returned(each) for each in outcome.returns]
    return plain


def _priced(priced: PricedBasket) -> dict[str, Any]:
    return {
        "lines": [
            {
                "product": line.product.id,
                "quantity_milli": line.quantity_milli,
                "gross_minor": line.gross_minor,
                "adjustments": [_plain(each) for each in line.adjustments],
                "net_minor": line.net_minor,
                "tax_code": line.tax_code,
                "tax_minor": line.tax_minor,
            }
            for line in priced.lines
        ],
        "taxes": [_plain(tax) for tax in priced.taxes],
        "total_minor": priced.total_minor,
        "saved_minor": priced.saved_minor,
        "points_base_minor": priced.points_base_minor,
        "optimal": priced.optimal,
        "near_misses": [_plain(miss) for miss in priced.near_misses],
        "coupons": [_plain(coupon) for coupon in priced.coupons],
        "refused_coupons": [_plain(coupon) for coupon in priced.refused_coupons],
        "uses": {rule: _plain(used) for rule, used in priced.uses.items()},
    }


def _sale(sale: SaleConfirmed) -> dict[str, Any]:
    earned = sale.member.earned if sale.member else None
    return {
        "rounding_minor": sale.rounding_minor,
        "to_pay_minor": sale.total_minor,
        "payments": [
            {name: value for name, value in _plain(payment).items() if name not in ("id", "state")}
            for payment in sale.payments
            if payment.state is PaymentState.CAPTURED
        ],
        "points_earned": earned.points if earned else 0,
        "points_expire_on": _plain(earned.expires_on) if earned else None,
        "points_available_on": _plain(earned.available_on) if earned else None,
        "points_used": sale.member.redeemed_points if sale.member else 0,
        "growth": sale.member.growth if sale.member else 0,
        "line_points": [str(line.points) for line in sale.lines],
    }


def _returned(record: SaleReturned) -> dict[str, Any]:
    member = record.member
    return {
        "total_minor": record.total_minor,
        "rounding_minor": record.rounding_minor,
        "lines": [
            {
                "line": line.number,
                "quantity_milli": line.quantity_milli,
                "net_minor": line.net_minor,
                "tax_minor": line.tax_minor,
            }
            for line in record.lines
        ],
        "refunds": [
            {name: value for name, value in _plain(each).items() if name not in ("payment_id", "carried_minor")}
            for each in record.refunds
        ],
        "points_taken_back": member.taken_back if member else 0,
        "points_given_back": record.points,
        "growth_taken_back": member.growth if member else 0,
        "coupons": len(record.coupons),
        "uses": [_plain(each) for each in record.uses],
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(each) for name, each in asdict(value).items()}
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def differences(expected: Any, found: Any, where: str = "") -> Iterator[str]:
    """Where ``found`` isn't what was ``expected``. An object may leave fields out, a list must be whole."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name, each in expected.items():
            path = f"{where}.{name}" if where else name
            if name not in found:
                yield f"{path}: there is no such figure"
            else:
                yield from differences(each, found[name], path)
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for place, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differences(one, other, f"{where}[{place}]")
    elif expected != found or isinstance(expected, bool) != isinstance(found, bool):
        yield f"{where}: {expected!r} was expected, {found!r} came out"
