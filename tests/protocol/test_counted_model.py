"""`counted` per row is sound; one number per page or per pull, which it replaces, is not."""

from __future__ import annotations

import random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.protocol.model import Counting, Server, Till, per_page, per_pull, per_row

DEVICES = ("a", "b", "c")
MEMBERS = ("m1", "m2", "m3", "m4")


class CountedPerRow(RuleBasedStateMachine):
    """Any interleaving of sales, pushes (answers lost, batches repeated) and single pages of pulls."""

    def __init__(self) -> None:
        super().__init__()
        self.server = Server()
        self.tills = {name: Till(name, per_row) for name in DEVICES}

    @rule(
        device=st.sampled_from(DEVICES),
        members=st.sets(st.sampled_from(MEMBERS), min_size=1),
        amount=st.integers(-5, 9),
    )
    def sell(self, device: str, members: set[str], amount: int) -> None:
        """One fact about one row or several."""
        self.tills[device].sell(amount, *sorted(members))

    @rule(device=st.sampled_from(DEVICES), batch=st.integers(1, 4), answer_lost=st.booleans())
    def push(self, device: str, batch: int, answer_lost: bool) -> None:
        self.tills[device].push(self.server, batch, answer_lost=answer_lost)

    @rule(device=st.sampled_from(DEVICES), limit=st.integers(1, 3))
    def pull_page(self, device: str, limit: int) -> None:
        self.tills[device].pull_page(self.server, limit)

    @invariant()
    def each_own_fact_is_counted_once(self) -> None:
        for till in self.tills.values():
            for member in MEMBERS:
                assert till.shown(member) == till.ought_to_show(member)


TestCountedPerRow = CountedPerRow.TestCase
TestCountedPerRow.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)


def _goes_wrong(counting: Counting, seed: int) -> bool:
    chance = random.Random(seed)
    server = Server()
    tills = [Till(name, counting) for name in DEVICES]
    for _ in range(60):
        till = chance.choice(tills)
        match chance.randrange(3):
            case 0:
                till.sell(chance.randint(1, 9), chance.choice(MEMBERS))
            case 1:
                till.push(server, chance.randint(1, 4), answer_lost=chance.random() < 0.2)
            case _:
                till.pull_page(server, chance.randint(1, 3))
        if any(each.shown(member) != each.ought_to_show(member) for each in tills for member in MEMBERS):
            return True
    return False


RUNS = 1_000


@pytest.mark.parametrize("counting", [per_page, per_pull])
def test_one_number_for_a_page_or_a_pull_miscounts(counting: Counting) -> None:
    assert sum(_goes_wrong(counting, seed) for seed in range(RUNS)) > RUNS // 10


def test_the_same_runs_are_right_with_a_number_per_row() -> None:
    assert not any(_goes_wrong(per_row, seed) for seed in range(RUNS))
