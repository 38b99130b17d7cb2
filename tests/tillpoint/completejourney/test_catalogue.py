"""Products of the data as products of a shop."""

from __future__ import annotations

import pytest

from shared_models.domain.barcode import Ean, is_ean13, read
from shared_models.domain.programme import default_programme
from tillpoint.completejourney.catalogue import Catalogue, ean13
from tillpoint.completejourney.glossary import LANGUAGES, glossary, meaning
from tillpoint.completejourney.journey import Journey
from tillpoint.completejourney.sizes import is_case, metric


def test_codes_scan_and_are_nobody_elses(catalogue: Catalogue) -> None:
    programme = default_programme()
    codes = [doc.codes[0] for doc in catalogue.docs]
    assert len(set(codes)) == len(codes) == 92_171
    assert all(is_ean13(code) and code.startswith("04") for code in codes)
    assert all(read(code, programme.in_store) == Ean(code) for code in codes[:5_000])


def test_a_code_is_the_product_number_in_a_company_prefix() -> None:
    assert ean13(1_082_185) == "0400010821853"
    with pytest.raises(ValueError, match="ten digits"):
        ean13(10_000_000_000)


def test_scale_numbers_are_unique_and_belong_to_goods_by_the_kilogram(catalogue: Catalogue) -> None:
    weighed = [doc for doc in catalogue.docs if doc.unit == "kg"]
    assert len(weighed) == len(catalogue.items) == len(set(catalogue.items.values())) == 746
    assert all(doc.codes[1] == catalogue.items[doc.id] and len(doc.codes[1]) == 5 for doc in weighed)
    assert all(len(doc.codes) == 1 for doc in catalogue.docs if doc.unit == "each")


def test_bananas_are_weighed_and_milk_is_not(catalogue: Catalogue) -> None:
    names = {doc.names["zh_Hans"]: doc for doc in catalogue.docs}
    assert names["香蕉"].unit == "kg"
    assert names["惠屿鲜牛奶 3.79升"].unit == "each"
    assert names["惠屿鲜牛奶 3.79升"].price_minor == 269


def test_every_product_has_a_price_and_a_name_in_each_language(catalogue: Catalogue) -> None:
    assert all(doc.price_minor > 0 for doc in catalogue.docs)
    assert all(all(doc.names[language] for language in LANGUAGES) for doc in catalogue.docs)


def test_names_are_unique(catalogue: Catalogue) -> None:
    for language in ("zh_Hans", "zh_Hant"):
        names = [doc.names[language] for doc in catalogue.docs]
        assert len(set(names)) == len(names)


def test_names_print_on_any_printer(catalogue: Catalogue) -> None:
    """Simplified names in the letters of GB 2312, traditional ones in those of Big5: each in its own script."""
    for doc in catalogue.docs:
        doc.names["zh_Hans"].encode("gb2312")
        doc.names["zh_Hant"].encode("big5")


def test_prices_are_the_median_of_what_a_piece_cost_on_the_shelf(journey: Journey, catalogue: Catalogue) -> None:
    doc = next(doc for doc in catalogue.docs if doc.id == "962229")
    lines = journey.lines[(journey.lines["product"] == 962_229) & (journey.lines.quantity > 0)]
    even = lines[lines.shelf_cents % lines.quantity == 0]
    prices = sorted((even.shelf_cents // even.quantity).tolist())
    assert doc.price_minor == prices[len(prices) // 2] == 259


def test_a_store_has_what_it_sold_at_the_price_of_all(catalogue: Catalogue, of_store: Catalogue) -> None:
    everywhere = {doc.id: doc for doc in catalogue.docs}
    assert len(of_store.docs) == 9_106
    assert all(
        (doc.price_minor, doc.codes, doc.unit) == (everywhere[doc.id].price_minor, everywhere[doc.id].codes, doc.unit)
        for doc in of_store.docs
    )
    assert [doc.rank for doc in of_store.docs] == list(range(9_106))


def test_tobacco_formula_and_cards_get_no_member_price(catalogue: Catalogue) -> None:
    without = {doc.category for doc in catalogue.docs if not doc.member_price}
    assert without == {"tobacco", "baby_formula", "gift_card", "services"}
    assert all(not doc.member_price for doc in catalogue.docs if doc.category in without)


def test_no_fuel_and_no_vouchers_are_sold(catalogue: Catalogue) -> None:
    names = {doc.names["en"].split(" #")[0] for doc in catalogue.docs}
    assert not names & {"Fuel", "Coupon", "Bottle deposit"}


def test_taxes_are_those_of_the_default_programme(catalogue: Catalogue) -> None:
    assert {doc.tax for doc in catalogue.docs} == set(default_programme().taxes)


def test_the_glossary_names_all_categories_and_departments(journey: Journey) -> None:
    known = glossary()
    assert set(journey.products.product_category.unique()) - {""} == set(known.categories)
    assert set(journey.products.department.unique()) == set(known.departments)
    types = {key.rpartition(">")[2] for key in known.types}
    assert types <= set(journey.products.product_type.unique())


def test_a_type_may_mean_different_things_in_different_categories() -> None:
    assert meaning("MEAT-PCKGD", "BACON", "PREMIUM").names["en"] == "Premium bacon"
    assert meaning("GROCERY", "ICE CREAM/MILK/SHERBTS", "PREMIUM").names["zh_Hans"] == "优质冰淇淋"
    assert meaning("NOBODY", "KNOWS", "THIS").names["en"] == "Sundries"


@pytest.mark.parametrize(
    ("size", "fluid", "simplified", "english"),
    [
        ("16 OZ", False, "454克", "454 g"),
        ("12 OZ", True, "355毫升", "355 ml"),
        ("1 GA", True, "3.79升", "3.79 l"),
        ("5 LB", False, "2.27千克", "2.27 kg"),
        ("12 CT", False, "12件装", "12 pieces"),
        ("1 CT", False, "", ""),
        ("SOMETHING", False, "", ""),
    ],
)
def test_sizes_are_metric(size: str, fluid: bool, simplified: str, english: str) -> None:
    shown = metric(size, fluid=fluid)
    assert (shown["zh_Hans"], shown["en"]) == (simplified, english)


def test_the_size_of_a_case_is_not_that_of_a_banana() -> None:
    assert is_case("40 LB")
    assert not is_case("3 LB")
    assert not is_case("")
