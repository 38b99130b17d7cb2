"""Facts that an administrator brings from a copy of a till's journal, because the till can't send them any more.

They are the device's own: its key signed them, and they go on in its chain. So they are taken as if it had sent them,
each once, whatever became of the device since; head office is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from shared_models.domain.facts import BrokenChain, Fact, Side
from shared_models.orm.server import device
from shared_models.wire.messages import PushRequest, fact_message, side_message
from sync_server.api.problems import Refused
from sync_server.api.requests import checked_facts, checked_sides
from sync_server.ingest.alerts import Alerts
from sync_server.ingest.chain import ForgedFact, Gap
from sync_server.ingest.intake import take
from sync_server.ingest.locks import SERVER, UnknownDevice
from sync_server.ingest.server_device import ServerDevice
from sync_server.server import Server

__all__ = ["TakenCopies", "UnknownDevice", "head_of", "take_copies"]


@dataclass(frozen=True, slots=True)
class TakenCopies:
    """``head`` is the last fact now held. ``stopped`` says why nothing of the batch was taken."""

    head: int
    new: int
    quarantined: tuple[int, ...] = ()
    stopped: str = ""


def head_of(server: Server, incarnation: UUID) -> int:
    """The number of the last fact that the server holds of a till; raise ``UnknownDevice``."""
    with server.reading() as connection:
        found = connection.scalar(
            select(device.c.head_number).where(device.c.incarnation == incarnation, device.c.state != SERVER)
        )
    if found is None:
        raise UnknownDevice(incarnation)
    return int(found)


def take_copies(server: Server, incarnation: UUID, facts: Sequence[Fact], sides: Sequence[Side]) -> TakenCopies:
    """Take a batch of at most ``MAX_BATCH_FACTS`` in one transaction; raise ``UnknownDevice``."""
    before = head_of(server, incarnation)
    request = PushRequest(
        incarnation=incarnation, facts=[fact_message(one) for one in facts], sides=[side_message(one) for one in sides]
    )
    try:
        checked, beside = checked_facts(request), checked_sides(request)
        with server.acting() as act:
            taken = take(server, act, incarnation, checked, beside)
            ServerDevice(server).follow(act, taken.after)
            if taken.new:
                alerts = Alerts(act, server.ports.ids, incarnation)
                alerts.add("recovered", f"{taken.new} facts of this till were recovered from a copy.", checked[-1])
                alerts.write()
    except Gap as gap:
        return TakenCopies(before, 0, stopped=f"the server needs fact {gap.expected} next")
    except (BrokenChain, ForgedFact, Refused) as error:
        return TakenCopies(before, 0, stopped=str(error))
    if taken.forked is not None:
        return TakenCopies(before, 0, stopped=f"another fact {taken.forked} is known; the device is frozen now")
    return TakenCopies(taken.acknowledged, taken.new, taken.quarantined)
