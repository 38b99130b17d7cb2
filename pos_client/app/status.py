"""What the status bar says."""

from __future__ import annotations

from pos_client.app import redeeming
from pos_client.app.counter import Counter
from pos_client.app.views import DeviceView, Notice, Status
from pos_client.store.print_queue import JobState


class StatusBoard:
    def __init__(self, counter: Counter) -> None:
        self._counter = counter

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
            mirror=DeviceView(around.mirror_state, around.mirror_notice, waiting=around.mirror_behind),
            keys_in_file=counter.machine.keys_in_file,
            limits=self._limits(),
            problem=around.problem,
        )

    def _limits(self) -> tuple[Notice, ...]:
        refused = redeeming.refusal(self._counter)
        if refused is not None:
            return (Notice.of(refused),)
        if self._counter.surroundings.online:
            return ()
        return (redeeming.floor_notice(self._counter.programme.floor_points),)
