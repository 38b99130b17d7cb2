"""When the next round comes, and what the status bar and the log get to hear."""

from __future__ import annotations

import logging

import pytest

from pos_client.sync.loop import LONGEST_WAIT_MS, REST_MS
from tests.pos_client.world import MILK, TillAtWork, World


def test_waits_grow_while_the_server_is_away_and_shrink_when_it_is_back(
    counter: TillAtWork, caplog: pytest.LogCaptureFixture
) -> None:
    rounds = counter.parts.round
    assert rounds is not None
    counter.wire.cut = True
    with caplog.at_level(logging.INFO, "pos_client"):
        waits = [rounds.run() for _ in range(12)]
        assert not counter.till.status().online
        counter.wire.cut = False
        assert rounds.run() == REST_MS
    for n, wait in enumerate(waits):
        longest = min(1_000 << n, LONGEST_WAIT_MS)
        assert longest // 2 <= wait <= longest
    assert counter.till.status().online
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_offline_is_a_state_and_not_a_problem(world: World, counter: TillAtWork) -> None:
    rounds = counter.parts.round
    assert rounds is not None
    rounds.run()
    world.clock.ms += 60_000
    counter.wire.cut = True
    rounds.run()
    counter.sell(MILK.codes[0])
    status = counter.till.status()
    assert (status.online, status.unsent, status.problem) == (False, 1, None)
    assert status.last_sync_ms == world.clock.ms - 60_000
    assert [notice.code for notice in status.limits] == ["limit_offline"]


def test_a_refusal_is_said(counter: TillAtWork) -> None:
    rounds = counter.parts.round
    assert rounds is not None
    counter.parts.journal.database.run("UPDATE fact SET payload = X'7b7d' WHERE number = 1")
    rounds.run()
    status = counter.till.status()
    assert status.problem is not None
    assert status.problem.code == "refused_by_server"
    assert [notice.code for notice in status.limits] == ["redeeming_stopped"]
