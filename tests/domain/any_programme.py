"""Random programme documents with all sections, as somebody at head office might type them, and garbage in them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.domain.shop import BRANDS, CATEGORIES, PRODUCT_IDS

Plain = dict[str, Any]

TIERS = ["t0", "t1", "t2"]
SEGMENTS = ["new", "loyal"]
STORES = ["s1", "s2"]
TAGS = ["organic", "own"]
SUPPLIERS = ["farm", "mill"]
OFFERS, DEALS, COUPONS = ["o0", "o1"], ["d0", "d1", "d2"], ["c0", "c1"]
DAYS = ["2024-02-29", "2026-01-01", "2026-11-24", "2026-12-31", "9999-12-31"]
MOST_MINOR = 999_999_999_999

texts = st.sampled_from(["x", "会员", "{name}", "é" * 200, "%s"])
names = st.dictionaries(st.sampled_from(["en", "zh_Hans", "xx"]), texts, max_size=2)
clocks = st.sampled_from(["00:00", "09:00", "12:30", "23:59"])
rates = st.sampled_from(["0", "0.000000000001", "0.09", "0.13", "0.333333333333", "0.5", "0.999999999999", "1"])
percents = st.sampled_from(["0.000000000001", "0.5", "12.5", "33.333333333333", "50", "99.999999999999", "100"])
factors = st.sampled_from(["0", "0.01", "1", "1.2", "1.333333333333", "2", "1000"])
amounts = st.sampled_from([1, 2, 99, 100, 12_34, 50_00, 1_000_00, MOST_MINOR]) | st.integers(1, 5_000_00)


def some(of: list[str], least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(of), min_size=least, max_size=3, unique=True)


def mapping(
    must: dict[str, st.SearchStrategy[Any]], may: dict[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[Plain]:
    return st.fixed_dictionaries(must, optional=may)


named_goods = st.one_of(
    mapping({"products": some(PRODUCT_IDS, 1)}, {"tags": some(TAGS)}),
    mapping({"categories": some(CATEGORIES, 1)}, {"suppliers": some(SUPPLIERS)}),
    mapping({"brands": some(BRANDS[1:], 1)}, {}),
    mapping({"tags": some(TAGS, 1)}, {}),
    mapping({"suppliers": some(SUPPLIERS, 1)}, {}),
)
goods = st.just({"everything": True}) | st.builds(
    lambda base, but: {**base, "but": but} if but else base,
    named_goods | st.just({"everything": True}),
    st.none() | named_goods,
)
audience_fields: dict[str, st.SearchStrategy[Any]] = {
    "members_only": st.booleans(),
    "tiers": some(TIERS),
    "segments": some(SEGMENTS),
    "stores": some(STORES),
    "channels": some(["till", "online"]),
    "first_purchase": st.booleans(),
    "birthday": st.sampled_from(["", "day", "month"]),
}
windows = mapping(
    {},
    {
        "weekdays": st.lists(st.integers(1, 7), max_size=3),
        "start": clocks,
        "end": clocks,
        "month_days": st.lists(st.integers(1, 31), max_size=3),
    },
)
validity: dict[str, st.SearchStrategy[Any]] = {"valid_from": st.sampled_from(DAYS[:3])}
may_end: dict[str, st.SearchStrategy[Any]] = {
    "valid_to": st.none() | st.sampled_from(DAYS[2:]),
    "window": st.just({}) | windows,
}
reductions = st.one_of(
    mapping({"kind": st.just("percent_off"), "percent": percents}, {}),
    mapping({"kind": st.just("amount_off"), "amount_minor": amounts}, {}),
)
benefits = reductions | mapping({"kind": st.just("fixed_price"), "price_minor": st.just(0) | amounts}, {})
caps = mapping({"times": st.integers(1, 3)}, {"minor": amounts}) | mapping({"minor": amounts}, {})
limits = mapping({}, {"member": caps, "member_day": caps, "day": caps, "total": caps})


@st.composite
def spends(draw: st.DrawFn) -> Plain:
    every = draw(st.booleans())
    thresholds = sorted(draw(st.lists(amounts, min_size=1, max_size=1 if every else 3, unique=True)))
    benefit = mapping({"kind": st.just("amount_off"), "amount_minor": amounts}, {}) if every else reductions
    return {
        "kind": "spend",
        "goods": draw(goods),
        "steps": [{"threshold": each, "benefit": draw(benefit)} for each in thresholds],
        "by_quantity": draw(st.booleans()),
        "every": every,
    }


@st.composite
def gets(draw: st.DrawFn) -> Plain:
    kind = draw(st.sampled_from(["", "same", "rewards"]))
    plain = {"kind": "get", "goods": draw(goods), "benefit": draw(benefits)}
    plain |= {"buy": draw(st.integers(1, 4)), "get": draw(st.integers(1, 4))}
    return plain | ({"same": True} if kind == "same" else {"rewards": draw(goods)} if kind else {})


bundles = mapping(
    {
        "kind": st.just("bundle"),
        "parts": st.lists(mapping({"goods": goods, "count": st.integers(1, 4)}, {}), min_size=1, max_size=3),
        "price_minor": st.just(0) | amounts,
    },
    {},
)
eaches = mapping({"kind": st.just("each"), "goods": goods, "benefit": benefits}, {})
gifts_over = mapping(
    {"kind": st.just("gift"), "goods": goods, "threshold": amounts, "rewards": named_goods, "benefit": benefits},
    {"count": st.integers(1, 4), "by_quantity": st.booleans(), "every": st.booleans()},
)
terms = spends() | gets() | bundles | eaches | gifts_over


@st.composite
def deals(draw: st.DrawFn, id: str) -> Plain:
    others = [each for each in (*OFFERS, *DEALS, *COUPONS) if each != id]
    may = {
        "priority": st.integers(-1_000_000, 1_000_000),
        "group": st.sampled_from(["", "a", "b"]),
        "most_times": st.none() | st.integers(1, 1_000),
        "most_minor": st.none() | amounts,
        "excludes": st.just([]) | some(others),
        "full_price_only": st.booleans(),
        "limits": limits,
        **audience_fields,
        **may_end,
    }
    return draw(mapping({"id": st.just(id), "names": names, "terms": terms, **validity}, may))


@st.composite
def coupons(draw: st.DrawFn, id: str) -> Plain:
    deal = draw(deals(id))
    by = draw(st.sampled_from(["hand", "sale"]))
    issue = mapping(
        {"by": st.just(by)},
        {
            "valid_days": st.integers(1, 3_660),
            "quantity": st.none() | st.integers(10, 10_000_000),
            "per_member": st.none() | st.integers(1, 10),
            **({"from_minor": amounts} if by == "sale" else {}),
        },
    )
    may = {
        "personal": st.booleans(),
        "most_per_sale": st.integers(1, 20),
        "comes_back": st.booleans(),
        "issue": issue,
    }
    return deal | draw(mapping({}, may))


@st.composite
def gates(draw: st.DrawFn) -> Plain:
    figure = draw(st.sampled_from(["growth", "spend", "visits", "interactions", "points", "referrals"]))
    plain: Plain = {"figure": figure, "at_least": draw(st.integers(1, 2_000))}
    if figure not in ("growth", "referrals"):
        plain["window"] = draw(st.sampled_from(["month", "months", "year"]))
        plain |= {"months": draw(st.integers(2, 12))} if plain["window"] == "months" else {}
    return {"conditions": [plain]}


@st.composite
def tiers(draw: st.DrawFn) -> list[Plain]:
    found = []
    for place, code in enumerate(TIERS):
        plain: Plain = {
            "code": code,
            "names": draw(names),
            "member_price": draw(rates),
            "earn_multiplier": draw(factors),
        }
        if place and draw(st.booleans()):
            plain["gates"] = draw(st.lists(gates(), min_size=1, max_size=3))
        else:
            plain["growth"] = place * draw(st.sampled_from([1, 500, 2**52]))
        found.append(plain)
    return found


@st.composite
def earns(draw: st.DrawFn) -> Plain:
    lasting = st.one_of(
        st.just({"kind": "year_end"}),
        mapping({"kind": st.just("month_end"), "months": st.sampled_from([0, 1, 12, 1_200])}, {}),
        mapping({"kind": st.just("days"), "days": st.sampled_from([1, 30, 36_525])}, {}),
        mapping({"kind": st.just("inactivity"), "days": st.sampled_from([1, 30, 36_525])}, {}),
        st.just({"kind": "never"}),
    )
    bonus = mapping(
        {"names": names, "goods": goods, **validity, "multiplier": st.sampled_from(["0.01", "1.5", "2", "1000"])},
        {"extra": st.sampled_from([0, 1, 1_000_000]), **audience_fields, **may_end},
    )
    low, middle, high = sorted(draw(st.tuples(*[st.sampled_from([1, 10, 1_000, 2**53])] * 3)))
    plain: Plain = draw(
        mapping(
            {
                "points": st.sampled_from([1, 3, 1_000_000]),
                "growth": st.sampled_from([0, 1, 1_000_000]),
                "years": st.sampled_from([0, 1, 100]),
            },
            {
                "excluded_categories": some(CATEGORIES),
                "expiry": lasting,
                "most_per_sale": st.none() | st.just(low),
                "most_per_day": st.none() | st.just(middle),
                "most_per_month": st.none() | st.just(high),
                "most_multiplier": st.sampled_from(["1", "2.5", "1000"]),
                "base_excludes": some(["points", "stored_value_bonus", "stored_value", "voucher"]),
                "bonuses": st.lists(bonus, max_size=2),
            },
        )
    )
    for place, each in enumerate(plain.get("bonuses", ())):
        each["id"] = f"b{place}"
    if draw(st.booleans()):
        plain["pending_days"] = draw(st.sampled_from([0, 1, 30]))
    return plain


times_of = st.sampled_from([{}, {"most": 1}, {"most": 2, "per": "day"}, {"most": 3, "per": "month"}])
redeems = st.builds(
    lambda base, more, count: base | more | ({"most_times": 1, "per": count} if count else {}),
    mapping(
        {
            "points": st.sampled_from([1, 100, 1_000_000]),
            "worth_minor": st.sampled_from([1, 100, 1_000_000]),
            "minimum_points": st.sampled_from([0, 1, 100, 2**31]),
            "step_points": st.sampled_from([1, 7, 100, 2**31]),
            "share": rates,
        },
        {"excluded_categories": some(CATEGORIES)},
    ),
    mapping(
        {},
        {
            "by_tier": st.dictionaries(st.sampled_from(TIERS), mapping({"share": rates}, {}), max_size=2),
            "by_category": st.dictionaries(st.sampled_from(CATEGORIES), rates, max_size=2),
        },
    ),
    st.sampled_from(["", "day", "week", "month"]),
)
evaluations: st.SearchStrategy[Plain] = st.one_of(
    st.just({}),
    st.just({"downgrade": "never"}),
    mapping(
        {"months": st.sampled_from([1, 2, 3, 4, 6, 12])},
        {
            "period": st.sampled_from(["calendar", "anniversary", "rolling"]),
            "downgrade": st.sampled_from(["by_one", "to_earned"]),
            "grace_days": st.integers(0, 27),
        },
    ),
)
stored_values = mapping(
    {},
    {
        "steps": st.just([{"from_minor": 100_00, "bonus_minor": 10_00}, {"from_minor": 500_00, "bonus_minor": 60_00}]),
        "spend_order": st.sampled_from(["principal_first", "bonus_first", "pro_rata"]),
        "bonus_days": st.none() | st.integers(1, 36_500),
        "most_load_minor": st.none() | st.just(MOST_MINOR),
    },
)


def services(id: str) -> st.SearchStrategy[Plain]:
    may = {"from_minor": st.just(0) | amounts, "per_month": st.none() | st.integers(1, 1_000), **audience_fields}
    return mapping({"id": st.just(id), "names": names, **validity}, may)


def reserves(id: str) -> st.SearchStrategy[Plain]:
    must = {"id": st.just(id), "names": names, "goods": goods, **validity, "members_only": st.just(True)}
    return mapping(must, {"tiers": some(TIERS), **may_end})


def gifts(id: str) -> st.SearchStrategy[Plain]:
    must = {"id": st.just(id), "names": names, "kind": st.just("goods"), "what": st.sampled_from(PRODUCT_IDS)}
    return mapping({**must, "points": st.integers(1, 10**9), **validity}, {"limits": limits, **audience_fields})


def several(one: Any, ids: list[str]) -> st.SearchStrategy[list[Plain]]:
    return st.tuples(*map(one, ids)).map(list)


def offers(id: str) -> st.SearchStrategy[Plain]:
    must = {"id": st.just(id), "names": names, "benefit": benefits, "goods": goods, **validity}
    return mapping(must, {"priority": st.integers(-1_000_000, 1_000_000), **audience_fields, **may_end})


policies = mapping(
    {},
    {
        "mode": st.sampled_from(["escrow", "refuse"]),
        "usual_store": st.booleans(),
        "per_day": st.sampled_from([None, 0, 10_000]),
        "most": st.sampled_from([None, 1, 2**53]),
    },
)
spendings = mapping(
    {},
    {
        **dict.fromkeys(("points", "stored_value", "coupons", "budgets", "gifts", "returns"), policies),
        "idle_days": st.sampled_from([1, 14, 3_650]),
    },
)

documents = mapping(
    {
        "format": st.just(3),
        "version": st.sampled_from([1, 2**53]),
        "valid_from": st.sampled_from(DAYS[:2]),
        "currency": st.sampled_from(["CNY", "JPY"]),
        "prices_include_tax": st.booleans(),
        "sells_past_best_before": st.booleans(),
        "taxes": mapping({"standard": rates, "reduced": rates, "zero": rates}, {}),
        "tiers": tiers(),
        "earn": earns(),
        "redeem": redeems,
        "floor_points": st.sampled_from([0, 500, 2**31]),
        "cash_rounding_minor": st.sampled_from([1, 5, 10, 100]),
        "offers": several(offers, OFFERS),
        "deals": several(deals, DEALS),
        "coupons": several(coupons, COUPONS),
    },
    {
        "day_cut_off": clocks,
        "tax_rounding": st.sampled_from(["document", "line"]),
        "cash_rounding": st.sampled_from(["half_up", "half_even", "down", "up"]),
        "evaluation": evaluations,
        "stored_value": st.none() | stored_values,
        "spending": spendings,
        "services": several(services, ["v0"]),
        "reserved": several(reserves, ["r0"]),
        "rewards": several(gifts, ["w0"]),
        "acts": st.just([{"act": "sign_in", "growth": 5}, {"act": "share", "points": 1, "most": 1, "per": "week"}]),
        "risk": st.lists(
            mapping(
                {"id": st.sampled_from(["x", "y"]), "act": st.sampled_from(["purchase", "redemption", "coupon"])}
                | {"per": st.sampled_from(["member", "cashier", "store", "member_at_cashier"])},
                {"days": st.sampled_from([1, 366]), "times": st.sampled_from([None, 0, 5]), "amount": st.just(2**53)},
            ),
            max_size=2,
        ),
        "in_store": st.just([{"prefix": "21", "item_digits": 5, "value": "price", "value_digits": 5}]),
    },
)
"""``docs/programme/schema.json`` says what each field is. Most of these are accepted; some contradict themselves."""
