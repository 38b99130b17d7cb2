"""A small shop for the tests: its products, its programme, random ones of both, and a quick way to sell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from shared_models.domain import receipt_code, tender
from shared_models.domain.audience import PricingMember
from shared_models.domain.basket import Basket
from shared_models.domain.catalogue import Product
from shared_models.domain.checkout import Buyer, Numbers, assemble
from shared_models.domain.offer import AmountOff, Benefit, FixedPrice, Goods, Offer, PercentOff
from shared_models.domain.pricing import PricedBasket, price
from shared_models.domain.programme import Programme, default_programme
from shared_models.domain.sale import Inputs, Payment, SaleConfirmed
from shared_models.domain.shift import ShiftOpened
from shared_models.domain.store import StoreInfo

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 24, 9, 42, tzinfo=ZONE)
TODAY = date(2026, 11, 24)
MEMBER = UUID(int=0xA)
SHIFT = ShiftOpened(UUID(int=0xB), "s1", 3, "wang", TODAY, "CNY", 200_00)
STORE = StoreInfo(
    "s1",
    {"en": "Corner Shop", "zh_Hans": "街角超市"},
    ("1 Nanjing Road",),
    "CNY",
    "Asia/Shanghai",
    "en",
    {"en": "Thank you\nSee you soon"},
)

PROGRAMME = default_programme()


def product(
    id: str = "milk",
    price_minor: int = 12_50,
    *,
    unit: str = "each",
    tax_code: str = "standard",
    category: str = "dairy",
    brand: str = "",
    member_price: bool = True,
) -> Product:
    return Product(id, (id,), {"en": id.title()}, price_minor, unit, tax_code, category, brand, member_price)


def offer(
    id: str,
    benefit: Benefit,
    goods: Goods,
    *,
    valid_from: date = date(2026, 1, 1),
    valid_to: date | None = None,
    priority: int = 0,
) -> Offer:
    return Offer(id, {"en": id}, benefit, goods, valid_from, valid_to, priority=priority)


def programme(*offers: Offer, taxes: Mapping[str, str] | None = None, include_tax: bool = True) -> Programme:
    made = replace(PROGRAMME, offers=offers, prices_include_tax=include_tax)
    return replace(made, taxes={code: Decimal(rate) for code, rate in taxes.items()}) if taxes else made


def basket(*products: Product, quantity_milli: int = 1000) -> Basket:
    made = Basket()
    for each in products:
        made = made.add(each, each.id, quantity_milli)
    return made


def priced(what: Basket, rules: Programme = PROGRAMME, tier: str | None = None, at: datetime = AT) -> PricedBasket:
    return price(what, rules, PricingMember(tier) if tier else None, at)


@dataclass(frozen=True, slots=True)
class Sold:
    sale: SaleConfirmed
    cash: tender.Cash | None


def sell(
    what: Basket,
    rules: Programme = PROGRAMME,
    *,
    tier: str | None = None,
    points: int = 0,
    tendered_minor: int | None = None,
    training: bool = False,
    number: int = 1,
) -> Sold:
    """Sell for cash, ``points`` paying first."""
    bill = priced(what, rules, tier)
    payments: list[Payment] = []
    if points:
        payments.append(tender.points_payment(UUID(int=number << 8 | 1), points, rules.redeem))
    due = tender.due_after(bill.total_minor, payments)
    cash = None
    if due:
        exact = tender.cash_due(due, rules.cash_rounding_minor, rules.cash_rounding)
        tendered = exact if tendered_minor is None else tendered_minor
        cash = tender.cash(due, tendered, rules.cash_rounding_minor, rules.cash_rounding)
        payments.append(cash.payment(UUID(int=number << 8 | 2)))
    sale = assemble(
        bill,
        payments,
        rounding_minor=cash.rounding_minor if cash else 0,
        programme=rules,
        inputs=Inputs("1", rules.version, 7, tier),
        shift=SHIFT,
        business_date=TODAY,
        numbers=Numbers(UUID(int=number << 8), UUID(int=number << 8 | 3), number, receipt_code.encode(bytes(10))),
        buyer=Buyer(MEMBER, tier) if tier else None,
        language="en",
        training=training,
    )
    return Sold(sale, cash)


PRODUCT_IDS = [f"p{number}" for number in range(6)]
CATEGORIES = ["dairy", "fruit", "tobacco"]
BRANDS = ["", "moo", "sun"]

products = st.builds(
    Product,
    id=st.sampled_from(PRODUCT_IDS),
    codes=st.just(()),
    names=st.just({"en": "Thing"}),
    price_minor=st.integers(0, 5_000_00),
    unit=st.sampled_from(["each", "kg"]),
    tax_code=st.sampled_from(["standard", "reduced", "zero"]),
    category=st.sampled_from(CATEGORIES),
    brand=st.sampled_from(BRANDS),
    member_price=st.booleans(),
)
catalogues = st.lists(products, min_size=1, max_size=6, unique_by=lambda each: each.id)


@st.composite
def scans(draw: st.DrawFn) -> list[tuple[Product, int]]:
    """Products with quantities, in the order they are scanned."""
    catalogue = draw(catalogues)
    picked = draw(st.lists(st.sampled_from(catalogue), min_size=1, max_size=12))
    return [
        (each, draw(st.integers(1, 20)) * 1000 if each.unit == "each" else draw(st.integers(1, 9_000)))
        for each in picked
    ]


def scan_all(scanned: list[tuple[Product, int]]) -> Basket:
    made = Basket()
    for each, quantity_milli in scanned:
        made = made.add(each, each.id, quantity_milli)
    return made


benefits = st.one_of(
    st.builds(PercentOff, st.decimals("0.5", 100, places=1)),
    st.builds(AmountOff, st.integers(1, 2_000)),
    st.builds(FixedPrice, st.integers(0, 1_000_00)),
)
goods = st.one_of(
    st.builds(Goods, products=st.lists(st.sampled_from(PRODUCT_IDS), min_size=1, max_size=3, unique=True).map(tuple)),
    st.builds(Goods, categories=st.sampled_from(CATEGORIES).map(lambda each: (each,))),
    st.builds(Goods, brands=st.sampled_from(BRANDS[1:]).map(lambda each: (each,))),
    st.just(Goods(everything=True)),
)


@st.composite
def offers(draw: st.DrawFn) -> tuple[Offer, ...]:
    return tuple(
        offer(
            f"o{number}",
            draw(benefits),
            draw(goods),
            valid_from=draw(st.sampled_from([date(2026, 1, 1), TODAY, date(2026, 12, 1)])),
            valid_to=draw(st.sampled_from([None, TODAY, date(2027, 1, 1)])),
            priority=draw(st.integers(-2, 2)),
        )
        for number in range(draw(st.integers(0, 6)))
    )


tiers = st.sampled_from([None, "basic", "silver", "gold", "diamond"])
