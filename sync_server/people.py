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
from sync_server.ingest.locks import lock_device, lock_own
from sync_server.ingest.parting import must_wait
from sync_server.ingest.server_device import ServerDevice
from sync_server.ledger import partings, person
from sync_server.ledger.joins import group_of
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
    all become one. Of those who are one already a parting that waits is withdrawn; raise ``BadInput`` if none does."""
    with server.acting() as act:
        lock_own(server, act.connection)
        kept, gone = _person(act, kept), _person(act, gone)
        if kept == gone:
            if not partings.withdraw(act.connection, group_of(act.connection, [kept])):
                raise BadInput("These two are joined already.")
            return
        payload = MembersJoined(kept, gone, server.today(), by, Check.DESK, note[:LONGEST_NOTE])
        ServerDevice(server).record(act, payload)


def part(server: Server, first: UUID, second: UUID, by: str, note: str = "") -> bool:
    """They are different people. If they were joined, each has again what is their own. ``False``: only once tills
    have given back, or a till is written off that doesn't, what they hold of the two."""
    with server.acting() as act:
        lent = partings.lent_of(act.connection, group_of(act.connection, [first, second]))
        for device in sorted({one.incarnation for one in lent}):
            lock_device(act.connection, device)  # nothing comes back while we look
        lock_own(server, act.connection)
        were_one = _person(act, first) == _person(act, second)
        parting = MembersParted(first, second, server.today(), by, note[:LONGEST_NOTE])
        if were_one and must_wait(server, act, parting):
            partings.ask(act, parting)
            return False
        ServerDevice(server).record(act, parting)
        return True


def _person(act: Act, member_id: UUID) -> UUID:
    """Who that member was joined into, or they themselves."""
    row = act.connection.execute(select(member.c.id, member.c.alias_of).where(member.c.id == member_id)).one_or_none()
    if row is None:
        raise BadInput("This member isn't known.")
    found = row.alias_of or row.id
    assert isinstance(found, UUID)
    return found
