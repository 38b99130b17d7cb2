"""How many points a member may redeem at this till right now.

No server is asked yet, not even online: the offline floor bounds what one till lets a member redeem before the server
has counted it, whatever the network does.
"""

from __future__ import annotations

from typing import Final

from pos_client.app.counter import Counter
from pos_client.app.refusals import (
    RedeemingRetired,
    RedeemingRevoked,
    RedeemingStale,
    RedeemingStopped,
    RedeemingUnknown,
    RedeemingUnread,
)
from pos_client.app.views import Notice, RedeemView
from pos_client.store.outbox import Standing
from pos_client.store.shop import KnownMember
from shared_models.domain.earn_rules import RedeemRule
from shared_models.domain.points import LIMIT_TEXTS, Limit, RedeemLimit, RedeemRefused, balance, floor_left, redeemable
from shared_models.domain.text import N_

_DAY_MS: Final = 24 * 3_600 * 1_000
_STOPPED: Final = {
    Standing.RETIRED: RedeemingRetired, Standing.REVOKED: RedeemingRevoked, Standing.UNKNOWN: RedeemingUnknown,
}  # fmt: skip
_FLOOR: Final = N_("Points: up to {limit} per member until the server has counted them.")


def refusal(counter: Counter) -> RedeemRefused | None:
    """Why this till redeems nothing at all, or ``None``."""
    outbox = counter.books.outbox
    standing = outbox.standing()
    if standing is not Standing.GOOD:
        return _STOPPED.get(standing, RedeemingStopped)()
    if outbox.unread():
        return RedeemingUnread()
    return RedeemingStale(days=counter.machine.redeem_days) if is_stale(counter) else None


def floor_notice(floor_points: int) -> Notice:
    """What bounds redeeming at one till, online or not."""
    return Notice("limit_offline", _FLOOR, {"limit": str(floor_points)})


def is_stale(counter: Counter) -> bool:
    """Too long without the server: a stolen till redeems nothing and shows no names."""
    silence_ms = counter.books.outbox.silence_ms(counter.machine.clock.now_ms())
    return silence_ms is None or silence_ms > counter.machine.redeem_days * _DAY_MS


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
        floor_left(counter.programme, member.own_debits),
        sum(1 for each in member.own if each.redeemed_points and each.on >= begins),
    )


def view(counter: Counter, member: KnownMember) -> RedeemView:
    programme = counter.programme
    refused = refusal(counter)
    found = limit(counter, member)
    if refused is not None:
        why: Notice | None = Notice.of(refused)
    elif found.why is Limit.NONE:
        why = None
    elif found.why is Limit.OFFLINE:
        why = floor_notice(programme.floor_points)
    else:
        why = Notice(f"limit_{found.why}", LIMIT_TEXTS[found.why])
    return RedeemView(
        max_points=0 if refused else found.max_points,
        step=programme.redeem.step_points,
        balance=balance(member.account, counter.business_date()),
        offline_left=floor_left(programme, member.own_debits),
        why=why,
    )
