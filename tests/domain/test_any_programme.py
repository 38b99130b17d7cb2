"""A till never stumbles over a programme that the server has accepted, and the server over none that it is given."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from shared_models.domain import effects, points, tender
from shared_models.domain.audience import PricingMember, Setting, Visit
from shared_models.domain.basket import Basket
from shared_models.domain.benefits import GoodsNotForBuyer, check_buyer, entitlements
from shared_models.domain.catalogue import EACH, Product
from shared_models.domain.checkout import Buyer, Numbers, assemble, check_sums
from shared_models.domain.coupon import Coupon
from shared_models.domain.deal import Deal
from shared_models.domain.earning import EarnedBefore, reward
from shared_models.domain.limits import NO_LIMITS, Allowance, Usage, Used, allowance
from shared_models.domain.member import Account, Effect, Lot, Standing
from shared_models.domain.money import MAX_AMOUNT_MINOR, AmountTooLarge
from shared_models.domain.points_back import given_back_lots, spent_lots
from shared_models.domain.pricing import PricedBasket, price
from shared_models.domain.programme import BadProgramme, Programme, from_plain, to_plain
from shared_models.domain.programme_document import FORMAT
from shared_models.domain.reprice import repriced
from shared_models.domain.return_record import SaleReturned, effect_of_return
from shared_models.domain.returns import ReturnRules, ReturnSlip, take_back
from shared_models.domain.rewards import RewardRefused, claim
from shared_models.domain.sale import Inputs, Payment, PaymentState, SaleConfirmed, TenderKind
from shared_models.domain.sale_receipt import sale_receipt
from shared_models.domain.shift import ShiftOpened
from shared_models.domain.tier_history import changes
from shared_models.domain.tier_outlook import evaluate, progress
from shared_models.wire import facts as wire
from tests.domain.any_programme import COUPONS, DEALS, SEGMENTS, STORES, SUPPLIERS, TAGS, TIERS, documents
from tests.domain.shop import BRANDS, CATEGORIES, MEMBER, PRODUCT_IDS, STORE, ZONE

MOMENTS = [
    datetime(2026, 11, 24, 9, 42, tzinfo=ZONE),
    datetime(2024, 2, 29, 0, 0, tzinfo=ZONE),
    datetime(2026, 12, 31, 23, 59, 59, tzinfo=ZONE),
    datetime(2027, 1, 1, 0, 30, tzinfo=ZONE),
    datetime(9999, 12, 31, 12, 0, tzinfo=ZONE),
]
SALE = UUID(int=1)

products = st.builds(
    Product,
    id=st.sampled_from(PRODUCT_IDS),
    codes=st.just(()),
    names=st.sampled_from([{}, {"en": "{Thing}"}]),
    price_minor=st.integers(0, 2_000_00) | st.sampled_from([0, 1, MAX_AMOUNT_MINOR]),
    unit=st.sampled_from(["each", "kg"]),
    tax_code=st.sampled_from(["standard", "reduced", "zero"]),
    category=st.sampled_from(CATEGORIES),
    brand=st.sampled_from(BRANDS),
    member_price=st.booleans(),
    supplier=st.sampled_from(["", *SUPPLIERS]),
    tags=st.sampled_from([(), tuple(TAGS)]),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Somebody with a basket before a till."""

    rules: Programme
    basket: Basket
    buyer: PricingMember | None
    at: datetime
    visit: Visit
    account: Account
    standing: Standing

    @property
    def on(self) -> date:
        return self.at.date()

    def priced(self, basket: Basket) -> PricedBasket:
        return price(basket, self.rules, self.buyer, self.at, self.visit)


@st.composite
def accepted(draw: st.DrawFn) -> Programme:
    try:
        return from_plain(draw(documents), strict=True)
    except BadProgramme:
        assume(False)
        raise


@st.composite
def baskets(draw: st.DrawFn) -> Basket:
    basket = Basket()
    for each in draw(st.lists(products, min_size=1, max_size=6, unique_by=lambda each: each.id)):
        count = draw(st.integers(1, 6)) * 1000 if each.unit == EACH else draw(st.integers(1, 3_000))
        try:
            basket = basket.add(each, each.id, count)
        except AmountTooLarge:
            basket = basket.add(replace(each, price_minor=MAX_AMOUNT_MINOR // 10_000), each.id, count)
    return basket


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    rules, at = draw(accepted()), draw(st.sampled_from(MOMENTS))
    buyer = draw(
        st.none()
        | st.builds(
            PricingMember,
            st.sampled_from([*TIERS, "gone"]),
            st.sampled_from(["", "02-29", "11-24", "12-31"]),
            st.just(tuple(SEGMENTS[:1])),
            st.booleans(),
            st.just(MEMBER),
        )
    )
    held = [draw(st.sampled_from([*COUPONS, "gone"])) for _ in range(draw(st.integers(0, 5)))]
    coupons = [
        Coupon(UUID(int=500 + place), rule, date(2024, 1, 1), date.max, draw(st.sampled_from([None, MEMBER])))
        for place, rule in enumerate(held)
    ]
    presented = (*coupons, *coupons[: draw(st.integers(0, 2))])
    used = st.builds(Used, st.integers(0, 3), st.integers(0, 50_00))
    usage = st.builds(Usage, used, used, used, used)
    left: dict[str, Allowance] = {}
    for deal in (*rules.deals, *(rule.deal for rule in rules.coupons)):
        if deal.limits != NO_LIMITS and draw(st.booleans()):
            left[deal.id] = allowance(deal.limits, draw(usage))
    visit = Visit(draw(st.sampled_from(STORES)), coupons=presented, left=left, sale_id=SALE)
    lots = tuple(
        Lot(UUID(int=900 + number), draw(st.sampled_from([1, 99, 5_000, 10**9])), day)
        for number, day in enumerate(sorted(draw(st.lists(st.sampled_from([at.date(), date.max]), max_size=2))))
    )
    return Scene(
        rules, draw(baskets()), buyer, at, visit, Account(lots, 0 if lots else 7), effects.new_member(rules).standing
    )


@given(accepted())
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_a_programme_is_the_same_after_being_written_and_read(rules: Programme) -> None:
    plain = to_plain(rules)
    assert from_plain(json.loads(json.dumps(plain)), strict=True) == rules
    assert to_plain(from_plain(plain)) == plain
    assert 1 <= plain["format"] <= FORMAT


@given(st.data(), scenes())
@settings(max_examples=45, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_any_basket_is_sold_and_taken_back(data: st.DataObject, scene: Scene) -> None:
    tier = scene.rules.tier(scene.buyer.tier).code if scene.buyer else None
    setting = Setting(scene.at, tier, scene.buyer, scene.visit)
    with contextlib.suppress(GoodsNotForBuyer):
        check_buyer(scene.rules.reserved, scene.basket, setting)
    try:
        priced = scene.priced(scene.basket)
    except AmountTooLarge:
        return
    _check_price(priced)
    list(entitlements(scene.rules.services, setting, priced.total_minor, {}))
    _claim_all(scene, setting)
    sale = data.draw(_sold(scene, priced, setting, tier))
    check_sums(sale)
    assert msgspec.json.decode(wire.encode(sale)[2], type=SaleConfirmed) == sale
    before = effects.MemberView(scene.account, scene.standing)
    effect = effects.effect_of(sale)
    after = effects.apply(before, effect, scene.rules) if effect else None
    document = sale_receipt(sale, STORE, after, str, "en", at=scene.at, programme=scene.rules)
    assert json.loads(json.dumps(document.to_plain()))
    if effect and after:
        _check_view(before, after, effect, scene)
    _bring_all_back(data, scene, sale, after)


@given(scenes(), st.lists(products.map(lambda each: replace(each, unit="kg")), min_size=1, max_size=3))
@settings(max_examples=45, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_what_is_not_weighed_yet_changes_no_price(scene: Scene, unweighed: list[Product]) -> None:
    basket = scene.basket
    for each in unweighed:
        basket = basket.add(replace(each, price_minor=min(each.price_minor, MAX_AMOUNT_MINOR // 10_000)))
    try:
        alone = scene.priced(scene.basket)
    except AmountTooLarge:
        return
    priced = scene.priced(basket)
    _check_price(priced)
    assert priced.lines[: len(alone.lines)] == alone.lines
    assert all((line.net_minor, line.adjustments) == (0, ()) for line in priced.lines[len(alone.lines) :])
    assert (priced.total_minor, priced.uses, priced.coupons) == (alone.total_minor, alone.uses, alone.coupons)


def _check_price(priced: PricedBasket) -> None:
    assert 0 <= priced.total_minor <= MAX_AMOUNT_MINOR
    assert priced.saved_minor >= 0
    for line in priced.lines:
        assert 0 <= line.net_minor <= line.gross_minor
        assert 0 <= line.tax_minor <= max(line.net_minor, 0)
        assert line.net_minor == line.gross_minor + sum(each.amount_minor for each in line.adjustments)
        assert all(each.amount_minor < 0 for each in line.adjustments)
    assert len({coupon.id for coupon in priced.coupons}) == len(priced.coupons)
    off = -sum(each.amount_minor for line in priced.lines for each in line.adjustments if each.phase == "coupon")
    assert off == sum(coupon.off_minor for coupon in priced.coupons)
    for rule in (*COUPONS, *DEALS):
        taken = -sum(each.amount_minor for line in priced.lines for each in line.adjustments if each.rule == rule)
        assert taken == (priced.uses[rule].minor if rule in priced.uses else 0)


def _claim_all(scene: Scene, setting: Setting) -> None:
    for gift in scene.rules.rewards:
        with contextlib.suppress(RewardRefused):
            claim(gift, 2, points.balance(scene.account, scene.on), scene.visit.left.get(gift.id), setting, "gift")
    for act in ("sign_in", "share", "never"):
        assert reward(scene.rules.acts, act, 1).points >= 0


@st.composite
def _sold(draw: st.DrawFn, scene: Scene, priced: PricedBasket, setting: Setting, tier: str | None) -> SaleConfirmed:
    payments: list[Payment] = []
    if tier is not None and draw(st.booleans()):
        rule = scene.rules.redeem.for_tier(tier)
        limit = points.redeemable(points.balance(scene.account, scene.on), priced.bill_by_category(), rule)
        assert limit.worth_minor <= priced.total_minor
        if limit.max_points:
            assert limit.worth_minor > 0
            points.check_redeem(limit.max_points, limit, rule)
            payments.append(tender.points_payment(UUID(int=200), limit.max_points, rule))
    for number, kind in enumerate((TenderKind.STORED_VALUE, TenderKind.VOUCHER, TenderKind.CASH)):
        amount = draw(st.just(0) | st.integers(0, tender.due_after(priced.total_minor, payments)))
        if amount:
            payments.append(
                Payment(
                    UUID(int=300 + number),
                    kind,
                    PaymentState.CAPTURED,
                    amount,
                    tendered_minor=amount if kind is TenderKind.CASH else 0,
                    bonus_minor=draw(st.integers(0, amount)) if kind is TenderKind.STORED_VALUE else 0,
                )
            )
    due, rounded = tender.due_after(priced.total_minor, payments), 0
    if due and draw(st.booleans()):
        payments.append(Payment(UUID(int=400), TenderKind.CARD, PaymentState.CAPTURED, due))
    elif due:
        step, rounding = scene.rules.cash_rounding_minor, scene.rules.cash_rounding
        cash = tender.cash(due, tender.cash_due(due, step, rounding), step, rounding)
        payments.append(cash.payment(UUID(int=400)))
        rounded = cash.rounding_minor
    redeemed = sum(each.points for each in payments)
    return assemble(
        priced,
        payments,
        rounding_minor=rounded,
        programme=scene.rules,
        inputs=Inputs("1", scene.rules.version, 1, tier),
        shift=_shift(scene),
        business_date=scene.on,
        numbers=Numbers(SALE, UUID(int=2), 1, "CODE"),
        buyer=Buyer(MEMBER, tier) if tier else None,
        setting=setting,
        earned_before=draw(st.builds(EarnedBefore, st.integers(0, 20), st.integers(0, 20))),
        spent=spent_lots(scene.account, redeemed, scene.on) if tier else (),
    )


def _shift(scene: Scene) -> ShiftOpened:
    return ShiftOpened(UUID(int=7), "s1", 1, "wang", scene.on, scene.rules.currency, 0)


def _check_view(before: effects.MemberView, after: effects.MemberView, effect: Effect, scene: Scene) -> None:
    found = _points(after.account) - _points(before.account)
    assert found == (effect.earned.points if effect.earned else 0) - effect.redeemed_points
    assert all(lot.points > 0 for lot in after.account.lots)
    assert after.account.debt >= 0
    assert evaluate(after.standing, scene.rules, scene.on).tier in TIERS
    progress(after.standing, scene.rules, scene.on)
    if scene.on < date(9000, 1, 1):
        changes(after.standing, scene.rules, scene.on, scene.on + timedelta(days=800))


def _points(account: Account) -> int:
    return sum(lot.points for lot in account.lots) - account.debt


def _bring_all_back(data: st.DataObject, scene: Scene, sale: SaleConfirmed, view: effects.MemberView | None) -> None:
    reprice = repriced(sale, scene.priced) if data.draw(st.booleans()) else None
    rules = ReturnRules(
        growth=scene.rules.earn.growth,
        cash_step_minor=scene.rules.cash_rounding_minor,
        coupons=frozenset(rule.id for rule in scene.rules.coupons if rule.comes_back),
        reprice=reprice,
    )
    records: list[SaleReturned] = []
    left = {line.number: line.quantity_milli for line in sale.lines}
    while left:
        number = data.draw(st.sampled_from(sorted(left)))
        unit = 1000 if sale.lines[number - 1].unit == EACH else 1
        milli = data.draw(st.integers(1, left[number] // unit)) * unit
        if len(records) > 3:
            goods, left = dict(left), {}
        else:
            goods, left[number] = {number: milli}, left[number] - milli
            left = {each: rest for each, rest in left.items() if rest}
        slip = ReturnSlip(UUID(int=1000 + len(records)), _shift(scene), scene.on)
        try:
            record = take_back(sale, records, goods, slip, rules)
        except AmountTooLarge:
            assert reprice is not None
            return
        assert record.total_minor >= 0
        done = sum(each.points for each in records)
        records.append(record)
        view = _fold_return(scene, sale, record, done, view)
    assert sum(each.total_minor for each in records) == sale.total_minor
    if sale.member is not None:
        assert sum(each.points for each in records) == sale.member.redeemed_points
        assert sum(each.member.growth for each in records if each.member) == sale.member.growth
        granted = sale.member.earned.points if sale.member.earned else 0
        assert sum(each.member.taken_back for each in records if each.member) == granted
        assert view is not None
        assert view.standing == scene.standing
        assert _points(view.account) == _points(scene.account)


def _fold_return(
    scene: Scene, sale: SaleConfirmed, record: SaleReturned, done: int, view: effects.MemberView | None
) -> effects.MemberView | None:
    if sale.member is None or record.member is None or view is None:
        return None
    ids = (UUID(int=2000 + done + number) for number in range(9))
    lots = given_back_lots(sale.member.spent, sale.member.redeemed_points, done, record.points, scene.on, ids)
    effect = effect_of_return(replace(record, member=replace(record.member, given_back=lots)))
    assert effect is not None
    return effects.apply(view, effect, scene.rules)


@given(st.data(), scenes())
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_rules_keep_to_what_they_say_in_whatever_order_things_come(data: st.DataObject, scene: Scene) -> None:
    try:
        priced = scene.priced(scene.basket)
    except AmountTooLarge:
        return
    shuffled = replace(
        scene,
        basket=replace(scene.basket, lines=tuple(data.draw(st.permutations(scene.basket.lines)))),
        visit=replace(scene.visit, coupons=tuple(data.draw(st.permutations(scene.visit.coupons)))),
    )
    other = shuffled.priced(shuffled.basket)
    assert _by_line(other) == _by_line(priced)
    assert (other.coupons, other.uses, other.total_minor) == (priced.coupons, priced.uses, priced.total_minor)
    applied = {each.rule for line in priced.lines for each in line.adjustments}
    assert not any(applied & scene.rules.excluded.get(rule, frozenset()) for rule in applied)
    for rule in scene.rules.coupons:
        assert [each.rule for each in priced.coupons].count(rule.id) <= rule.most_per_sale
    for deal in (*scene.rules.deals, *(rule.deal for rule in scene.rules.coupons)):
        _check_limits(deal, scene, priced)


def _by_line(priced: PricedBasket) -> dict[int, tuple[Any, ...]]:
    return {line.line_id: (line.adjustments, line.net_minor) for line in priced.lines}


def _check_limits(deal: Deal, scene: Scene, priced: PricedBasket) -> None:
    used = priced.uses.get(deal.id, Used())
    if deal.limits != NO_LIMITS:
        left = scene.visit.left.get(deal.id, Allowance(0, 0))
        assert (used.times <= left.times, used.minor <= left.minor) == (True, True)
    phases = ("line_offer", "basket_offer") if deal.id in COUPONS else ("line_offer",)
    for line in priced.lines:
        cheaper = any(each.phase in phases for each in line.adjustments)
        on_it = any(each.rule == deal.id for each in line.adjustments)
        assert not (deal.full_price_only and cheaper and on_it)
