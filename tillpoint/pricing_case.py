"""A basket, its goods, a member and a programme in one document, to be priced outside a till."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from shared_models.domain import reason
from shared_models.domain.audience import PricingMember
from shared_models.domain.basket import Basket
from shared_models.domain.catalogue import EACH, KILOGRAM, Product
from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.money import MAX_AMOUNT_MINOR, digits
from shared_models.domain.pricing import PricedBasket, price
from shared_models.domain.programme import Programme, default_programme, from_plain
from shared_models.domain.quantity import parse_quantity, print_quantity
from tillpoint.errors import CommandError


@dataclass(frozen=True, slots=True)
class Case:
    programme: Programme
    basket: Basket
    member: PricingMember | None
    at: datetime


def read_case(plain: object, at: datetime | None = None) -> Case:
    """``at`` goes before the file's own. Raise ``CommandError``, or ``DomainError`` for goods no till could sell."""
    fields = Fields(plain, "", strict=True)
    try:
        return fields.finish(_case(fields, plain, at))
    except BadProgramme as error:
        raise CommandError(f"This can't be priced. {error.values['field']}: {error.values['problem']}.") from error


def _case(fields: Fields, plain: object, at: datetime | None) -> Case:
    assert isinstance(plain, dict)
    programme = default_programme()
    if fields.child_or_none("programme") is not None:
        try:
            programme = from_plain(plain["programme"], strict=True)
        except BadProgramme as error:
            field = f"programme.{error.values['field']}"
            raise BadProgramme(field=field, problem=error.problem, **error.extras) from error
    products = {each.id: each for each in map(_product, fields.children("products", 10_000))}
    basket = Basket()
    for line in fields.children("basket", 10_000):
        product = products[line.choice("product", products)]
        label = line.integer_or_none("label_price_minor", 0, MAX_AMOUNT_MINOR)
        quantity_milli = parse_quantity(line.text_or_empty("quantity") or "1")
        basket = line.finish(basket.add(product, product.id, quantity_milli, label))
    member = fields.child_or_none("member")
    written = fields.text_or_empty("at")
    return Case(
        programme,
        basket,
        member.finish(PricingMember(member.choice("tier", [tier.code for tier in programme.tiers])))
        if member
        else None,
        at or _time(written),
    )


def _product(fields: Fields) -> Product:
    code = fields.text("id")
    return fields.finish(
        Product(
            id=code,
            codes=(),
            names={"en": fields.text_or_empty("name") or code},
            price_minor=fields.integer("price_minor", 0, MAX_AMOUNT_MINOR),
            unit=(fields.text_or_empty("unit") and fields.choice("unit", (EACH, KILOGRAM, "l"))) or EACH,
            tax_code=fields.text_or_empty("tax_code") or "standard",
            category=fields.text_or_empty("category"),
            brand=fields.text_or_empty("brand"),
            member_price=fields.flag("member_price", default=True),
        )
    )


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise CommandError("Say when: --at, or “at” in the file, like 2026-11-24T18:30:00+08:00.")
    return at


def price_case(case: Case) -> PricedBasket:
    return price(case.basket, case.programme, case.member, case.at)


def priced_plain(priced: PricedBasket) -> dict[str, Any]:
    """The result as JSON can say it; rates are text."""
    return {
        "lines": [
            {
                "product": line.product.id,
                "quantity_milli": line.quantity_milli,
                "gross_minor": line.gross_minor,
                "adjustments": [asdict(each) for each in line.adjustments],
                "net_minor": line.net_minor,
                "tax_code": line.tax_code,
                "tax_minor": line.tax_minor,
            }
            for line in priced.lines
        ],
        "taxes": [{**asdict(tax), "rate": str(tax.rate)} for tax in priced.taxes],
        "total_minor": priced.total_minor,
        "saved_minor": priced.saved_minor,
        "points_base_minor": priced.points_base_minor,
        "optimal": priced.optimal,
        "near_misses": [asdict(miss) for miss in priced.near_misses],
    }


def explained(case: Case, priced: PricedBasket) -> Iterator[str]:
    """One line per price and per reason."""
    currency = case.programme.money

    def money(minor: int) -> str:
        return f"{currency.symbol}{digits(minor, currency.exponent)}"

    for line in priced.lines:
        yield f"{print_quantity(line.quantity_milli)} {line.product.name_in('en')}: {money(line.gross_minor)}"
        for each in line.adjustments:
            why = reason.sentence(each, str, money)
            yield f"    {why} ({each.rule}, on {print_quantity(each.quantity_milli)}): {money(each.amount_minor)}"
        if line.adjustments:
            yield f"    leaves {money(line.net_minor)}"
    for tax in priced.taxes:
        yield f"Tax {tax.code} on {money(tax.base_minor)}: {money(tax.tax_minor)}"
    yield f"To pay {money(priced.total_minor)}, saved {money(priced.saved_minor)}."
    if not priced.optimal:
        yield "The search was cut short: a lower price may be allowed."
    for miss in priced.near_misses:
        yield f"Just missed ({miss.rule}): {reason.near_miss(miss, str, money)}"
