"""The sums of the data, the partition of their lines, and the counts that docs/data.md states."""

from __future__ import annotations

from pathlib import Path

import pytest

from tillpoint.completejourney.catalogue import Catalogue
from tillpoint.completejourney.journey import Journey
from tillpoint.completejourney.report import DataReport, survey
from tillpoint.completejourney.treatment import Treatment, is_goods

DOCS = Path(__file__).parents[3] / "docs" / "data.md"


@pytest.fixture(scope="module")
def report(journey: Journey) -> DataReport:
    return survey(journey)


@pytest.fixture(scope="module")
def page() -> str:
    return DOCS.read_text("utf-8")


def dollars(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02d}"


def test_the_sums_are_those_of_the_data(report: DataReport) -> None:
    assert report.sums == {
        "sales_cents": 459_603_958,
        "retail_disc_cents": 79_165_064,
        "coupon_disc_cents": 2_635_990,
        "coupon_match_cents": 454_265,
    }


def test_every_line_has_exactly_one_treatment(report: DataReport) -> None:
    assert report.lines == 1_469_307
    assert sum(share.lines for share in report.treated.values()) == report.lines
    assert sum(share.sales_cents for share in report.treated.values()) == report.sums["sales_cents"]
    assert set(report.treated) == {kind.value for kind in Treatment}


def test_the_traps_are_found(report: DataReport) -> None:
    assert report.found == {
        "zero_quantity": 8_869,
        "zero_quantity_with_value": 29,
        "no_master": 4_836,
        "fuel": 14_697,
        "fuel_in_thousandths": 13_509,
        "uneven_price": 15_884,
        "uneven_price_fuel": 13_520,
        "returns": 0,
    }


def test_the_page_states_what_is_there(report: DataReport, journey: Journey, page: str) -> None:
    counts = {
        "lines": report.lines,
        "baskets": report.baskets,
        "households": report.households,
        "households with demographics": len(journey.demographics),
        "stores": report.stores,
        "products": report.products,
    }
    for name, count in counts.items():
        assert f"| {name} | {count:,} |" in page
    for name, cents in zip(
        ("sales", "card discounts (`retail_disc`)", "coupon discounts (`coupon_disc`)"),
        report.sums.values(),
        strict=False,
    ):
        assert f"| {name} | {dollars(cents)} |" in page


@pytest.mark.parametrize(
    ("treatment", "name"),
    [
        (Treatment.NO_MASTER, "no master data"),
        (Treatment.FUEL, "fuel"),
        (Treatment.NOT_GOODS, "not goods"),
        (Treatment.ZERO_QUANTITY, "quantity 0"),
        (Treatment.TOO_MANY, "too many"),
        (Treatment.SOLD, "sold"),
    ],
)
def test_the_page_states_each_treatment(report: DataReport, page: str, treatment: Treatment, name: str) -> None:
    share = report.treated[treatment]
    assert f"| {name} | {share.lines:,} | {dollars(share.sales_cents)} |" in page


def test_the_page_states_each_trap(report: DataReport, page: str) -> None:
    found = report.found
    assert f"| quantity 0 | {found['zero_quantity']:,} |" in page
    assert f"; {found['zero_quantity_with_value']} carry a value" in page
    assert f"| fuel | {found['fuel']:,} | {found['fuel_in_thousandths']:,} count thousandths" in page
    assert f"| no product master data | {found['no_master']:,} |" in page
    assert f"| unit price doesn't divide to the cent | {found['uneven_price']:,} |" in page
    assert f"({found['uneven_price_fuel']:,} more are fuel.)" in page
    assert f"| returns | {found['returns']} |" in page


def test_the_page_states_what_is_imported(
    journey: Journey, catalogue: Catalogue, of_store: Catalogue, page: str
) -> None:
    goods = int(is_goods(journey.products).sum())
    assert len(catalogue.docs) == goods
    assert f"{goods:,} products are goods" in page
    assert f"({len(of_store.docs):,} for store 292)" in page
    own = catalogue.priced_by["own_lines"]
    assert f"{own:,} products have a price of their own; {goods - own:,} that" in page
    assert f"({len(catalogue.items)}; {len(of_store.items)} at store 292)" in page


def test_the_hours_are_those_of_a_shop(journey: Journey) -> None:
    hours = journey.lines["at"].dt.hour.value_counts()
    assert int(hours.idxmax()) == 17
    assert int(hours.idxmin()) == 4
