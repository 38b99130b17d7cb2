"""Partings that somebody asked for and that wait: tills hold points or stored value of the person who is to be two.

While one waits nothing more of the person is lent, and what is lent is called back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, exists, or_, select

from shared_models.domain.member_links import MembersParted
from shared_models.domain.spending_rules import points_of, stored_value_of
from shared_models.orm.server import parting_asked
from sync_server.act import Act
from sync_server.ledger.leases import Borrowed, open_of, recall
from sync_server.store.statements import add_missing

_ASKED = parting_asked.c


def ask(act: Act, parting: MembersParted) -> None:
    """Keep that these two are to be parted once nothing of theirs is lent. The first one who asked is kept."""
    row = {
        "first": parting.first, "second": parting.second, "asked_ms": act.now_ms, "by": parting.by,
        "note": parting.note,
    }  # fmt: skip
    add_missing(act.connection, parting_asked, [row])


def withdraw(connection: Connection, ids: Iterable[UUID]) -> bool:
    """Whether any parting of ``ids``, who are one person, was asked for: none is any more."""
    return connection.execute(delete(parting_asked).where(_ASKED.first.in_(set(ids)))).rowcount > 0


def done(connection: Connection, one: UUID, other: UUID) -> None:
    pair = (one, other)
    connection.execute(delete(parting_asked).where(_ASKED.first.in_(pair), _ASKED.second.in_(pair)))


def asked(connection: Connection) -> Sequence[Row[Any]]:
    """All that wait, those asked for first in front."""
    return connection.execute(select(parting_asked).order_by(_ASKED.asked_ms, _ASKED.first, _ASKED.second)).all()


def are_asked(connection: Connection) -> bool:
    return connection.scalar(select(exists().select_from(parting_asked))) or False


def is_asked(connection: Connection, ids: Iterable[UUID]) -> bool:
    """Whether one of ``ids`` is to be parted from another."""
    wanted = set(ids)
    of_them = or_(_ASKED.first.in_(wanted), _ASKED.second.in_(wanted))
    return connection.scalar(select(exists().where(of_them))) or False


def lent_of(connection: Connection, ids: Iterable[UUID]) -> list[Borrowed]:
    """What devices hold of the points and stored value of ``ids``."""
    resources = [of(each) for each in sorted(ids) for of in (points_of, stored_value_of)]
    return [one for each in resources for one in open_of(connection, each)]


def call_back(act: Act, ids: Iterable[UUID]) -> bool:
    """Call all of that back; whether there was any."""
    borrowed = lent_of(act.connection, ids)
    for resource in {one.resource for one in borrowed if one.resource is not None}:
        recall(act, resource)
    return bool(borrowed)
