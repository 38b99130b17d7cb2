"""Who may be one person, and the welcome gift, which a person gets once.

People are counted by what is known: members who are linked, or joined, may be one person and get one gift among them
until somebody has said that they are different people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, or_, select

from shared_models.domain import expiry
from shared_models.domain.earning import reward
from shared_models.domain.expiry import days_later
from shared_models.domain.member_links import REGISTER, MemberRewarded, MembersLinked
from shared_models.orm.server import member, member_link
from sync_server.act import Act
from sync_server.ingest.people import JOINED, OPEN
from sync_server.server import Server

PHONE = "phone"
MOST_PEOPLE = 100
"""Who are looked at as maybe one person."""


def links_to_make(connection: Connection, pairs: Iterable[tuple[UUID, UUID]]) -> list[MembersLinked]:
    """Of ``pairs`` those that nobody has looked at, or is to look at, already."""
    return [MembersLinked(*pair, PHONE) for pair in pairs if not _is_linked(connection, pair)]


def gifts_due(server: Server, act: Act, ids: Iterable[UUID]) -> list[MemberRewarded]:
    """The gifts to give and to take back now that something happened to ``ids``.

    Of those that may be one person the one who registered first gets it, if none of them has had one or was a member
    without one. Of two gifts to one joined person that of whom the other was joined into stays.
    """
    found: list[MemberRewarded] = []
    seen: set[UUID] = set()
    for member_id in sorted(ids):
        if member_id not in seen:
            people = _maybe_one(act.connection, member_id)
            seen |= {row.id for row in people}
            found += _too_many(server, people) or _missing(server, act, people)
    return found


def _too_many(server: Server, people: Sequence[Row[Any]]) -> list[MemberRewarded]:
    by_person: dict[UUID, list[Row[Any]]] = {}
    for row in people:
        if row.welcome:
            by_person.setdefault(row.alias_of or row.id, []).append(row)
    return [
        MemberRewarded(row.id, REGISTER, server.today(), taken_back=row.welcome)
        for had in by_person.values()
        for row in sorted(had, key=lambda row: (row.alias_of is not None, row.id))[1:]
    ]


def _missing(server: Server, act: Act, people: Sequence[Row[Any]]) -> list[MemberRewarded]:
    if not people or any(row.welcome != 0 for row in people):
        return []
    programme = server.programme(act.connection)
    gift, first = reward(programme.acts, REGISTER, 0), min(people, key=lambda row: row.id)
    if not gift.points:
        return []
    on = min(date.fromisoformat(first.registered_on), days_later(server.today(), 1))
    lot = expiry.lot(server.ports.ids.new(), gift.points, on, programme.earn)
    return [MemberRewarded(first.id, REGISTER, on, lot, gift.growth)]


def _maybe_one(connection: Connection, member_id: UUID) -> Sequence[Row[Any]]:
    """All who may be one person with that member: linked and not found to be different, or joined; at most
    ``MOST_PEOPLE``."""
    found: set[UUID] = set()
    new = {member_id}
    while new and len(found) < MOST_PEOPLE:
        found |= new
        new = _neighbours(connection, new) - found
    rows: Select[Any] = select(member.c.id, member.c.alias_of, member.c.welcome, member.c.registered_on)
    return connection.execute(rows.where(member.c.id.in_(found)).order_by(member.c.id)).all()


def _neighbours(connection: Connection, ids: set[UUID]) -> set[UUID]:
    link = member_link.c
    linked = select(link.first, link.second).where(
        or_(link.first.in_(ids), link.second.in_(ids)), link.state.in_((OPEN, JOINED))
    )
    found = {each for row in connection.execute(linked) for each in row}
    joined = select(member.c.id, member.c.alias_of).where(
        member.c.alias_of.is_not(None), or_(member.c.id.in_(ids), member.c.alias_of.in_(ids))
    )
    return found | {each for row in connection.execute(joined) for each in row}


def _is_linked(connection: Connection, pair: tuple[UUID, UUID]) -> bool:
    link = member_link.c
    known = select(link.state).where(link.first == pair[0], link.second == pair[1])
    return connection.scalar(known) is not None
