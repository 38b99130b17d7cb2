"""Services, reserved goods and rewards as plain documents and back, checked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from shared_models.domain.audience import EVERYBODY
from shared_models.domain.audience_document import plain_audience, read_audience
from shared_models.domain.benefits import Reserved, Service
from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.limits import NO_LIMITS
from shared_models.domain.limits_document import plain_limits, read_limits
from shared_models.domain.money import MAX_AMOUNT_MINOR
from shared_models.domain.offer import Window
from shared_models.domain.offer_document import plain_goods, plain_window, read_goods, read_window
from shared_models.domain.rewards import Reward, RewardKind
from shared_models.domain.text import N_
from shared_models.domain.validity_document import plain_validity, read_validity

_MAX_POINTS = 1_000_000_000


def read_service(fields: Fields) -> Service:
    valid_from, valid_to = read_validity(fields)
    return fields.finish(
        Service(
            id=fields.text("id"),
            names=fields.child("names").texts(),
            valid_from=valid_from,
            valid_to=valid_to,
            audience=read_audience(fields),
            from_minor=fields.integer("from_minor", 0, MAX_AMOUNT_MINOR, default=0),
            per_month=fields.integer_or_none("per_month", 1, 1_000),
        )
    )


def plain_service(service: Service) -> dict[str, Any]:
    return {
        "id": service.id,
        "names": dict(service.names),
        **plain_validity(service.valid_from, service.valid_to),
        **plain_audience(service.audience),
        "from_minor": service.from_minor,
        "per_month": service.per_month,
    }


def read_reserved(fields: Fields) -> Reserved:
    valid_from, valid_to = read_validity(fields)
    rule = Reserved(
        id=fields.text("id"),
        names=fields.child("names").texts(),
        goods=read_goods(fields.child("goods")),
        audience=read_audience(fields),
        valid_from=valid_from,
        valid_to=valid_to,
        window=read_window(fields.child("window", optional=True)),
    )
    if rule.audience == EVERYBODY:
        problem = N_("say for whom the goods are reserved, such as tiers or members_only")
        raise BadProgramme(field=fields.path, problem=problem)
    return fields.finish(rule)


def plain_reserved(rule: Reserved) -> dict[str, Any]:
    plain = {
        "id": rule.id,
        "names": dict(rule.names),
        "goods": plain_goods(rule.goods),
        **plain_validity(rule.valid_from, rule.valid_to),
        **plain_audience(rule.audience),
    }
    if rule.window != Window():
        plain["window"] = plain_window(rule.window)
    return plain


def read_reward(fields: Fields) -> Reward:
    valid_from, valid_to = read_validity(fields)
    return fields.finish(
        Reward(
            id=fields.text("id"),
            names=fields.child("names").texts(),
            kind=RewardKind(fields.choice("kind", tuple(RewardKind))),
            what=fields.text("what"),
            points=fields.integer("points", 1, _MAX_POINTS),
            valid_from=valid_from,
            valid_to=valid_to,
            audience=read_audience(fields),
            limits=read_limits(fields.child("limits", optional=True)),
        )
    )


def plain_reward(reward: Reward) -> dict[str, Any]:
    plain = {
        "id": reward.id,
        "names": dict(reward.names),
        "kind": reward.kind.value,
        "what": reward.what,
        "points": reward.points,
        **plain_validity(reward.valid_from, reward.valid_to),
        **plain_audience(reward.audience),
    }
    if reward.limits != NO_LIMITS:
        plain["limits"] = plain_limits(reward.limits)
    return plain


def check_rewards(
    rewards: Sequence[Reward], coupons: Collection[str], services: Collection[str], tiers: Collection[str]
) -> None:
    """What no reward alone can show: that what it names is there."""
    known = {RewardKind.COUPON: coupons, RewardKind.SERVICE: services, RewardKind.TIER: tiers}
    for place, reward in enumerate(rewards):
        if reward.kind in known and reward.what not in known[reward.kind]:
            problem = N_("there is nothing of this name in the programme; mend the name or add it")
            raise BadProgramme(field=f"rewards[{place}].what", problem=problem)
