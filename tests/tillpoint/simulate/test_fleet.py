"""The real code under a virtual clock: what has to hold holds, and what is broken on purpose is caught."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from tests.tillpoint.simulate.mutations import ALL
from tests.tillpoint.simulate.mutations.mutation import Mutation, caught
from tests.tillpoint.simulate.mutations.storms import APART, FETCHING, STORMY
from tillpoint.simulate import command
from tillpoint.simulate.faults import Fault, read_faults
from tillpoint.simulate.fleet import simulate
from tillpoint.simulate.plan import Plan

SAMPLE = (
    "journal_without_fsync",
    "cursor_off_by_one",
    "applied_twice",
    "stored_value_shown_twice",
    "own_returns_not_counted",
    "lease_not_lowered",
)
"""Of the mutations; ``make mutations`` runs all."""


def test_nothing_is_violated_in_a_storm_and_the_storm_was_one() -> None:
    outcome = simulate(replace(STORMY, stores=2, operations=36))
    assert outcome.account.violations == []
    assert outcome.account.sales > 50
    assert outcome.account.returns > 5
    assert outcome.account.points_redeemed > 0
    assert set(outcome.faults) >= {
        "answer_cut",
        "answer_lost",
        "clock_set_wrong",
        "cloned",
        "delayed",
        "disk_full",
        "doubled",
        "doubled_late",
        "html",
        "partition",
        "programme_published",
        "request_cut",
        "request_late",
        "request_lost",
        "server_of_other_versions",
        "server_restored",
        "server_writes_lost",
        "snapshots_built",
        "till_cut_at_sync",
        "till_cut_at_write",
        "till_of_version_1",
        "till_writes_lost",
        "unplugged",
    }


def test_the_same_seed_is_the_same_run(tmp_path: Path) -> None:
    plan = Plan(seed=3, tills=2, days=1, operations=12)
    reports = []
    for name in ("one.json", "two.json"):
        assert command.run(plan, tmp_path / name) == command.HOLDS
        report = json.loads((tmp_path / name).read_text())
        reports.append({key: value for key, value in report.items() if key != "seconds"})
    assert reports[0] == reports[1]


def test_another_seed_is_another_run() -> None:
    hashes = {simulate(Plan(seed, 1, 1, 5, frozenset())).account.state_hash for seed in (1, 2)}
    assert len(hashes) == 2


def test_a_day_without_faults_over_two_days() -> None:
    outcome = simulate(Plan(seed=5, tills=2, days=2, operations=8, faults=frozenset()))
    assert outcome.account.violations == []
    assert outcome.faults == {}


def test_goods_come_back_whoever_hears_of_it() -> None:
    outcome = simulate(APART)
    assert outcome.account.violations == []
    assert outcome.account.returns > 10


def test_a_ready_made_replica_is_whole_or_fetched_again() -> None:
    outcomes = [simulate(replace(FETCHING, seed=seed)) for seed in (2, 3)]
    assert [outcome.account.violations for outcome in outcomes] == [[], []]
    assert set(chain.from_iterable(outcome.faults for outcome in outcomes)) >= {
        "piece_altered",
        "piece_cut",
        "till_cut_at_fetched_sync",
        "till_cut_at_fetched_write",
    }


def test_faults_are_chosen_by_name() -> None:
    assert read_faults("none") == frozenset()
    assert read_faults("all") == frozenset(Fault)
    assert read_faults("clock, power") == {Fault.CLOCK, Fault.POWER}
    with pytest.raises(ValueError, match="gremlins"):
        read_faults("clock,gremlins")


def test_there_are_enough_mutations() -> None:
    assert len({one.name for one in ALL}) == len(ALL) >= 15


@pytest.mark.parametrize("mutation", [one for one in ALL if one.name in SAMPLE], ids=lambda one: one.name)
def test_what_is_broken_on_purpose_is_caught(mutation: Mutation) -> None:
    assert caught(mutation)
