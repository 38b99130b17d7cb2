from __future__ import annotations

from dataclasses import replace
from datetime import date

from shared_models.domain import effects
from shared_models.domain.effects import new_member
from shared_models.domain.member import Account, Lot, Standing
from tests.domain.shop import PROGRAMME, TODAY, basket, product, sell


def test_a_sale_is_one_visit_and_its_points_wait_as_they_must() -> None:
    sale = sell(basket(product()), tier="basic").sale
    assert sale.member is not None
    assert sale.member.earned is not None
    earned = replace(sale.member.earned, available_on=date(2026, 12, 8))
    effect = effects.effect_of(replace(sale, member=replace(sale.member, earned=earned)))
    assert effect is not None
    assert (effect.visits, effect.on, effect.bought_on) == (1, TODAY, None)
    assert effect.earned == Lot(earned.lot_id, earned.points, earned.expires_on, date(2026, 12, 8))


def test_training_does_nothing_to_a_member() -> None:
    assert effects.effect_of(sell(basket(product()), tier="basic", training=True).sale) is None


def test_points_and_standing_are_folded_together() -> None:
    effect = effects.effect_of(sell(basket(product()), tier="basic").sale)
    assert effect is not None
    after = effects.apply(new_member(PROGRAMME), effect, PROGRAMME)
    assert effect.earned is not None
    assert after.account == Account((effect.earned,))
    assert (after.standing.growth, after.standing.months[0].visits) == (effect.growth, 1)
    assert new_member(PROGRAMME).standing == Standing("basic")
