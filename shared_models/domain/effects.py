"""What a fact does to a member: the one fold that till and server share."""

from __future__ import annotations

from dataclasses import dataclass

from shared_models.domain import points, tier
from shared_models.domain.member import Account, Effect, Lot, Standing
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
    return MemberView(points.apply(view.account, effect), tier.apply(view.standing, effect, programme))
