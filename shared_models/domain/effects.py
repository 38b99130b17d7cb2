"""What a fact does to a member: the one fold that till and server share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from shared_models.domain import expiry, points, tier
from shared_models.domain.member import Account, Effect, Lot, Standing
from shared_models.domain.months import first_day
from shared_models.domain.programme_rules import Programme
from shared_models.domain.sale import PaymentState, SaleConfirmed, TenderKind


@dataclass(frozen=True, slots=True)
class MemberView:
    """What is known of a member's points and standing: a row, with effects it doesn't count folded in."""

    account: Account
    standing: Standing


def new_member(programme: Programme) -> MemberView:
    """The view of someone who has just registered."""
    return MemberView(Account(), tier.first(programme))


def effect_of(sale: SaleConfirmed) -> Effect | None:
    """The effect of a sale on its member; ``None`` without a member or in training."""
    if sale.member is None or sale.training:
        return None
    earned = sale.member.earned
    return Effect(
        member_id=sale.member.id,
        on=sale.business_date,
        earned=Lot(earned.lot_id, earned.points, earned.expires_on, earned.available_on) if earned else None,
        redeemed_points=sale.member.redeemed_points,
        growth=sale.member.growth,
        spend_minor=spend(sale),
        visits=1,
    )


def spend(sale: SaleConfirmed) -> int:
    """What was really paid, in minor units: captured payments other than points."""
    return sum(
        payment.amount_minor
        for payment in sale.payments
        if payment.state is PaymentState.CAPTURED and payment.kind is not TenderKind.POINTS
    )


def apply(view: MemberView, effect: Effect, programme: Programme) -> MemberView:
    """The view after ``effect``."""
    account = points.apply(account_on(view, programme, effect.on), effect)
    return MemberView(account, tier.apply(view.standing, effect, programme))


def account_on(view: MemberView, programme: Programme, on: date) -> Account:
    """The points as an act on ``on`` finds them: what inactivity ended before stays ended."""
    return expiry.lapsed(view.account, programme.earn, last_active(view.standing), on)


def shown_account(view: MemberView, programme: Programme) -> Account:
    """The points with the days on which they are lost if the member buys nothing more: to show and to spend from."""
    return expiry.projected(view.account, programme.earn, last_active(view.standing))


def last_active(standing: Standing) -> date | None:
    """The end of the month of the last purchase that figures are kept of: from there inactivity counts."""
    newest = max((month.number for month in standing.months if month.visits > 0), default=None)
    begins = first_day(newest + 1) if newest is not None else None
    return begins - timedelta(days=1) if begins else None
