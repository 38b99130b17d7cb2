"""Line offers as plain documents and back, checked; and the parts that deals share with them."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Any

from shared_models.domain.audience_document import plain_audience, read_audience
from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.money import MAX_AMOUNT_MINOR
from shared_models.domain.offer import ANY_TIME, AmountOff, Benefit, FixedPrice, Goods, Offer, PercentOff, Window
from shared_models.domain.text import N_
from shared_models.domain.validity_document import plain_validity, read_validity

_HUNDRED = Decimal(100)
_MIDNIGHT = time(0)


def read_offer(fields: Fields) -> Offer:
    valid_from, valid_to = read_validity(fields)
    offer = Offer(
        id=fields.text("id"),
        names=fields.child("names").texts(),
        benefit=read_benefit(fields.child("benefit")),
        goods=read_goods(fields.child("goods")),
        valid_from=valid_from,
        valid_to=valid_to,
        window=read_window(fields.child("window", optional=True)),
        priority=fields.integer("priority", -1_000_000, 1_000_000, default=0),
        audience=read_audience(fields),
    )
    return fields.finish(offer)


def read_benefit(fields: Fields) -> Benefit:
    benefit: Benefit
    match fields.choice("kind", ("percent_off", "amount_off", "fixed_price")):
        case "percent_off":
            benefit = PercentOff(fields.decimal("percent", Decimal(0), _HUNDRED))
            if not benefit.percent:
                raise BadProgramme(field=fields.at("percent"), problem=N_("an offer of nothing; use more than 0"))
        case "amount_off":
            benefit = AmountOff(fields.integer("amount_minor", 1, MAX_AMOUNT_MINOR))
        case _:
            benefit = FixedPrice(fields.integer("price_minor", 0, MAX_AMOUNT_MINOR))
    return fields.finish(benefit)


def read_goods(fields: Fields) -> Goods:
    goods = Goods(
        products=fields.names("products"),
        categories=fields.names("categories"),
        brands=fields.names("brands"),
        everything=fields.flag("everything", default=False),
        suppliers=fields.names("suppliers"),
        tags=fields.names("tags"),
        but=_but(fields.child_or_none("but")),
    )
    if not (goods.everything or goods.products or goods.categories or goods.brands or goods.suppliers or goods.tags):
        problem = N_("name products, categories, brands, suppliers or tags, or set everything")
        raise BadProgramme(field=fields.path, problem=problem)
    return fields.finish(goods)


def _but(fields: Fields | None) -> Goods | None:
    if fields is None:
        return None
    but = read_goods(fields)
    if but.but is not None or but.everything:
        raise BadProgramme(field=fields.path, problem=N_("name what is left out; it can't leave out everything"))
    return but


def read_window(fields: Fields) -> Window:
    """``ANY_TIME`` itself where nothing is set."""
    window = Window(
        weekdays=fields.integers("weekdays", 1, 7),
        start=fields.clock("start", _MIDNIGHT),
        end=fields.clock("end", _MIDNIGHT),
        month_days=fields.integers("month_days", 1, 31),
    )
    return fields.finish(ANY_TIME if window == ANY_TIME else window)


def plain_offer(offer: Offer) -> dict[str, Any]:
    return {
        "id": offer.id,
        "names": dict(offer.names),
        "benefit": plain_benefit(offer.benefit),
        "goods": plain_goods(offer.goods),
        **plain_validity(offer.valid_from, offer.valid_to),
        "window": plain_window(offer.window),
        "priority": offer.priority,
        **plain_audience(offer.audience),
    }


def plain_benefit(benefit: Benefit) -> dict[str, Any]:
    match benefit:
        case PercentOff(percent):
            return {"kind": "percent_off", "percent": plain_decimal(percent)}
        case AmountOff(amount_minor):
            return {"kind": "amount_off", "amount_minor": amount_minor}
        case FixedPrice(price_minor):
            return {"kind": "fixed_price", "price_minor": price_minor}


def plain_goods(goods: Goods) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "products": list(goods.products),
        "categories": list(goods.categories),
        "brands": list(goods.brands),
        "everything": goods.everything,
    }
    if goods.suppliers:
        plain["suppliers"] = list(goods.suppliers)
    if goods.tags:
        plain["tags"] = list(goods.tags)
    if goods.but is not None:
        plain["but"] = plain_goods(goods.but)
    return plain


def plain_window(window: Window) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "weekdays": list(window.weekdays),
        "start": plain_clock(window.start),
        "end": plain_clock(window.end),
    }
    if window.month_days:
        plain["month_days"] = list(window.month_days)
    return plain


def plain_decimal(value: Decimal) -> str:
    return format(value.normalize() + 0, "f")


def plain_clock(value: time) -> str:
    return value.strftime("%H:%M")
