"""Points that die when a member stays away, by the fold that tills and server share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from shared_models.domain import effects
from shared_models.domain.earn_rules import Expiry, Lasting
from shared_models.domain.effects import MemberView
from shared_models.domain.member import Effect, Lot
from shared_models.domain.points import balance
from shared_models.domain.programme import EarnRule
from tests.domain.shop import MEMBER, PROGRAMME

RULES = replace(PROGRAMME, earn=EarnRule(expiry=Expiry(Lasting.INACTIVITY, 90)))


def bought(view: MemberView, on: date, number: int, redeemed: int = 0) -> MemberView:
    lot = Lot(UUID(int=number), 100, date.max)
    return effects.apply(view, Effect(MEMBER, on, lot, redeemed, growth=100, spend_minor=100_00, visits=1), RULES)


def test_they_last_so_long_after_the_month_of_the_last_purchase() -> None:
    """Bought on 10 March: 90 days after 31 March is 29 June."""
    view = bought(effects.new_member(RULES), date(2026, 3, 10), 1)
    shown = effects.shown_account(view, RULES)
    assert [lot.expires_on for lot in shown.lots] == [date(2026, 6, 29)]
    assert (balance(shown, date(2026, 6, 29)), balance(shown, date(2026, 6, 30))) == (100, 0)


def test_a_purchase_in_time_keeps_all_of_them() -> None:
    view = bought(bought(effects.new_member(RULES), date(2026, 3, 10), 1), date(2026, 6, 29), 2)
    assert balance(effects.shown_account(view, RULES), date(2026, 9, 28)) == 200


def test_a_purchase_too_late_brings_nothing_back() -> None:
    view = bought(bought(effects.new_member(RULES), date(2026, 3, 10), 1), date(2026, 6, 30), 2, redeemed=50)
    shown = effects.shown_account(view, RULES)
    assert balance(shown, date(2026, 6, 30)) == 50  # the dead hundred can't pay, the new one pays what is owed
    assert {lot.id.int: lot.expires_on for lot in shown.lots} == {1: date(2026, 6, 29), 2: date(2026, 9, 28)}


def test_a_visit_taken_back_keeps_nothing_alive() -> None:
    view = bought(bought(effects.new_member(RULES), date(2026, 3, 10), 1), date(2026, 6, 10), 2)
    undo = Effect(MEMBER, date(2026, 6, 11), growth=-100, spend_minor=-100_00, visits=-1, taken_back=100,
                  bought_on=date(2026, 6, 10))  # fmt: skip
    shown = effects.shown_account(effects.apply(view, undo, RULES), RULES)
    assert balance(shown, date(2026, 6, 30)) == 0


def test_other_policies_look_at_their_lots_only() -> None:
    view = effects.apply(
        effects.new_member(PROGRAMME),
        Effect(MEMBER, date(2026, 3, 10), Lot(UUID(int=1), 100, date(2027, 12, 31)), visits=1),
        PROGRAMME,
    )
    assert effects.shown_account(view, PROGRAMME) == view.account
