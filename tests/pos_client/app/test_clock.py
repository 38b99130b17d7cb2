"""A till whose clock is wrong, set, or set back: order and business date are right, and the cashier is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import pytest
from sqlalchemy import select

from pos_client.app.views import Notice
from pos_client.store.journal import SELECT_FACTS
from pos_client.store.till_clock import LONGEST_PAUSE_MS, Doubt
from shared_models.domain.clock import wall_ms
from shared_models.domain.marking import NotForSale
from shared_models.domain.returns import NothingToReturn
from shared_models.orm.server import alert, sale
from tests.pos_client.world import BREAD, MANAGER, MILK, PIN, StillClock, TillAtWork, World

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)


@dataclass
class SetClock:
    """A machine's clock that somebody can set. ``true`` goes on as time does; ``off_ms`` is what it is wrong by."""

    true: StillClock
    off_ms: int = 0

    def now_ms(self) -> int:
        return self.true.ms + self.off_ms

    def monotonic_ms(self) -> int:
        return self.true.ms

    def sleep_ms(self, duration_ms: int) -> None:
        self.true.ms += duration_ms


def opened(world: World, clock: SetClock, *, sync: bool = True) -> TillAtWork:
    till = world.open("one", clock=clock)
    if sync:
        till.sync()
    return till.start_day()


def days(till: TillAtWork) -> list[str]:
    rows = till.parts.journal.database.all(
        "SELECT json_extract(payload, '$.business_date') FROM fact WHERE kind = 'sale.confirmed' ORDER BY number"
    )
    return [day for (day,) in rows]


def hlcs(till: TillAtWork) -> list[int]:
    return [row[2] for row in till.parts.journal.database.all(SELECT_FACTS + " ORDER BY number")]


def problem(till: TillAtWork) -> Notice | None:
    return till.till.status().problem


def rises(till: TillAtWork) -> bool:
    return all(before < after for before, after in pairwise(hlcs(till)))


def test_a_clock_set_while_the_till_runs_changes_no_date(world: World) -> None:
    clock = SetClock(world.clock)
    till = opened(world, clock)
    till.sell(MILK.codes[0])
    for off_ms in (2 * DAY_MS, -3 * DAY_MS, 400 * DAY_MS, 0):
        clock.off_ms = off_ms
        world.clock.ms += HOUR_MS
        till.sell(BREAD.codes[0])
        found = problem(till)
        assert (found.code if found else "") == ("clock_wrong" if off_ms else "")
    assert days(till) == [str(TODAY)] * 5
    assert rises(till)
    assert wall_ms(hlcs(till)[-1]) <= world.clock.ms
    till.close()


def test_what_was_noticed_survives_a_restart(world: World) -> None:
    clock = SetClock(world.clock)
    till = opened(world, clock)
    clock.off_ms = 2 * DAY_MS
    till.sell(MILK.codes[0])
    till.close()
    again = opened(world, clock, sync=False)
    again.sell(BREAD.codes[0])
    assert days(again) == [str(TODAY)] * 2
    found = problem(again)
    assert found is not None
    assert found.sentence(str).startswith("This till's clock says 2026-11-26 08:00. The till goes by 2026-11-24 08:00")
    again.close()


def test_two_days_ahead_since_the_start_and_then_set_right(world: World) -> None:
    """Offline nobody can know; the first word of the server settles it, and the facts stay in order."""
    till = opened(world, SetClock(world.clock))
    till.close()
    clock = SetClock(world.clock, 2 * DAY_MS)
    till = opened(world, clock, sync=False)
    till.sell(MILK.codes[0])
    till.sync()
    assert till.parts.counter.business_date() == TODAY
    till.sell(BREAD.codes[0])
    clock.off_ms = 0
    world.clock.ms += HOUR_MS
    till.sell(BREAD.codes[0])
    assert problem(till) is None
    till.close()
    till = opened(world, clock, sync=False)
    world.clock.ms += DAY_MS
    till.sell(BREAD.codes[0])
    assert days(till) == ["2026-11-26", str(TODAY), str(TODAY), str(TOMORROW)]
    assert rises(till)
    world.clock.ms += 2 * DAY_MS
    till.sell(BREAD.codes[0])
    assert wall_ms(hlcs(till)[-1]) == world.clock.ms, "real time has caught up"
    till.sync()
    with world.server.reading() as connection:
        times = list(connection.scalars(select(sale.c.confirmed_ms)))
        kinds = list(connection.scalars(select(alert.c.kind)))
    assert all(ms <= world.clock.ms for ms in times)
    assert kinds.count("clock") == 2, "of the time ahead, and of the sale of a day to come: each once"
    till.close()


@pytest.mark.parametrize("off_ms", [-2 * DAY_MS, -20 * 365 * DAY_MS])
def test_a_clock_before_what_was_done_already_is_not_believed(world: World, off_ms: int) -> None:
    clock = SetClock(world.clock)
    till = opened(world, clock)
    till.sell(MILK.codes[0])
    till.close()
    clock.off_ms = off_ms
    again = opened(world, clock, sync=False)
    assert again.parts.counter.machine.clock.state().doubt is Doubt.BEHIND
    world.clock.ms += HOUR_MS
    again.sell(BREAD.codes[0])
    assert days(again) == [str(TODAY)] * 2
    found = problem(again)
    assert found is not None
    assert found.code == "clock_behind"
    again.sync()
    found = problem(again)
    assert found is not None
    assert found.code == "clock_wrong"
    again.close()


def test_a_jump_of_years_is_believed_only_when_somebody_looked(world: World) -> None:
    clock = SetClock(world.clock)
    till = opened(world, clock)
    till.sell(MILK.codes[0])
    till.close()
    clock.off_ms = 3 * 365 * DAY_MS
    again = opened(world, clock, sync=False)
    again.sell(MILK.codes[0])
    assert days(again) == [str(TODAY)] * 2
    assert wall_ms(hlcs(again)[-1]) <= world.clock.ms + LONGEST_PAUSE_MS
    found = problem(again)
    assert found is not None
    assert found.code == "clock_ahead"
    again.till.trust_clock()
    assert problem(again) is None
    assert again.parts.counter.business_date().year == 2029
    again.close()


def test_a_pause_of_weeks_is_nothing_to_ask_about(world: World) -> None:
    till = opened(world, SetClock(world.clock))
    till.sell(MILK.codes[0])
    till.close()
    world.clock.ms += 30 * DAY_MS
    again = opened(world, SetClock(world.clock), sync=False)
    assert problem(again) is None
    assert again.parts.counter.business_date() == date(2026, 12, 24)
    again.close()


def test_a_clock_set_back_two_days_takes_goods_back_in_order_and_once(world: World) -> None:
    clock = SetClock(world.clock)
    till = opened(world, clock)
    sold = till.sell(MILK.codes[0], MILK.codes[0])
    for off_ms in (0, -2 * DAY_MS):
        clock.off_ms = off_ms
        till.till.begin_return(sold.receipt_code)
        till.till.choose_to_return(1, 1_000)
        assert till.till.confirm_return("unwanted", MANAGER, PIN).total_minor == sold.total_minor // 2
    till.till.begin_return(sold.receipt_code)
    with pytest.raises(NothingToReturn):
        till.till.choose_all_to_return()
    dates = till.parts.journal.database.all(
        "SELECT json_extract(payload, '$.business_date') FROM fact WHERE kind = 'sale.returned'"
    )
    assert dates == [(TODAY.isoformat(),)] * 2
    assert rises(till)


def test_nobody_says_that_a_clock_set_back_is_right(world: World) -> None:
    """Two keys at the sign-in did, without a PIN: what had expired was sold, and sales were booked on that day."""
    clock = SetClock(world.clock)
    till = opened(world, clock)
    clock.off_ms = -DAY_MS
    till.till.trust_clock()
    with pytest.raises(NotForSale):
        till.till.enter(f"(01)0{MILK.codes[0]}(17)261123")
    till.sell(MILK.codes[0])
    assert days(till) == [TODAY.isoformat()]
    assert till.till.status().problem is not None
    till.close()
