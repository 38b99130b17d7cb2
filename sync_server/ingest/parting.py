"""When members who were one can be parted: not while tills hold points or stored value of theirs.

What a till holds was lent of what both have together. Were they parted meanwhile, it could spend there what the other
one has again.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from shared_models.domain.administration import DeviceWrittenOff
from shared_models.domain.leases import LeaseReturned, LeaseWrittenOff
from shared_models.domain.member_links import MembersParted
from shared_models.domain.stored_value_facts import StoredValueLoaded
from shared_models.wire.facts import Payload
from sync_server.act import Act
from sync_server.ingest.declarations import undeclared
from sync_server.ledger import partings
from sync_server.ledger.joins import group_of
from sync_server.server import Server

_ABOUT_LEASES = LeaseReturned | LeaseWrittenOff | DeviceWrittenOff | StoredValueLoaded


def may_be_due(connection: Connection, payloads: Iterable[Payload]) -> bool:
    """Whether a parting waits, and these facts may let it go on, or are of something new that is lent."""
    return any(isinstance(one, _ABOUT_LEASES) for one in payloads) and partings.are_asked(connection)


def must_wait(server: Server, act: Act, parting: MembersParted) -> bool:
    """Whether tills hold something of the two, who are one, or of others who are one with them: it is called back. A
    restored server that hasn't heard of all tills doesn't know."""
    is_lent = partings.call_back(act, group_of(act.connection, (parting.first, parting.second)))
    return is_lent or undeclared(act.connection, server.epoch(act.connection)) > 0


def partings_due(server: Server, act: Act) -> list[MembersParted]:
    """Of those that were asked for the ones that needn't wait any more."""
    found = [
        MembersParted(row.first, row.second, server.today(), row.by, row.note) for row in partings.asked(act.connection)
    ]
    return [each for each in found if not must_wait(server, act, each)]
