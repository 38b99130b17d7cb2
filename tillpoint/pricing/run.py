"""A case played: priced, paid, recorded as a sale, and taken back, by the very functions that tills use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from shared_models.domain import receipt_code, tender
from shared_models.domain.audience import Setting
from shared_models.domain.benefits import check_buyer
from shared_models.domain.checkout import Buyer, Numbers, assemble
from shared_models.domain.limits import NO_LIMITS
from shared_models.domain.points import check_redeem, redeemable
from shared_models.domain.pricing import ENGINE, PricedBasket, price
from shared_models.domain.reprice import repriced
from shared_models.domain.return_record import ReturnPolicy, SaleReturned
from shared_models.domain.returns import ReturnRules, ReturnSlip, take_back
from shared_models.domain.sale import Inputs, Payment, PaymentState, SaleConfirmed, TenderKind
from shared_models.domain.shift import ShiftOpened
from tillpoint.pricing.acts import PaidWith
from tillpoint.pricing.case import Case

_SALE, _LOT, _SHIFT = UUID(int=1), UUID(int=2), UUID(int=3)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``sale`` is ``None`` where the case only prices."""

    case: Case
    priced: PricedBasket
    sale: SaleConfirmed | None = None
    returns: tuple[SaleReturned, ...] = ()


def run(case: Case) -> Outcome:
    """Raise ``DomainError`` as a till would."""
    setting = _setting(case)
    check_buyer(case.programme.reserved, case.basket, setting)
    priced = price(case.basket, case.programme, case.member, case.at, case.visit)
    if not case.pays:
        return Outcome(case, priced)
    sale = _sold(case, priced, setting)
    records: list[SaleReturned] = []
    for number, each in enumerate(case.returns, 1):
        slip = ReturnSlip(UUID(int=100 + number), _shift(case), each.on or sale.business_date)
        rules = _return_rules(case, priced, sale, each.policy)
        records.append(take_back(sale, records, dict(each.lines), slip, rules))
    return Outcome(case, priced, sale, tuple(records))


def _setting(case: Case) -> Setting:
    tier = case.programme.tier(case.member.tier).code if case.member else None
    return Setting(case.at, tier, case.member, case.visit)


def _sold(case: Case, priced: PricedBasket, setting: Setting) -> SaleConfirmed:
    payments, rounding_minor = _paid(case, priced)
    member = case.member
    return assemble(
        priced,
        payments,
        rounding_minor=rounding_minor,
        programme=case.programme,
        inputs=Inputs(ENGINE, case.programme.version, 0, setting.tier),
        shift=_shift(case),
        business_date=_day(case),
        numbers=Numbers(_SALE, _LOT, 1, receipt_code.encode(bytes(10))),
        buyer=Buyer(member.id, setting.tier) if member and member.id and setting.tier else None,
        language="en",
        setting=setting,
        earned_before=case.earned_before,
    )


def _paid(case: Case, priced: PricedBasket) -> tuple[list[Payment], int]:
    """The payments in order, and what paying in cash added. What is left at the end is paid in cash."""
    payments: list[Payment] = []
    rounding_minor = 0
    for each in (*case.pay, PaidWith(TenderKind.CASH)):
        due = tender.due_after(priced.total_minor + rounding_minor, payments)
        if due <= 0:
            break
        payment_id = UUID(int=200 + len(payments))
        if each.kind is TenderKind.POINTS:
            payments.append(_with_points(case, priced, each.points, payment_id))
        elif each.kind is TenderKind.CASH:
            step, rounding = case.programme.cash_rounding_minor, case.programme.cash_rounding
            rounded = tender.cash_due(due, step, rounding)
            if 0 < each.amount_minor < rounded:
                cash = tender.part_cash(due, each.amount_minor)
            else:
                cash = tender.cash(due, each.amount_minor or rounded, step, rounding)
            rounding_minor += cash.rounding_minor
            payments.append(cash.payment(payment_id))
        else:
            amount = each.amount_minor or due
            payments.append(
                Payment(payment_id, each.kind, PaymentState.CAPTURED, amount, bonus_minor=min(each.bonus_minor, amount))
            )
    return payments, rounding_minor


def _with_points(case: Case, priced: PricedBasket, points: int, id: UUID) -> Payment:
    rule = case.programme.redeem.for_tier(case.member.tier if case.member else None)
    limit = redeemable(case.points, priced.bill_by_category(), rule)
    return tender.points_payment(id, check_redeem(points or limit.max_points, limit, rule), rule)


def _return_rules(case: Case, priced: PricedBasket, sale: SaleConfirmed, policy: ReturnPolicy) -> ReturnRules:
    programme = case.programme
    limited = {each.id for each in programme.deals if each.limits != NO_LIMITS}
    limited |= {each.id for each in programme.coupons if each.deal.limits != NO_LIMITS}
    reprice = None
    if policy is ReturnPolicy.REPRICE_KEPT:
        reprice = repriced(sale, lambda kept: price(kept, programme, case.member, case.at, case.visit))
    return ReturnRules(
        growth=programme.earn.growth,
        cash_step_minor=programme.cash_rounding_minor,
        cash_rounding=programme.cash_rounding,
        coupons=frozenset(rule.id for rule in programme.coupons if rule.comes_back),
        times={rule: used.times for rule, used in priced.uses.items() if rule in limited},
        reprice=reprice,
    )


def _day(case: Case) -> date:
    before_cut_off = case.at.time() < case.programme.day_cut_off
    return case.at.date() - timedelta(days=before_cut_off)


def _shift(case: Case) -> ShiftOpened:
    return ShiftOpened(_SHIFT, case.visit.store or "store", 1, "cashier", _day(case), case.programme.currency, 0)
