"""Who may stand behind the till, and how guessing is slowed down."""

from __future__ import annotations

import pytest

from pos_client.app.refusals import LockedOut, NoShift, NotSignedIn, SaleIsOpen, ShiftOfAnother, UnknownStaff, WrongPin
from pos_client.app.sign_in import FIRST_LOCK_MS, FREE_TRIES
from shared_models.domain.staff import Role
from tests.pos_client.world import CASHIER, MANAGER, MILK, OTHER, PIN, TillAtWork, World


@pytest.fixture
def closed(world: World) -> TillAtWork:
    """Synced, nobody signed in."""
    till = world.open("one")
    till.sync()
    return till


def test_before_the_first_sync_there_is_nobody_to_choose(world: World) -> None:
    till = world.open("one")
    assert till.till.staff() == ()
    with pytest.raises(UnknownStaff):
        till.till.sign_in(CASHIER, PIN)
    assert till.till.status().store_name == "A"
    till.close()


def test_a_name_and_a_pin_open_the_till_without_a_network(closed: TillAtWork) -> None:
    closed.wire.cut = True
    assert [(one.name, one.role) for one in closed.till.staff()] == [
        ("王芳", Role.CASHIER), ("李雷", Role.CASHIER), ("Ann", Role.MANAGER),
    ]  # fmt: skip
    assert closed.till.sign_in(CASHIER, PIN).name == "王芳"
    assert closed.till.cashier() == closed.till.status().cashier
    with pytest.raises(NoShift):
        closed.till.enter(MILK.codes[0])
    closed.close()


def test_guessing_is_locked_and_a_restart_forgives_nothing(world: World, closed: TillAtWork) -> None:
    for tries_left in range(FREE_TRIES - 1, 0, -1):
        with pytest.raises(WrongPin) as wrong:
            closed.till.sign_in(CASHIER, "0000")
        assert wrong.value.tries_left == tries_left
    closed.close()
    again = world.open("one")
    with pytest.raises(LockedOut) as locked:
        again.till.sign_in(CASHIER, "0000")
    assert locked.value.seconds == FIRST_LOCK_MS // 1_000
    again.close()
    again = world.open("one")
    with pytest.raises(LockedOut):
        again.till.sign_in(CASHIER, PIN)
    again.till.sign_in(OTHER, PIN)
    world.clock.ms += FIRST_LOCK_MS
    assert again.till.sign_in(CASHIER, PIN).id == CASHIER
    again.till.sign_out()
    with pytest.raises(WrongPin) as wrong:
        again.till.sign_in(CASHIER, "0000")
    assert wrong.value.tries_left == FREE_TRIES - 1
    again.close()


def test_each_lock_is_longer(world: World, closed: TillAtWork) -> None:
    for _ in range(FREE_TRIES - 1):
        with pytest.raises(WrongPin):
            closed.till.sign_in(CASHIER, "0000")
    seconds = []
    for _ in range(3):
        with pytest.raises(LockedOut) as locked:
            closed.till.sign_in(CASHIER, "0000")
        seconds.append(locked.value.seconds)
        world.clock.ms += locked.value.seconds * 1_000
    assert seconds == [30, 60, 120]
    closed.close()


@pytest.mark.parametrize("sold", [False, True])
def test_a_lock_ends_in_time_though_the_clock_was_far_ahead(world: World, counter: TillAtWork, sold: bool) -> None:
    """The clock is a month ahead while somebody mistypes, or while something is sold before, and is then set right."""
    month_ms = 30 * 24 * 3_600_000
    world.clock.ms += month_ms
    if sold:
        counter.sell(MILK.codes[0])
        world.clock.ms -= month_ms
    for _ in range(FREE_TRIES):
        with pytest.raises((WrongPin, LockedOut)):
            counter.till.sign_in(CASHIER, "0000")
    if not sold:
        world.clock.ms -= month_ms
    with pytest.raises(LockedOut) as locked:
        counter.till.sign_in(CASHIER, PIN)
    assert locked.value.seconds == FIRST_LOCK_MS // 1_000
    world.clock.ms += FIRST_LOCK_MS
    assert counter.till.sign_in(CASHIER, PIN).id == CASHIER


def test_no_text_but_the_pin_is_the_pin(closed: TillAtWork) -> None:
    for wrong_tries, pin in enumerate(("\ud800", "", "24 68"), 1):
        with pytest.raises(WrongPin) as wrong:
            closed.till.sign_in(CASHIER, pin)
        assert wrong.value.tries_left == FREE_TRIES - wrong_tries
    closed.close()


def test_nobody_takes_over_anothers_drawer_but_a_manager(counter: TillAtWork) -> None:
    counter.till.sign_out()
    with pytest.raises(ShiftOfAnother, match="王芳"):
        counter.till.sign_in(OTHER, PIN)
    assert counter.till.cashier() is None
    counter.till.sign_in(MANAGER, PIN)
    assert counter.till.close_shift(200_00).over_short_minor == 0


def test_locking_keeps_the_sale_and_signing_out_refuses_it(counter: TillAtWork) -> None:
    counter.till.enter(MILK.codes[0])
    with pytest.raises(SaleIsOpen):
        counter.till.sign_out()
    counter.till.lock()
    with pytest.raises(NotSignedIn):
        counter.till.enter(MILK.codes[0])
    counter.till.sign_in(CASHIER, PIN)
    assert len(counter.till.sale().lines) == 1
