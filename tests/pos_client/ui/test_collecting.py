"""The garbage collector's passes fall where nobody waits for them."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytestqt.qtbot import QtBot

from pos_client.ui.collecting import IdleCollector, due
from pos_client.ui.operations import QtOperations


class _Ring:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


def _garbage(many: int) -> weakref.ref[_Ring]:
    first = _Ring()
    for _ in range(many):
        _Ring()
    return weakref.ref(first)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
def operations(pool: ThreadPoolExecutor) -> QtOperations:
    return QtOperations(pool)


@pytest.fixture
def collector(operations: QtOperations) -> Iterator[IdleCollector]:
    one = IdleCollector(operations)
    one.start()
    yield one
    one.stop()
    assert gc.isenabled()


@pytest.mark.usefixtures("collector")
def test_what_an_idle_till_threw_away_is_found(qtbot: QtBot) -> None:
    left = _garbage(1_000)
    assert left() is not None, "Python made a pass of its own"
    qtbot.waitUntil(lambda: left() is None)


@pytest.mark.usefixtures("collector")
def test_no_pass_falls_into_what_the_cashier_waits_for(qtbot: QtBot, operations: QtOperations) -> None:
    go_on = threading.Event()
    done: list[bool] = []
    operations.run(go_on.wait, done.append, lambda _: None)
    left = _garbage(1_000)
    qtbot.wait(350)
    assert left() is not None
    go_on.set()
    qtbot.waitUntil(lambda: bool(done))
    qtbot.waitUntil(lambda: left() is None)


@pytest.mark.usefixtures("collector")
def test_a_pass_is_put_off_only_so_long(qtbot: QtBot, operations: QtOperations) -> None:
    go_on = threading.Event()
    operations.run(go_on.wait, lambda _: None, lambda _: None)
    left = _garbage(110_000)
    qtbot.waitUntil(lambda: left() is None)
    go_on.set()


def test_older_generations_come_as_often_as_python_would_have_them(collector: IdleCollector) -> None:
    assert collector is not None
    seen = []
    for _ in range(300):
        _garbage(800)
        generation = due()
        assert generation is not None
        gc.collect(generation)
        seen.append(generation)
    assert due() is None
    assert seen.count(1) == pytest.approx(300 / 12, abs=4)
    assert seen.count(2) in {1, 2, 3}
