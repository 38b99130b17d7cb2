"""How much a device may let be spent now, and why not more; and the bounds that follow (SYNC-2).

The bounds say what is overspent at most: what the facts spend, once all are told, beyond what there was. What becomes a
debt by returns or by expiry is not overspent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared_models.domain.spending_rules import Mode, Policy, Resource, ResourceKind
from shared_models.domain.text import N_


class Why(StrEnum):
    """What keeps more from being spent here."""

    NONE = ""
    BALANCE = "balance"
    FLOOR = "floor"
    DAY = "day"
    NOT_LENT = "not_lent"
    LENT_ELSEWHERE = "lent_elsewhere"
    ASKING = "asking"


WHY_TEXTS = {
    Why.NONE: "",
    Why.BALANCE: N_("There is no more."),
    Why.FLOOR: N_("Only a little per member can be spent here until the server has counted it."),
    Why.DAY: N_("This store has let go all that it may today without the server."),
    Why.NOT_LENT: N_("Only what the server lent this till can be spent. Without a connection it can't lend more."),
    Why.LENT_ELSEWHERE: N_("Another till holds it. It is called back; try again in a moment."),
    Why.ASKING: N_("The server is being asked. Wait a moment."),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a device knows of one resource. ``balance`` is what it shows, own facts counted in, ``None`` where it shows
    none; ``lent_elsewhere`` the part of it that others hold; ``own_uncounted`` what it let be spent that the row
    doesn't count yet; ``leased`` what is usable of its leases; ``day_left`` what is usable of the store's allowance of
    the day, ``None`` without one."""

    balance: int | None = None
    lent_elsewhere: int = 0
    own_uncounted: int = 0
    leased: int = 0
    day_left: int | None = None
    usual_store: bool = True
    asking: bool = False


@dataclass(frozen=True, slots=True)
class Spendable:
    amount: int
    why: Why


def spendable(policy: Policy, seen: Seen) -> Spendable:
    """The most that may be spent now; never below zero."""
    if policy.mode_in(usual_store=seen.usual_store) is Mode.FLOOR:
        bounds = [(policy.floor - seen.own_uncounted, Why.FLOOR)]
        if seen.balance is not None:
            bounds.append((seen.balance - seen.lent_elsewhere, _why_balance(seen)))
        if seen.day_left is not None:
            bounds.append((seen.day_left, Why.DAY))
    else:
        bounds = [(seen.leased, _why_not_lent(seen))]
        if seen.balance is not None:
            bounds.append((seen.balance, Why.BALANCE))
    amount, why = min(bounds, key=lambda bound: bound[0])
    return Spendable(max(0, amount), why)


def _why_balance(seen: Seen) -> Why:
    return Why.LENT_ELSEWHERE if seen.lent_elsewhere else Why.BALANCE


def _why_not_lent(seen: Seen) -> Why:
    if seen.asking:
        return Why.ASKING
    return Why.LENT_ELSEWHERE if seen.lent_elsewhere else Why.NOT_LENT


def allowance_key(kind: ResourceKind, store: str, on: date) -> str:
    """The key of what a store may let go by FLOOR on a business date."""
    return f"{kind}/{on.isoformat()}/{store}"


def allowance(kind: ResourceKind, store: str, on: date) -> Resource:
    return Resource(ResourceKind.ALLOWANCE, allowance_key(kind, store, on))


def read_allowance(key: str) -> tuple[ResourceKind, date, str] | None:
    """Kind, day and store of an allowance's key; ``None`` if it isn't one."""
    kind, _, rest = key.partition("/")
    day, _, store = rest.partition("/")
    try:
        return ResourceKind(kind), date.fromisoformat(day), store
    except ValueError:
        return None


def escrow_bound(copied: Iterable[int], written_off: int) -> int:
    """What leases can be overspent by: for each further copy of a device's disk what was left of its leases when it was
    copied (``copied``), and what was written off. Without copies and write-offs it is 0."""
    return sum(copied) + written_off


def floor_bound(floor: int, seen: Iterable[int], balance: int) -> int:
    """What FLOOR can be overspent by: each of ``seen`` is the balance that one device apart from the others last saw,
    ``balance`` what there really was and isn't lent."""
    return max(0, sum(min(floor, max(0, each)) for each in seen) - balance)


def coupon_bound(devices: int) -> int:
    """How often too many a coupon for one use can be used on that many devices apart."""
    return max(0, devices - 1)
