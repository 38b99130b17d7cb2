"""What head office does about who members are: edits, joining two registrations, parting them. One fact each."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from shared_models.domain.facts import SALT_BYTES, Side, commitment
from shared_models.domain.member import PROFILE_SIDE
from shared_models.domain.member_links import Check, MembersJoined, MembersParted
from shared_models.domain.profile_edit import ConsentChoice, MemberEdited, ProfileChange
from shared_models.orm.server import member
from shared_models.wire.facts import encode_change
from sync_server.act import Act
from sync_server.errors import BadInput
from sync_server.ingest.locks import lock_own
from sync_server.ingest.server_device import ServerDevice
from sync_server.ledger import person
from sync_server.server import Server

LONGEST_NOTE = 200


def edit(
    server: Server, member_id: UUID, by: str, change: ProfileChange, consents: Sequence[ConsentChoice] = ()
) -> None:
    """Change fields of a profile, and consents. It is later than all that the member's row holds by now; raise
    ``BadInput`` for a member that isn't known."""
    if not change.changed() and not consents:
        return
    side = Side(0, PROFILE_SIDE, server.ports.randomness.secret(SALT_BYTES), encode_change(change))
    sides = [side] if change.changed() else []
    with server.acting() as act:
        lock_own(server, act.connection)
        row = act.connection.execute(
            select(member.c.store_id, member.c.clocks, member.c.consents).where(member.c.id == member_id)
        ).one_or_none()
        if row is None:
            raise BadInput("This member isn't known.")
        newest = person.newest_clock(person.read_clocks(row.clocks), person.read_consents(row.consents))
        committed = commitment(side.salt, side.body) if sides else None
        payload = MemberEdited(member_id, row.store_id, by, committed, tuple(consents))
        ServerDevice(server).record_all(act, [(payload, sides)], later_than=newest)


def join(server: Server, kept: UUID, gone: UUID, by: str, note: str = "") -> None:
    """Two registrations are one person, as somebody found out at the desk. Each may have been joined before: then
    all become one. Raise ``BadInput`` if they are one already."""
    with server.acting() as act:
        lock_own(server, act.connection)
        kept, gone = _person(act, kept), _person(act, gone)
        if kept == gone:
            raise BadInput("These two are joined already.")
        payload = MembersJoined(kept, gone, server.today(), by, Check.DESK, note[:LONGEST_NOTE])
        ServerDevice(server).record(act, payload)


def part(server: Server, first: UUID, second: UUID, by: str, note: str = "") -> None:
    """They are different people. If they were joined, each has again what is their own."""
    with server.acting() as act:
        lock_own(server, act.connection)
        for each in (first, second):
            _person(act, each)
        payload = MembersParted(first, second, server.today(), by, note[:LONGEST_NOTE])
        ServerDevice(server).record(act, payload)


def _person(act: Act, member_id: UUID) -> UUID:
    """Who that member was joined into, or they themselves."""
    row = act.connection.execute(select(member.c.id, member.c.alias_of).where(member.c.id == member_id)).one_or_none()
    if row is None:
        raise BadInput("This member isn't known.")
    found = row.alias_of or row.id
    assert isinstance(found, UUID)
    return found
