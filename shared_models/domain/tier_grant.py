"""Tiers that somebody gives to a member for a time. A grant never lowers what the figures give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from shared_models.domain.errors import DomainError
from shared_models.domain.member import Grant, Standing
from shared_models.domain.programme_rules import Programme
from shared_models.domain.text import N_

MAX_GRANTS = 10


class BadGrant(DomainError):
    code = "bad_grant"
    template = N_("This tier can't be given. Choose one of the programme's tiers, and a last day after the first one.")


class TooManyGrants(DomainError):
    code = "too_many_grants"
    template = N_("This member was given tiers {limit} times already. Withdraw one that is over.")


def give(standing: Standing, grant: Grant, programme: Programme) -> Standing:
    """The standing with ``grant``; giving it again changes nothing. Raise ``BadGrant``, ``TooManyGrants``."""
    if grant.until < grant.since or grant.tier not in [tier.code for tier in programme.tiers] or not grant.by.strip():
        raise BadGrant
    if grant in standing.grants:
        return standing
    if len(standing.grants) >= MAX_GRANTS:
        raise TooManyGrants(limit=MAX_GRANTS)
    grants = sorted((*standing.grants, grant), key=lambda each: (each.since, each.until, each.tier, each.by))
    return replace(standing, grants=tuple(grants))


def withdraw(standing: Standing, grant: Grant) -> Standing:
    """The standing without ``grant``."""
    return replace(standing, grants=tuple(each for each in standing.grants if each != grant))


def granted_rank(standing: Standing, programme: Programme, on: date) -> int:
    """The highest rank given on ``on``, 0 for none."""
    return max((programme.rank(grant.tier) for grant in _given(standing, on)), default=0)


def granted_until(standing: Standing, programme: Programme, on: date, rank: int) -> date | None:
    """The last day for which grants of ``on`` give at least ``rank``; ``None`` if none does."""
    return max(
        (grant.until for grant in _given(standing, on) if programme.rank(grant.tier) >= rank),
        default=None,
    )


def _given(standing: Standing, on: date) -> Iterator[Grant]:
    return (grant for grant in standing.grants if grant.since <= on <= grant.until)
