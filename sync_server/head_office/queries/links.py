"""Members that may be one person, and what pricing sales again has found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, or_, select

from shared_models.orm import server as tables
from sync_server.ledger import partings
from sync_server.ledger.joins import group_of

PAGE = 50

_LINK = tables.member_link.c
_FINDING = tables.repricing_finding.c


def open_links(connection: Connection) -> Sequence[Row[Any]]:
    """Those that nobody has decided yet, the oldest first, at most ``PAGE``."""
    links: Select[Any] = select(*tables.member_link.columns).where(_LINK.state == "open")
    return connection.execute(links.order_by(_LINK.linked_ms, _LINK.first, _LINK.second).limit(PAGE)).all()


def decided_links(connection: Connection, limit: int = 10) -> Sequence[Row[Any]]:
    """Those decided last."""
    links: Select[Any] = select(*tables.member_link.columns).where(_LINK.state != "open")
    return connection.execute(links.order_by(_LINK.decided_ms.desc(), _LINK.first).limit(limit)).all()


def one_link(connection: Connection, first: UUID, second: UUID) -> Row[Any] | None:
    found: Select[Any] = select(*tables.member_link.columns)
    return connection.execute(found.where(_LINK.first == first, _LINK.second == second)).one_or_none()


def waiting(connection: Connection) -> int:
    """How many links wait for somebody to look."""
    counted = select(func.count()).select_from(tables.member_link).where(_LINK.state == "open")
    return connection.scalar(counted) or 0


def purchases(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many sales each of these names."""
    sale = tables.sale.c
    counted = select(sale.member_id, func.count()).where(sale.member_id.in_(ids)).group_by(sale.member_id)
    return {row[0]: row[1] for row in connection.execute(counted)}


def group(connection: Connection, member_id: UUID) -> list[UUID]:
    """That member and all joined into them."""
    member = tables.member.c
    return list(connection.scalars(select(member.id).where(or_(member.id == member_id, member.alias_of == member_id))))


def tills_that_hold(connection: Connection, ids: Iterable[UUID]) -> Sequence[Row[Any]]:
    """Store and lane of the tills that hold points or stored value of the person that ``ids`` are."""
    lent = partings.lent_of(connection, group_of(connection, ids))
    device = tables.device.c
    tills: Select[Any] = select(device.store_id, device.lane).where(
        device.incarnation.in_({each.incarnation for each in lent})
    )
    return connection.execute(tills.order_by(device.store_id, device.lane).distinct()).all()


def findings(connection: Connection, kinds: Sequence[str]) -> Sequence[Row[Any]]:
    """The newest findings of these kinds, with their sales; at most ``PAGE``."""
    sale = tables.sale.c
    rows: Select[Any] = (
        select(*tables.repricing_finding.columns, sale.receipt_number, sale.lane, sale.store_id, sale.currency,
               sale.business_date)
        .select_from(tables.repricing_finding.join(tables.sale, sale.sale_id == _FINDING.sale_id))
        .where(_FINDING.kind.in_(kinds))
        .order_by(_FINDING.found_ms.desc(), sale.confirmed_ms.desc(), _FINDING.kind)
        .limit(PAGE)
    )  # fmt: skip
    return connection.execute(rows).all()


def finding_counts(connection: Connection) -> dict[str, int]:
    counted = select(_FINDING.kind, func.count()).group_by(_FINDING.kind)
    return {row[0]: row[1] for row in connection.execute(counted)}


def product_names(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """As the catalogue has them now; of products that are gone none."""
    product = tables.product.c
    return {row.id: row.name for row in connection.execute(select(product.id, product.name).where(product.id.in_(ids)))}
