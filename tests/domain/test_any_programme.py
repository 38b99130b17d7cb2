"""A till never crashes on a programme that head office accepted, and head office on nothing that somebody typed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_models.domain import effects, receipt_code, tender
from shared_models.domain.audience import PricingMember, Setting, Visit
from shared_models.domain.basket import Basket
from shared_models.domain.catalogue import Product
from shared_models.domain.checkout import Buyer, Numbers, assemble
from shared_models.domain.coupon import Coupon
from shared_models.domain.errors import DomainError
from shared_models.domain.limits import Allowance
from shared_models.domain.points import redeemable
from shared_models.domain.pricing import price
from shared_models.domain.programme import BadProgramme, Programme, from_plain, to_plain
from shared_models.domain.returns import ReturnRules, ReturnSlip, take_back
from shared_models.domain.sale import Inputs, Payment
from shared_models.domain.sale_receipt import sale_receipt
from tests.domain.shop import MEMBER, SHIFT, STORE, TODAY, ZONE

FOLDER = Path(__file__).parents[2] / "docs" / "programme"
AUDIENCE = {
    "tiers": ["gold"], "segments": ["a"], "stores": ["s1"], "channels": ["till"], "members_only": True,
    "first_purchase": True, "birthday": "month",
}  # fmt: skip
SINCE = {"valid_from": "2026-01-01", "valid_to": None}
NAMES = {"en": "Rule", "zh_Hans": "规则"}


def whole() -> dict[str, Any]:
    """The published example with every section and field that it doesn't show."""
    plain: dict[str, Any] = json.loads((FOLDER / "programme.json").read_text("utf-8"))
    plain["format"] = 3
    plain["offers"].append(
        {
            "id": "o", "names": NAMES, "benefit": {"kind": "percent_off", "percent": "12.5"}, **SINCE, **AUDIENCE,
            "goods": {"suppliers": ["sun"], "tags": ["t"], "but": {"products": ["p1"]}}, "priority": 3,
            "window": {"weekdays": [1, 7], "month_days": [8, 31], "start": "22:00", "end": "02:00"},
        }
    )  # fmt: skip
    plain["deals"][0]["limits"] = {"member": {"times": 2}, "total": {"minor": 100_000}}
    plain["tiers"][-1] = {
        **{key: value for key, value in plain["tiers"][-1].items() if key in ("code", "names", "member_price")},
        "earn_multiplier": "2",
        "gates": [
            {"conditions": [{"figure": "growth", "at_least": 3_000}, {"figure": "referrals", "at_least": 1}]},
            {"conditions": [{"figure": "spend", "at_least": 900_00, "window": "months", "months": 3}]},
        ],
    }
    plain["evaluation"] = {"period": "rolling", "months": 6, "downgrade": "to_earned", "grace_days": 10}
    plain["services"] = [{"id": "s", "names": NAMES, **SINCE, **AUDIENCE, "from_minor": 100, "per_month": 2}]
    plain["reserved"] = [{"id": "r", "names": NAMES, "goods": {"brands": ["moo"]}, **SINCE, "tiers": ["diamond"]}]
    plain["rewards"] = [{"id": "w", "names": NAMES, "kind": "goods", "what": "mug", "points": 800, **SINCE}]
    plain["earn"] |= {
        "pending_days": 7, "most_per_sale": 900, "most_per_day": 1_000, "most_per_month": 2_000,
        "bonuses": [
            {"id": "b", "names": NAMES, "goods": {"everything": True}, **SINCE, "multiplier": "1.5", "extra": 3}
        ],
    }  # fmt: skip
    plain["tax_rounding"], plain["cash_rounding"], plain["cash_rounding_minor"] = "line", "down", 10
    return plain


def paths(plain: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if at:
        yield at
    if isinstance(plain, dict):
        for name, value in plain.items():
            yield from paths(value, (*at, name))
    elif isinstance(plain, list):
        for place, value in enumerate(plain):
            yield from paths(value, (*at, place))


WHOLE = whole()
PATHS = list(paths(WHOLE))
GARBAGE: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**64, 10**30, -(10**12), 1.5, float("nan"), float("inf"),
    "", " ", "0", "-1", "101", "1e400", "NaN", "0.0000000000001", "99999999999999999999", "2026-02-30", "9999-12-31",
    "0001-01-01", "24:00", "\ud800", "\x00", "x" * 300, "%s{0}{name}", [], [[]], [None], ["x", "x"], {},
    {"kind": "spend"}, {"": ""}, {"x": {}}, {"everything": True}, [{}], [0] * 50,
]  # fmt: skip


def changed(plain: Any, path: tuple[str | int, ...], value: Any, drop: bool) -> Any:
    """A copy with one part replaced, or left out."""
    made = copy.deepcopy(plain)
    inner = made
    for name in path[:-1]:
        inner = inner[name]
    if drop:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return made


def read(plain: Any) -> Programme | None:
    """``None`` if it is refused, which must be said in a sentence and in no other way."""
    try:
        return from_plain(plain, strict=True)
    except BadProgramme as refused:
        said = refused.sentence(str)
    assert said.startswith("The programme can't be used. ")
    return None


changes = st.tuples(st.sampled_from(PATHS), st.sampled_from(GARBAGE), st.booleans())


def test_the_whole_is_accepted_and_written_as_it_was_read() -> None:
    programme = from_plain(WHOLE, strict=True)
    assert from_plain(to_plain(programme), strict=True) == programme
    assert to_plain(from_plain(to_plain(programme))) == to_plain(programme)


def test_what_was_typed_is_not_taken_for_a_template() -> None:
    assert read(changed(WHOLE, ("in_store", 0, "prefix"), "{0}", False)) is None


@pytest.mark.parametrize("plain", [None, 3, "x", [], {}, {"format": 3}, [[[[[]]]]]])
def test_what_is_no_programme(plain: object) -> None:
    assert read(plain) is None


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(changes, min_size=1, max_size=2))
def test_whatever_is_typed_is_refused_in_words_or_holds(wrong: list[tuple[Any, Any, bool]]) -> None:
    plain: Any = WHOLE
    for path, value, drop in wrong:
        try:
            plain = changed(plain, path, value, drop)
        except (KeyError, IndexError, TypeError):
            return  # the part is gone already
    programme = read(plain)
    if programme is not None:
        assert from_plain(to_plain(programme), strict=True) == programme
        sell_something(programme, 0)


PRODUCTS = [
    Product("p1", ("1",), {"en": "One"}, 10_00, "each", "standard", "dairy", "moo", True, 0, "sun", ("t",)),
    Product("rice", ("2",), {"en": "Rice"}, 30_00, "each", "standard", "grain", "", True, 0, "sun", ("t",)),
    Product("cup", ("3",), {"en": "Cup"}, 9_99, "each", "reduced", "household", "", False),
    Product("tea", ("4",), {"en": "Tea"}, 150_00, "kg", "standard", "fresh", "sun"),
    Product("bag", ("5",), {"en": "Bag"}, 0, "each", "zero", "other", "", False),
]
TIERS = (None, "basic", "gold", "diamond", "gone")


def sell_something(programme: Programme, seed: int) -> None:
    """Price, pay, record, print, book, and take all of it back. Only refusals in words may be raised."""
    basket = Basket()
    for place, product in enumerate(PRODUCTS):
        if seed >> place & 1 == 0:
            basket = basket.add(product, product.id, (1 + (seed + place) % 4) * 1_000)
    tier = TIERS[seed % len(TIERS)]
    at = datetime(2026, 11, 24, 23, 59, tzinfo=ZONE) + timedelta(hours=13 * (seed % 50))
    member = PricingMember(tier, "11-24", ("a",), seed % 2 == 0, MEMBER) if tier else None
    coupons = tuple(
        Coupon(UUID(int=number), rule.id, at.date(), at.date(), MEMBER) for number, rule in enumerate(programme.coupons)
    )
    left = {deal.id: Allowance(1, 5_00) for deal in (*programme.deals, *(each.deal for each in programme.coupons))}
    visit = Visit("s1", "till", coupons, left, UUID(int=99))
    try:
        priced = price(basket, programme, member, at, visit)
        setting = Setting(at, programme.tier(tier).code if tier else None, member, visit)
        payments: list[Payment] = []
        rule = programme.redeem.for_tier(tier)
        limit = redeemable(10_000, priced.bill_by_category(), rule)
        if tier and limit.max_points and limit.worth_minor <= priced.total_minor:
            payments.append(tender.points_payment(UUID(int=1), limit.max_points, rule))
        due, rounding = tender.due_after(priced.total_minor, payments), 0
        if due > 0:
            step = programme.cash_rounding_minor
            rounded = tender.cash_due(due, step, programme.cash_rounding)
            cash = tender.cash(due, rounded, step, programme.cash_rounding)
            payments.append(cash.payment(UUID(int=2)))
            rounding = cash.rounding_minor
        sale = assemble(
            priced, payments, rounding_minor=rounding, programme=programme, inputs=Inputs("1", 1, 1), shift=SHIFT,
            business_date=at.date(), numbers=Numbers(UUID(int=3), UUID(int=4), 1, receipt_code.encode(bytes(10))),
            buyer=Buyer(MEMBER, tier) if tier else None, setting=setting,
        )  # fmt: skip
    except DomainError as refused:
        sale, said = None, refused.sentence(str)
    if sale is None:
        assert said
        return
    assert all(line.net_minor >= 0 for line in sale.lines)
    assert priced.total_minor >= 0
    view = effects.new_member(programme)
    effect = effects.effect_of(sale)
    if effect is not None:
        view = effects.apply(view, effect, programme)
    sale_receipt(sale, STORE, view if effect else None, str, "en", programme=programme)
    slip = ReturnSlip(UUID(int=5), SHIFT, at.date())
    rules = ReturnRules(programme.earn.growth, programme.cash_rounding_minor, programme.cash_rounding)
    record = take_back(sale, (), {line.number: line.quantity_milli for line in sale.lines}, slip, rules)
    assert record.total_minor == sale.total_minor


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 1_000_000), st.lists(changes, max_size=3))
def test_what_is_accepted_sells(seed: int, others: list[tuple[Any, Any, bool]]) -> None:
    plain: Any = WHOLE
    for path, value, drop in others:
        try:
            made = changed(plain, path, value, drop)
        except (KeyError, IndexError, TypeError):
            continue
        plain = made if read(made) is not None else plain
    programme = read(plain)
    assert programme is not None
    assert programme.valid_from <= TODAY or programme.version
    sell_something(programme, seed)
