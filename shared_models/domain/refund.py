"""What each tender of a sale gets back when part of its worth does.

The split is a function of how much has come back in all, so a refund is the difference of two of its values, and many
small returns give each tender what one large return would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from shared_models.domain.money import Rounding, round_ratio, round_to_step
from shared_models.domain.return_record import Refund
from shared_models.domain.sale import Payment, PaymentState, SaleConfirmed, SaleLine, TenderKind


def growing_share(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total``, from 0 to Σ ``weights``, so that no part shrinks when it grows; at Σ each is its weight.

    Largest remainders would let a part shrink. Here unit k (from 0) of a part with weight w is given at the time
    (k + ½) / w, the earlier part first (Webster's method, also Sainte-Laguë's); at time 1 all are given.
    """
    whole = sum(weights)
    if not 0 <= total <= whole or min(weights, default=0) < 0:
        raise ValueError(f"{total} can't be split among {list(weights)}")
    if total == whole:
        return list(weights)
    # At the time (total − half the number of parts) / whole at most ``total`` units have been given, and at most as
    # many as there are parts are missing.
    start = max(0, 2 * total - len(weights))
    parts = [(start * weight + whole) // (2 * whole) for weight in weights]
    open_parts = [place for place, weight in enumerate(weights) if weight]
    for _ in range(total - sum(parts)):
        parts[min(open_parts, key=lambda place: Fraction(2 * parts[place] + 1, weights[place]))] += 1
    return parts


def payable(sale: SaleConfirmed, line: SaleLine) -> int:
    """What ``line`` cost with tax."""
    return line.net_minor if sale.prices_include_tax else line.net_minor + line.tax_minor


def by_line(sale: SaleConfirmed) -> bool:
    """Whether the lines say what points paid of each; records of older versions don't."""
    points = sum(each.amount_minor for each in captured(sale) if each.kind is TenderKind.POINTS)
    return points == sum(line.by_points_minor for line in sale.lines)


def captured(sale: SaleConfirmed) -> tuple[Payment, ...]:
    return tuple(each for each in sale.payments if each.state is PaymentState.CAPTURED)


def refunds_in_all(
    sale: SaleConfirmed,
    back_minor: int,
    points_minor: int,
    cash_step_minor: int = 1,
    rounding: Rounding = Rounding.HALF_UP,
) -> tuple[Refund, ...]:
    """What each captured payment has got back, in their order, once ``back_minor`` of the lines has come back.

    ``points_minor`` of that is what points had paid; it is not looked at if the lines don't say (``by_line``), and
    points get their share as other tenders do. Cash is rounded to ``cash_step_minor`` by ``rounding``, and at the end
    is what was paid. No figure shrinks when ``back_minor`` and ``points_minor`` grow, as long as what is neither
    shrinks.
    """
    parts = _parts(sale)
    exact = _split(parts, back_minor, points_minor if by_line(sale) else None) if parts else []
    found = []
    for payment in captured(sale):
        mine = [(part, share) for part, share in zip(parts, exact, strict=True) if part.payment is payment]
        amount = sum(share for _, share in mine)
        if payment.kind is TenderKind.CASH:
            amount = round_to_step(amount, cash_step_minor, rounding)
        all_of_it = all(share == part.weight for part, share in mine)
        amount = payment.amount_minor if all_of_it else min(amount, payment.amount_minor)
        bonus = sum(share for part, share in mine if part.bonus)
        found.append(Refund(payment.kind, payment.id, amount, _points(payment, amount), bonus))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Part:
    """``weight`` is what it paid of the lines, before cash rounding."""

    payment: Payment
    weight: int
    bonus: bool = False


def _parts(sale: SaleConfirmed) -> list[_Part]:
    """The payments, stored value as principal and bonus. The last cash paid all the rest and was rounded."""
    payments = captured(sale)
    cash = [payment for payment in payments if payment.kind is TenderKind.CASH]
    rounded = (cash or payments or (None,))[-1]
    parts = []
    for payment in payments:
        weight = payment.amount_minor - (sale.rounding_minor if payment is rounded else 0)
        parts.append(_Part(payment, weight - payment.bonus_minor))
        if payment.bonus_minor:
            parts.append(_Part(payment, payment.bonus_minor, bonus=True))
    return parts


def _split(parts: Sequence[_Part], back_minor: int, points_minor: int | None) -> list[int]:
    weights = [part.weight for part in parts]
    if points_minor is None:
        return growing_share(back_minor, weights)
    of_points = [part.payment.kind is TenderKind.POINTS for part in parts]
    money_minor = sum(w for w, p in zip(weights, of_points, strict=True) if not p)
    money_back = min(back_minor - points_minor, money_minor)  # two shops apart may have given the money back twice
    by_points = growing_share(points_minor, [w if p else 0 for w, p in zip(weights, of_points, strict=True)])
    by_money = growing_share(money_back, [0 if p else w for w, p in zip(weights, of_points, strict=True)])
    return [one + other for one, other in zip(by_points, by_money, strict=True)]


def _points(payment: Payment, amount: int) -> int:
    if amount == payment.amount_minor:
        return payment.points
    return round_ratio(payment.points * amount, payment.amount_minor, Rounding.DOWN)
