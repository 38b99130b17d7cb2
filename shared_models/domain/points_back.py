"""Points that paid for goods which come back: with their original expiry, or 30 days if that has passed.

They come back in one fixed order, so that many small returns give what one large return on the same day gives. First
those that no lot had covered, because they undo the debt they made; then those that last longest, which is kindest to
a member who returns only a part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from shared_models.domain.expiry import days_later, order
from shared_models.domain.member import Account, Lot
from shared_models.domain.points import in_spending_order

GRACE_DAYS = 30


def spent_lots(account: Account, points: int, on: date) -> tuple[Lot, ...]:
    """The lots that redeeming ``points`` on ``on`` takes, with how much of each: for the record, before the redemption
    is applied. Their sum is below ``points`` by what becomes debt."""
    spent = []
    for lot in in_spending_order(account, on):
        taken = min(points, lot.points) if lot.expires_on >= on else 0
        if taken:
            spent.append(replace(lot, points=taken))
            points -= taken
    return tuple(spent)


def given_back_lots(
    spent: Sequence[Lot], redeemed: int, before: int, back: int, on: date, ids: Iterable[UUID]
) -> tuple[Lot, ...]:
    """The new lots that give ``back`` points on ``on``, after ``before`` were given back by earlier returns.

    ``redeemed`` is what the sale redeemed in all and ``spent`` the lots it took (``spent_lots``); without them all
    comes back for 30 days. Never more than was redeemed. ``ids`` are new ones, at most ``len(spent) + 1`` are taken.
    """
    parts: dict[tuple[date, date | None], int] = {}
    for points, expires_on, available_on in _slice(_in_order_back(spent, redeemed, on), before, before + back):
        parts[expires_on, available_on] = parts.get((expires_on, available_on), 0) + points
    drawn = iter(ids)
    return tuple(
        Lot(next(drawn), points, expires_on, available_on) for (expires_on, available_on), points in parts.items()
    )


_Part = tuple[int, date, date | None]


def _in_order_back(spent: Sequence[Lot], redeemed: int, on: date) -> Iterator[_Part]:
    grace = days_later(on, GRACE_DAYS)
    yield redeemed - sum(lot.points for lot in spent), grace, None
    for lot in sorted(spent, key=order, reverse=True):
        if lot.expires_on < on:
            yield lot.points, grace, None
        else:
            yield lot.points, lot.expires_on, lot.available_on


def _slice(parts: Iterable[_Part], start: int, end: int) -> Iterator[_Part]:
    """What of ``parts``, laid end to end, lies from point ``start`` up to ``end``."""
    place = 0
    for points, expires_on, available_on in parts:
        inside = min(end, place + points) - max(start, place)
        if inside > 0:
            yield inside, expires_on, available_on
        place += points
