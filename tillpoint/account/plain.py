"""A member's account as JSON can say it, and as a person reads it."""

from __future__ import annotations

from datetime import date
from typing import Any

from shared_models.domain.effects import shown_account
from shared_models.domain.points import pending
from shared_models.domain.stored_value_ledger import stored_value
from shared_models.domain.tier_outlook import evaluate, progress
from tillpoint.account.events import Act, Event, Granted, Purchase, Referral, Stored, WholeReturn
from tillpoint.account.replay import Account


def plain_account(account: Account, on: date) -> dict[str, Any]:
    """What there is on ``on``. ``to_next`` are the ways to the next tier, each the conditions of one gate."""
    programme, standing = account.programme, account.view.standing
    points = shown_account(account.view, programme)
    now, following = evaluate(standing, programme, on), progress(standing, programme, on)
    held = stored_value(account.entries)
    return {
        "on": on.isoformat(),
        "points": account.balance(on),
        "pending": pending(points, on),
        "debt": points.debt,
        "lots": [
            {
                "points": lot.points,
                "expires_on": lot.expires_on.isoformat(),
                "available_on": lot.available_on.isoformat() if lot.available_on else None,
            }
            for lot in points.lots
        ],
        "growth": standing.growth,
        "tier": now.tier,
        "tier_why": now.why.value,
        "tier_ends_on": now.ends_on.isoformat() if now.ends_on else None,
        "next_tier": following.tier.code if following else None,
        "to_next": [
            [
                {"figure": need.condition.figure.value, "at_least": need.condition.at_least, "has": need.has}
                for need in way
            ]
            for way in (following.ways if following else ())
        ],
        "changes": [
            {"on": each.on.isoformat(), "before": each.before, "after": each.after, "why": each.why.value}
            for each in account.changes
        ],
        "principal_minor": held.principal_minor,
        "bonus_minor": held.bonus_minor(on),
    }


def line_of(event: Event, account: Account) -> str:
    """What happened, and where the account stands then."""
    standing, programme = account.view.standing, account.programme
    code = evaluate(standing, programme, event.on).tier
    held = stored_value(account.entries)
    stored = ""
    if account.entries:
        money = account.programme.money.text
        stored = f", stored value {money(held.principal_minor)} + {money(held.bonus_minor(event.on))} bonus"
    return (
        f"{event.on} {_told(event, account)}: {account.balance(event.on)} points, growth {standing.growth}, "
        f"{code}{stored}"
    )


def _told(event: Event, account: Account) -> str:
    money = account.programme.money.text
    match event:
        case Purchase(minor=minor, points=points):
            return f"buys for {money(minor)}" + (f", {points} points pay" if points else "")
        case WholeReturn(of=of):
            return f"returns event {of}"
        case Act(act=act):
            return act.replace("_", " ")
        case Referral():
            return "refers somebody"
        case Granted(tier=tier, until=until, by=by):
            return f"is given {tier} through {until} by {by}"
        case Stored(what=what, minor=minor):
            return f"stored value: {what.replace('_', ' ')} {money(minor)}"
