"""A system's print queue: what a whole job can be asked about it, and what a person has to put right."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.ports import DeviceFault
from shared_models.domain.text import N_


class SpoolerAway(DeviceFault):
    code = "spooler_away"
    template = N_("The system's print service does not answer for {device}. Start it, then try again.")


class QueueMissing(DeviceFault):
    code = "queue_missing"
    template = N_("There is no print queue {device}. Set it up in the system's settings, or choose another.")


class QueueStopped(DeviceFault):
    code = "queue_stopped"
    template = N_("The print queue {device} is stopped. Let it go on in the system's settings.")


class QueueBusy(DeviceFault):
    code = "queue_busy"
    template = N_("The print queue {device} is busy with other jobs. Look there what keeps them.")


class JobGivenUp(DeviceFault):
    code = "job_given_up"
    template = N_("The print queue {device} gave the job up. Look at the printer, then at the system's settings.")


class JobState(StrEnum):
    """WAITING also for what is held. ENDING: cancelled, and some of it may still be on its way. DONE: the queue passed
    all of it on. ENDED: cancelled, or given up."""

    WAITING = "waiting"
    AT_WORK = "at_work"
    ENDING = "ending"
    DONE = "done"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class JobSeen:
    """``untouched``: surely no byte of it has been passed on to the printer. ``trouble``: what the printer behind the
    queue says to be put right now, while the job is at work."""

    state: JobState
    untouched: bool
    trouble: type[DeviceFault] | None = None


class SystemQueue(Protocol):
    """Each call may take some seconds and raises a ``DeviceFault`` if the system doesn't do it."""

    @property
    def name(self) -> str:
        """As in the settings: ``cups:till``."""

    def check(self) -> None:
        """Raise what keeps it from taking a job or from passing it on."""

    def left(self, title: str) -> tuple[int, ...]:
        """The jobs with this title that haven't ended."""

    def begin(self, title: str) -> int:
        """A new job without any data: nothing of it can be printed yet."""

    def hand_over(self, job: int, data: bytes) -> None:
        """The job's bytes, to be passed on as they are."""

    def look(self, job: int) -> JobSeen: ...

    def cancel(self, job: int) -> None:
        """Ask that it ends; ``look`` tells when it has. One that has ended already stays as it is."""
