"""Random sales with several tenders, and random ways of bringing their goods back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from shared_models.domain import tender
from shared_models.domain.catalogue import EACH
from shared_models.domain.checkout import Buyer, Numbers, assemble
from shared_models.domain.deal import Bundle, Deal, Get, Part, Spend, Step
from shared_models.domain.money import share
from shared_models.domain.offer import AmountOff, FixedPrice, PercentOff
from shared_models.domain.programme_rules import Programme
from shared_models.domain.refund import payable
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.returns import ReturnRules, ReturnSlip, take_back
from shared_models.domain.sale import Inputs, Payment, PaymentState, PointsEarned, SaleConfirmed, TenderKind, UsedCoupon
from tests.domain.shop import MEMBER, SHIFT, TODAY, goods, offers, priced, programme, scan_all, scans, tiers

OTHERS = [TenderKind.STORED_VALUE, TenderKind.CARD, TenderKind.WALLET, TenderKind.VOUCHER, TenderKind.CASH]
TIMES = {"d0": 2, "o0": 1}
"""How often a sale used the rules that the tests give limits to."""

terms = (
    st.builds(
        Spend,
        goods,
        st.tuples(st.builds(Step, st.integers(0, 400_00), st.builds(AmountOff, st.integers(1, 50_00)))),
    )
    | st.builds(
        Spend, goods, st.tuples(st.builds(Step, st.just(0), st.builds(PercentOff, st.decimals(1, 90, places=0))))
    )
    | st.builds(Get, goods, st.integers(1, 2), st.integers(1, 2), st.just(PercentOff(Decimal(100))))
    | st.builds(Get, goods, st.just(1), st.just(1), st.builds(FixedPrice, st.integers(0, 10_00)))
    | st.builds(Bundle, st.tuples(st.builds(Part, goods, st.integers(2, 3))), st.integers(1, 90_00))
)


@dataclass(frozen=True, slots=True)
class Bought:
    sale: SaleConfirmed
    rules: Programme
    tier: str | None


@st.composite
def purchases(draw: st.DrawFn, *, on_top: bool = True) -> Bought:
    deals = tuple(
        Deal(f"d{number}", {}, each, date(2026, 1, 1), group=f"g{number}")
        for number, each in enumerate(draw(st.lists(terms, max_size=2)))
    )
    rules = programme(*draw(offers()), include_tax=not (on_top and draw(st.booleans())))
    rules = replace(rules, deals=deals, cash_rounding_minor=draw(st.sampled_from([1, 5, 10, 100])))
    tier = draw(tiers)
    bill = priced(scan_all(draw(scans())), rules, tier)
    payments, rounding_minor = draw(paid(bill.total_minor, rules.cash_rounding_minor, tier is not None))
    sale = assemble(
        bill,
        payments,
        rounding_minor=rounding_minor,
        programme=rules,
        inputs=Inputs("1", 1, 1, tier),
        shift=SHIFT,
        business_date=TODAY,
        numbers=Numbers(UUID(int=1), UUID(int=2), 1, ""),
        buyer=Buyer(MEMBER, tier) if tier else None,
    )
    return Bought(draw(with_what_returns_need(sale)), rules, tier)


@st.composite
def paid(draw: st.DrawFn, due: int, step: int, member: bool) -> tuple[list[Payment], int]:
    """Several tenders; in the end cash or a card pays the rest."""
    kinds = draw(st.lists(st.sampled_from([TenderKind.POINTS, *OTHERS] if member else OTHERS), max_size=4))
    payments = []
    for number, kind in enumerate(kinds):
        amount = draw(st.integers(0, due))
        if amount:
            payments.append(
                Payment(
                    UUID(int=100 + number),
                    kind,
                    PaymentState.CAPTURED,
                    amount,
                    tendered_minor=amount if kind is TenderKind.CASH else 0,
                    points=draw(st.integers(1, 3 * amount)) if kind is TenderKind.POINTS else 0,
                    bonus_minor=draw(st.integers(0, amount)) if kind is TenderKind.STORED_VALUE else 0,
                )
            )
            due -= amount
    payments.append(Payment(UUID(int=99), TenderKind.CARD, PaymentState.DECLINED, 5_00))
    if not due:
        return payments, 0
    if draw(st.booleans()):
        return [*payments, Payment(UUID(int=98), TenderKind.CARD, PaymentState.CAPTURED, due)], 0
    cash = tender.cash(due, tender.cash_due(due, step), step)
    return [*payments, cash.payment(UUID(int=98))], cash.rounding_minor


@st.composite
def with_what_returns_need(draw: st.DrawFn, sale: SaleConfirmed) -> SaleConfirmed:
    """Points by line, or not, as in records of older versions; and a coupon for each kind of reason."""
    coupons = tuple(UsedCoupon(UUID(int=50 + place), rule, 1) for place, rule in enumerate(("d0", "d1", "never")))
    sale = replace(sale, coupons=coupons)
    if sale.member is None or not draw(st.booleans()):
        return sale
    worth = [payable(sale, line) for line in sale.lines]
    points = sum(payment.amount_minor for payment in sale.payments if payment.kind is TenderKind.POINTS)
    by_points = share(points, worth)
    exact = [
        (Decimal(money - part) * draw(st.sampled_from([1, 2, 3])) / 7).quantize(Decimal("0.001"))
        for money, part in zip(worth, by_points, strict=True)
    ]
    lines = tuple(
        replace(line, points=earned, by_points_minor=part)
        for line, earned, part in zip(sale.lines, exact, by_points, strict=True)
    )
    earned = PointsEarned(UUID(int=2), int(sum(exact)), date(2027, 12, 31), 0, Decimal(1)) if int(sum(exact)) else None
    return replace(sale, lines=lines, member=replace(sale.member, earned=earned))


@st.composite
def journeys(draw: st.DrawFn, sale: SaleConfirmed, *, all_of_it: bool = False) -> list[dict[int, int]]:
    """What comes back, return by return: any of the goods in any portions and order."""
    portions: list[tuple[int, int]] = []
    for line in sale.lines:
        unit = 1000 if line.unit == EACH else 1
        left = line.quantity_milli // unit
        while left and len(portions) < 25:
            count = draw(st.integers(1, left))
            portions.append((line.number, count * unit))
            left -= count
        if left:
            portions.append((line.number, left * unit))
    portions = draw(st.permutations(portions))
    if not all_of_it:
        portions = portions[: draw(st.integers(1, len(portions)))]
    found: list[dict[int, int]] = []
    for number, milli in portions:
        if not found or draw(st.booleans()):
            found.append({})
        found[-1][number] = found[-1].get(number, 0) + milli
    return found


def rules_of(bought: Bought) -> ReturnRules:
    return ReturnRules(
        growth=bought.rules.earn.growth,
        cash_step_minor=bought.rules.cash_rounding_minor,
        coupons=frozenset({"d0", "never"}),
        times=TIMES,
    )


def slip(number: int = 1, on: date = TODAY) -> ReturnSlip:
    return ReturnSlip(UUID(int=1000 + number), SHIFT, on, "changed mind", "manager")


def bring_back(sale: SaleConfirmed, journey: Iterable[dict[int, int]], rules: ReturnRules) -> list[SaleReturned]:
    records: list[SaleReturned] = []
    for number, goods_back in enumerate(journey):
        records.append(take_back(sale, records, goods_back, slip(number), rules))
    return records


def together(journey: Iterable[dict[int, int]]) -> dict[int, int]:
    """All that a journey brings back, as one return."""
    found: Counter[int] = Counter()
    for goods_back in journey:
        found.update(goods_back)
    return dict(found)


def figures(records: Iterable[SaleReturned]) -> Counter[str]:
    """All figures of the records added up."""
    sums: Counter[str] = Counter()
    for record in records:
        sums["total"] += record.total_minor
        sums["rounding"] += record.rounding_minor
        for line in record.lines:
            sums[f"{line.number} quantity"] += line.quantity_milli
            sums[f"{line.number} net"] += line.net_minor
            sums[f"{line.number} tax"] += line.tax_minor
        for tax in record.taxes:
            sums[f"{tax.code} base"] += tax.base_minor
            sums[f"{tax.code} tax"] += tax.tax_minor
        for refund in record.refunds:
            sums[f"{refund.payment_id} amount"] += refund.amount_minor
            sums[f"{refund.payment_id} points"] += refund.points
            sums[f"{refund.payment_id} bonus"] += refund.bonus_minor
        if record.member is not None:
            sums["taken back"] += record.member.taken_back
            sums["growth"] += record.member.growth
            sums["visits"] += record.member.visit
        for coupon in record.coupons:
            sums[f"coupon {coupon}"] += 1
        for use in record.uses:
            sums[f"{use.rule} times"] += use.times
            sums[f"{use.rule} minor"] += use.minor
    return Counter({name: value for name, value in sums.items() if value})
