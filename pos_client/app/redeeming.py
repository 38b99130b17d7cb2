"""How many points a member may redeem at this till right now; ``spending`` says how far the policy lets it."""

from __future__ import annotations

from pos_client.app import spending
from pos_client.app.counter import Counter
from pos_client.app.spending import is_stale, refusal
from pos_client.app.views import Notice, RedeemView
from pos_client.store.shop import KnownMember
from shared_models.domain.earn_rules import RedeemRule
from shared_models.domain.points import LIMIT_TEXTS, Limit, RedeemLimit, balance, redeemable
from shared_models.domain.spending import Spendable, Why

__all__ = ["is_stale", "limit", "refusal", "rule", "view"]


def rule(counter: Counter) -> RedeemRule:
    """The rule as it is for the member of the sale in hand."""
    return counter.programme.redeem.for_tier(counter.pricing.tier)


def limit(counter: Counter, member: KnownMember) -> RedeemLimit:
    """For the sale in hand, points that already pay for it not counted. Of the redemptions that a rule limits this
    till's own ones count, as long as the server doesn't."""
    on, terms = counter.business_date(), rule(counter)
    begins = terms.per.start(on)
    return redeemable(
        balance(member.account, on),
        counter.priced.bill_by_category(),
        terms,
        spending.points(counter, member).amount,
        sum(1 for each in member.own if each.redeemed_points and each.on >= begins),
    )


def view(counter: Counter, member: KnownMember) -> RedeemView:
    refused = refusal(counter)
    found, there = limit(counter, member), spending.points(counter, member)
    if refused is not None:
        why: Notice | None = Notice.of(refused)
    elif found.why is Limit.NONE:
        why = None
    elif found.why is Limit.OFFLINE:
        why = _bounded(counter, there)
    else:
        why = Notice(f"limit_{found.why}", LIMIT_TEXTS[found.why])
    return RedeemView(
        max_points=0 if refused else found.max_points,
        step=counter.programme.redeem.step_points,
        balance=balance(member.account, counter.business_date()),
        offline_left=there.amount,
        why=why,
    )


def _bounded(counter: Counter, there: Spendable) -> Notice:
    return spending.points_notice(counter) if there.why is Why.FLOOR else spending.why_notice(there)
