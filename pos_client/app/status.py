"""What the status bar says."""

from __future__ import annotations

from typing import Final

from pos_client.app import redeeming, spending
from pos_client.app.counter import Counter
from pos_client.app.views import DeviceView, Notice, Status
from pos_client.store.print_queue import JobState
from pos_client.store.till_clock import Doubt
from shared_models.domain.clock import utc
from shared_models.domain.text import N_

_CLOCK: Final = {
    Doubt.WRONG: N_("This till's clock says {own}. The till goes by {known}, which is right: set the clock."),
    Doubt.BEHIND: N_(
        "This till's clock says {own}, which is over: the till goes on from {known}. Set the clock, or connect the"
        " server."
    ),
    Doubt.AHEAD: N_(
        "This till's clock says {own}, but it last worked at {known} and goes on from there. Connect the server; or if"
        " the clock is right, say so: F1 at the sign-in, then F8."
    ),
}

LONG_OPEN_MS: Final = 120_000
"""Beyond it the next sale says so too."""

LEFT_OPEN: Final = "drawer_left_open"
_OPEN: Final = N_("The cash drawer is open. Close it.")
_LEFT_OPEN: Final = N_("The cash drawer has been open for {minutes} min. Close it.")


class StatusBoard:
    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._open_since_ms: int | None = None

    def status(self) -> Status:
        counter = self._counter
        store, around = counter.store, counter.surroundings
        jobs = counter.books.journal.print_queue.counts()
        return Status(
            store_name=store.name_in(counter.shown_language),
            lane=counter.books.journal.identity.lane,
            cashier=counter.signed_in,
            clock_ms=counter.machine.clock.now_ms(),
            timezone=store.timezone,
            currency=counter.programme.currency,
            online=around.online,
            unsent=counter.books.outbox.unsent(),
            last_sync_ms=counter.books.outbox.last_contact_ms(),
            printer=DeviceView(
                around.printer_state,
                around.printer_notice,
                waiting=jobs.get(JobState.QUEUED, 0) + jobs.get(JobState.PRINTING, 0),
                doubtful=jobs.get(JobState.DOUBTFUL, 0),
            ),
            scanner=DeviceView(around.scanner_state, around.scanner_notice),
            display=DeviceView(around.display_state, around.display_notice),
            scale=DeviceView(around.scale_state, around.scale_notice),
            mirror=DeviceView(around.mirror_state, around.mirror_notice, waiting=around.mirror_behind),
            keys_in_file=counter.machine.keys_in_file,
            limits=self._limits(),
            problem=self._clock() or around.problem,
            drawer=DeviceView(around.drawer_state, self._drawer()),
        )

    def _drawer(self) -> Notice | None:
        """What to do about a drawer that stays open, by when it was first seen so."""
        machine = self._counter.machine
        now_ms = machine.clock.monotonic_ms()
        if self._counter.surroundings.drawer_state != "open":
            self._open_since_ms = None
            return None
        if self._open_since_ms is None:
            self._open_since_ms = now_ms
        open_ms = now_ms - self._open_since_ms
        if open_ms >= LONG_OPEN_MS:
            return Notice(LEFT_OPEN, _LEFT_OPEN, {"minutes": str(open_ms // 60_000)})
        return Notice("drawer_open", _OPEN) if open_ms >= machine.drawer_reminder_s * 1_000 else None

    def _clock(self) -> Notice | None:
        """What is wrong with the machine's clock, and what to do about it."""
        state = self._counter.machine.clock.state()
        template = _CLOCK.get(state.doubt)
        if template is None:
            return None
        zone = self._counter.store.zone
        own, known = (utc(ms).astimezone(zone).strftime("%Y-%m-%d %H:%M") for ms in (state.own_ms, state.known_ms))
        return Notice(f"clock_{state.doubt}", template, {"own": own, "known": known})

    def _limits(self) -> tuple[Notice, ...]:
        refused = redeeming.refusal(self._counter)
        if refused is not None:
            return (Notice.of(refused),)
        if self._counter.surroundings.online:
            return ()
        return (spending.points_notice(self._counter),)
