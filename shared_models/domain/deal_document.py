"""Deals as plain documents and back, checked."""

from __future__ import annotations

from typing import Any

from shared_models.domain.audience_document import plain_audience, read_audience
from shared_models.domain.deal import (
    MAX_PARTS,
    MAX_PIECES,
    MAX_STEPS,
    MAX_TIMES,
    Bundle,
    Deal,
    Each,
    Get,
    Gift,
    Part,
    Spend,
    Step,
    Terms,
)
from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.limits import NO_LIMITS
from shared_models.domain.limits_document import plain_limits, read_limits
from shared_models.domain.money import MAX_AMOUNT_MINOR
from shared_models.domain.offer import AmountOff, Benefit, FixedPrice, PercentOff
from shared_models.domain.offer_document import (
    plain_benefit,
    plain_goods,
    plain_window,
    read_benefit,
    read_goods,
    read_window,
)
from shared_models.domain.text import N_
from shared_models.domain.validity_document import plain_validity, read_validity


def read_deal(fields: Fields) -> Deal:
    return fields.finish(read_deal_fields(fields))


def read_deal_fields(fields: Fields) -> Deal:
    """The deal among the fields of something more, which are the caller's to finish."""
    valid_from, valid_to = read_validity(fields)
    return Deal(
        id=fields.text("id"),
        names=fields.child("names").texts(),
        terms=_terms(fields.child("terms")),
        valid_from=valid_from,
        valid_to=valid_to,
        window=read_window(fields.child("window", optional=True)),
        priority=fields.integer("priority", -1_000_000, 1_000_000, default=0),
        group=fields.text_or_empty("group"),
        most_times=fields.integer_or_none("most_times", 1, MAX_TIMES),
        most_minor=fields.integer_or_none("most_minor", 1, MAX_AMOUNT_MINOR),
        excludes=fields.names("excludes"),
        full_price_only=fields.flag("full_price_only", default=False),
        audience=read_audience(fields),
        limits=read_limits(fields.child("limits", optional=True)),
    )


def plain_deal(deal: Deal) -> dict[str, Any]:
    return {
        "id": deal.id,
        "names": dict(deal.names),
        "terms": _plain_terms(deal.terms),
        **plain_validity(deal.valid_from, deal.valid_to),
        "window": plain_window(deal.window),
        "priority": deal.priority,
        "group": deal.group,
        "most_times": deal.most_times,
        "most_minor": deal.most_minor,
        "excludes": list(deal.excludes),
        "full_price_only": deal.full_price_only,
        "tiers": list(deal.audience.tiers),
        **plain_audience(deal.audience),
        **({"limits": plain_limits(deal.limits)} if deal.limits != NO_LIMITS else {}),
    }


def _terms(fields: Fields) -> Terms:
    match fields.choice("kind", ("spend", "get", "bundle", "each", "gift")):
        case "spend":
            return fields.finish(_spend(fields))
        case "get":
            return fields.finish(_get(fields))
        case "each":
            return fields.finish(Each(read_goods(fields.child("goods")), read_benefit(fields.child("benefit"))))
        case "gift":
            return fields.finish(_gift(fields))
        case _:
            parts = tuple(_part(each) for each in fields.children("parts", MAX_PARTS))
            if not parts:
                raise BadProgramme(field=fields.at("parts"), problem=N_("name at least one part"))
            if sum(part.count for part in parts) > MAX_PIECES:
                raise BadProgramme(
                    field=fields.at("parts"), problem=N_("it has more than {high} pieces; use fewer"), high=MAX_PIECES
                )
            return fields.finish(Bundle(parts, fields.integer("price_minor", 0, MAX_AMOUNT_MINOR)))


def _part(fields: Fields) -> Part:
    return fields.finish(Part(read_goods(fields.child("goods")), fields.integer("count", 1, MAX_PIECES)))


def _spend(fields: Fields) -> Spend:
    every = fields.flag("every", default=False)
    spend = Spend(
        goods=read_goods(fields.child("goods")),
        steps=tuple(_step(each, every) for each in fields.children("steps", MAX_STEPS)),
        by_quantity=fields.flag("by_quantity", default=False),
        every=every,
    )
    if not spend.steps or (every and len(spend.steps) > 1):
        problem = N_("it needs one step") if every else N_("it needs at least one step")
        raise BadProgramme(field=fields.at("steps"), problem=problem)
    for place in range(1, len(spend.steps)):
        if spend.steps[place].threshold <= spend.steps[place - 1].threshold:
            field = f"{fields.at('steps')}[{place}].threshold"
            raise BadProgramme(field=field, problem=N_("it must be above the step before"))
    return spend


def _step(fields: Fields, every: bool) -> Step:
    benefit = _reduction(fields.child("benefit"))
    step = Step(fields.integer("threshold", 1 if every else 0, MAX_AMOUNT_MINOR), benefit)
    if every and not isinstance(benefit, AmountOff):
        raise BadProgramme(field=fields.at("benefit"), problem=N_("for each full threshold, use an amount"))
    return fields.finish(step)


def _reduction(fields: Fields) -> PercentOff | AmountOff:
    benefit: Benefit = read_benefit(fields)
    if isinstance(benefit, FixedPrice):
        raise BadProgramme(field=fields.at("kind"), problem=N_("use percent_off or amount_off here"))
    return benefit


def _get(fields: Fields) -> Get:
    rewards = fields.child_or_none("rewards")
    get = Get(
        goods=read_goods(fields.child("goods")),
        buy=fields.integer("buy", 1, MAX_PIECES - 1),
        get=fields.integer("get", 1, MAX_PIECES - 1),
        benefit=read_benefit(fields.child("benefit")),
        same=fields.flag("same", default=False),
        rewards=read_goods(rewards) if rewards else None,
    )
    if get.buy + get.get > MAX_PIECES:
        raise BadProgramme(
            field=fields.at("get"), problem=N_("it has more than {high} pieces; use fewer"), high=MAX_PIECES
        )
    if get.same and get.rewards is not None:
        raise BadProgramme(field=fields.at("same"), problem=N_("use either same or rewards"))
    return get


def _gift(fields: Fields) -> Gift:
    gift = Gift(
        goods=read_goods(fields.child("goods")),
        threshold=fields.integer("threshold", 1, MAX_AMOUNT_MINOR),
        rewards=read_goods(fields.child("rewards")),
        count=fields.integer("count", 1, MAX_PIECES, default=1),
        benefit=read_benefit(fields.child("benefit")),
        by_quantity=fields.flag("by_quantity", default=False),
        every=fields.flag("every", default=False),
    )
    if gift.goods == gift.rewards or (gift.rewards.everything and gift.rewards.but is None):
        problem = N_("rewards don't count towards the threshold; leave other goods to count")
        raise BadProgramme(field=fields.at("rewards"), problem=problem)
    return gift


def _plain_terms(terms: Terms) -> dict[str, Any]:
    match terms:
        case Spend(goods, steps, by_quantity, every):
            plain = [{"threshold": step.threshold, "benefit": plain_benefit(step.benefit)} for step in steps]
            return {
                "kind": "spend",
                "goods": plain_goods(goods),
                "steps": plain,
                "by_quantity": by_quantity,
                "every": every,
            }
        case Get() as get:
            return {
                "kind": "get",
                "goods": plain_goods(get.goods),
                "buy": get.buy,
                "get": get.get,
                "benefit": plain_benefit(get.benefit),
                "same": get.same,
                "rewards": plain_goods(get.rewards) if get.rewards else None,
            }
        case Bundle(parts, price_minor):
            plain = [{"goods": plain_goods(part.goods), "count": part.count} for part in parts]
            return {"kind": "bundle", "parts": plain, "price_minor": price_minor}
        case Each(goods, benefit):
            return {"kind": "each", "goods": plain_goods(goods), "benefit": plain_benefit(benefit)}
        case Gift() as gift:
            return {
                "kind": "gift",
                "goods": plain_goods(gift.goods),
                "threshold": gift.threshold,
                "by_quantity": gift.by_quantity,
                "every": gift.every,
                "rewards": plain_goods(gift.rewards),
                "count": gift.count,
                "benefit": plain_benefit(gift.benefit),
            }


__all__ = ["plain_deal", "read_deal", "read_deal_fields"]
