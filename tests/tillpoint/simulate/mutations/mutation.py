"""A mistake in one place of our code, and whether the simulator notices it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.tillpoint.simulate.mutations.storms import STORMY
from tillpoint.simulate.fleet import simulate
from tillpoint.simulate.plan import Plan

SEEDS = 10
"""How many storms a mutation may hide from: whether one hits it is a matter of luck."""

Patch = pytest.MonkeyPatch


@dataclass(frozen=True, slots=True)
class Mutation:
    """``what`` is the mistake in one sentence, ``plan`` the first storm that it is tried in."""

    what: str
    make: Callable[[Patch], None]
    plan: Plan

    @property
    def name(self) -> str:
        return self.make.__name__


def mutation(what: str, plan: Plan = STORMY) -> Callable[[Callable[[Patch], None]], Mutation]:
    return lambda make: Mutation(what, make, plan)


def caught(mutated: Mutation) -> str:
    """The first thing that a simulation with ``mutated`` complains of, empty if nothing does.

    A crash is a complaint too.
    """
    with pytest.MonkeyPatch.context() as patch:
        mutated.make(patch)
        for seed in range(mutated.plan.seed, mutated.plan.seed + SEEDS):
            try:
                found = simulate(replace(mutated.plan, seed=seed)).account.violations
            except Exception as error:
                if f"{mutated.name}.<locals>" in str(error):
                    raise  # the mutation no longer fits what it mutates
                return f"seed {seed}: {type(error).__name__}: {error}"
            if found:
                return f"seed {seed}: {found[0]}"
    return ""
