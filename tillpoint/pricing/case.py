"""A basket, its goods, a buyer and a programme in one document: ``docs/programme/README.md`` says what stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from shared_models.domain.audience import CHANNELS, TILL, PricingMember, Visit
from shared_models.domain.basket import Basket
from shared_models.domain.catalogue import EACH, KILOGRAM, Product
from shared_models.domain.coupon import Coupon, CouponState
from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.earning import EarnedBefore
from shared_models.domain.limits import NO_LIMITS, Allowance, Limits, Usage, Used, allowance
from shared_models.domain.money import MAX_AMOUNT_MINOR
from shared_models.domain.programme import Programme, default_programme, from_plain, to_plain
from shared_models.domain.quantity import parse_quantity
from tillpoint.errors import CommandError
from tillpoint.pricing.acts import PaidWith, Return, read_paid, read_return

_MEMBER = uuid5(NAMESPACE_OID, "the member of the case")
_SALE = uuid5(NAMESPACE_OID, "the sale of the case")


@dataclass(frozen=True, slots=True)
class Case:
    """``name``, ``source`` and ``arithmetic`` are for people. ``expect`` is a part of the result that must come out.

    ``points`` is the member's balance, ``earned_before`` what the caps count. ``pay`` pays in this order, what is left
    is paid in cash; ``pays`` is false where the case ends with the price.
    """

    name: str
    source: str
    arithmetic: str
    programme: Programme
    basket: Basket
    member: PricingMember | None
    at: datetime
    visit: Visit
    points: int
    earned_before: EarnedBefore
    pays: bool
    pay: tuple[PaidWith, ...]
    returns: tuple[Return, ...]
    expect: Mapping[str, Any]


def read_case(plain: object, at: datetime | None = None) -> Case:
    """``at`` goes before the file's own. Raise ``CommandError``, or ``DomainError`` for goods no till could sell."""
    fields = Fields(plain, "", strict=True)
    try:
        return fields.finish(_case(fields, plain, at))
    except BadProgramme as error:
        raise CommandError(f"This can't be priced. {error.values['field']}: {error.values['problem']}.") from error


def _case(fields: Fields, plain: object, at: datetime | None) -> Case:
    assert isinstance(plain, dict)
    programme = read_programme(fields, plain)
    written = fields.text_or_empty("at")
    when = at or _time(written)
    member = fields.child_or_none("member")
    points = member.integer("points", 0, 10**12, default=0) if member else 0
    earned_before = EarnedBefore(
        member.integer("earned_today", 0, 10**12, default=0) if member else 0,
        member.integer("earned_this_month", 0, 10**12, default=0) if member else 0,
    )
    buyer = member.finish(_member(member, programme)) if member else None
    visit = Visit(
        store=fields.text_or_empty("store"),
        channel=fields.choice_or("channel", CHANNELS, TILL),
        coupons=tuple(_coupon(each, place, buyer, when) for place, each in enumerate(_list(fields, "coupons"))),
        left=_left(fields, programme, buyer),
        sale_id=_SALE,
    )
    expect = plain.get("expect", {})
    fields.child("expect", optional=True)
    return Case(
        name=fields.prose("name"),
        source=fields.prose("source"),
        arithmetic=fields.prose("arithmetic"),
        programme=programme,
        basket=_basket(fields),
        member=buyer,
        at=when,
        visit=visit,
        points=points,
        earned_before=earned_before,
        pays="pay" in plain or "returns" in plain,
        pay=tuple(map(read_paid, _list(fields, "pay"))),
        returns=tuple(map(read_return, _list(fields, "returns"))),
        expect=expect,
    )


def _list(fields: Fields, name: str) -> list[Fields]:
    return fields.children(name, 1_000, optional=True)


def read_programme(fields: Fields, plain: dict[str, Any]) -> Programme:
    """The document ``programme``, or the default one with the parts that ``rules`` replaces."""
    if fields.child_or_none("programme") is not None:
        return _read_programme(plain["programme"], "programme")
    if fields.child_or_none("rules") is None:
        return default_programme()
    return _read_programme({**to_plain(default_programme()), "format": 3, **plain["rules"]}, "rules")


def _read_programme(plain: object, name: str) -> Programme:
    try:
        return from_plain(plain, strict=True)
    except BadProgramme as error:
        raise BadProgramme(field=f"{name}.{error.values['field']}", problem=error.problem, **error.extras) from error


def _basket(fields: Fields) -> Basket:
    products = {each.id: each for each in map(_product, fields.children("products", 10_000))}
    basket = Basket()
    for line in fields.children("basket", 10_000):
        product = products[line.choice("product", products)]
        label = line.integer_or_none("label_price_minor", 0, MAX_AMOUNT_MINOR)
        quantity_milli = parse_quantity(line.text_or_empty("quantity") or "1")
        basket = line.finish(basket.add(product, product.id, quantity_milli, label))
    return basket


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
            supplier=fields.text_or_empty("supplier"),
            tags=fields.names("tags"),
        )
    )


def _member(fields: Fields, programme: Programme) -> PricingMember:
    return PricingMember(
        tier=fields.choice("tier", [tier.code for tier in programme.tiers]),
        birthday=fields.text_or_empty("birthday"),
        segments=fields.names("segments"),
        first_purchase=fields.flag("first_purchase", default=False),
        id=_MEMBER,
    )


def _coupon(fields: Fields, place: int, buyer: PricingMember | None, at: datetime) -> Coupon:
    """``owner``: ``buyer`` (the default), ``other`` or ``nobody``. ``from_this_sale``: this very sale issued it. What
    is ``reserved`` or ``redeemed`` is so by another sale."""
    owner = fields.choice_or("owner", ("buyer", "other", "nobody"), "buyer")
    owners = {"buyer": buyer.id if buyer else None, "other": uuid5(NAMESPACE_OID, "somebody else"), "nobody": None}
    return fields.finish(
        Coupon(
            id=UUID(int=place + 1),
            rule=fields.text("rule"),
            valid_from=fields.day_or_none("valid_from") or at.date(),
            valid_to=fields.day_or_none("valid_to") or at.date(),
            member_id=owners[owner],
            state=CouponState(fields.choice_or("state", tuple(CouponState), CouponState.ISSUED)),
            issued_by=_SALE if fields.flag("from_this_sale", default=False) else None,
        )
    )


def _left(fields: Fields, programme: Programme, buyer: PricingMember | None) -> dict[str, Allowance]:
    """What is left of each rule with limits: ``used`` says what was used before, nothing where it doesn't name one.

    A rule that counts members has nothing for who isn't one.
    """
    used = fields.child("used", optional=True)
    left = {}
    for deal in (*programme.deals, *(rule.deal for rule in programme.coupons)):
        if deal.limits != NO_LIMITS:
            usage = used.child_or_none(deal.id)
            found = allowance(deal.limits, _usage(usage, deal.limits) if usage else Usage())
            if buyer is not None or not deal.limits.about_members:
                left[deal.id] = found
    return used.finish(left)


def _usage(fields: Fields, limits: Limits) -> Usage:
    found = []
    for name in ("member", "member_day", "day", "total"):
        part = fields.child_or_none(name)
        times = part.integer("times", 0, 2**53, default=0) if part else 0
        minor = part.integer("minor", 0, 2**53, default=0) if part else 0
        found.append(part.finish(Used(times, minor)) if part else Used())
        if part is not None and getattr(limits, name) is None:
            raise BadProgramme(field=fields.at(name), problem="the rule has no such limit")
    return fields.finish(Usage(*found))


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise CommandError("Say when: --at, or “at” in the file, like 2026-11-24T18:30:00+08:00.")
    return at
