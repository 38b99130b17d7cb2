"""The goods as a store sold them on a day: the catalogue of now, with the prices and the programme of then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, select

from shared_models.domain.clock import unix_ms, utc
from shared_models.domain.programme import Programme, default_programme, from_plain
from shared_models.orm.server import feed, meta, price_change, store
from shared_models.orm.server import programme as programme_table
from shared_models.wire.state import StoreDoc
from sync_server.errors import BadInput
from sync_server.jobs.reprice import PRICES_FROM
from sync_server.server import Server


@dataclass(frozen=True, slots=True)
class DatedGoods:
    """``docs`` are the bytes of ``ProductDoc``s with the prices of now; ``other_prices`` has those, by product, that
    weren't the same at the end of the day."""

    store: StoreDoc
    day: date
    programme: Programme
    docs: list[bytes]
    other_prices: Mapping[str, int]


def goods_on(server: Server, store_id: str, day: date | None = None) -> DatedGoods:
    """As at the end of ``day`` in the store's zone, or as now if it is today or not given. Goods that were added since
    are there too, with their first price. Raise ``BadInput`` for no store, a day to come, or one of which no price
    changes are kept."""
    now_ms = server.ports.clock.now_ms()
    with server.reading() as connection:
        row = connection.execute(select(store.c.doc).where(store.c.id == store_id)).scalar()
        if row is None:
            raise BadInput(f"There is no store {store_id}.")
        doc = msgspec.json.decode(bytes(row), type=StoreDoc)
        zone = ZoneInfo(doc.timezone)
        today = utc(now_ms).astimezone(zone).date()
        day = day or today
        if day > today:
            raise BadInput(f"{day} is still to come: which prices will hold then isn't known.")
        end_ms = now_ms + 1 if day == today else unix_ms(datetime.combine(day + timedelta(1), time.min, zone))
        _check_kept(connection, end_ms, zone)
        docs = connection.scalars(select(feed.c.doc).where(feed.c.kind == "product", ~feed.c.deleted)).all()
        return DatedGoods(
            doc, day, _programme(connection, end_ms, zone), [bytes(each) for each in docs],
            _other_prices(connection, end_ms),
        )  # fmt: skip


def _check_kept(connection: Connection, end_ms: int, zone: ZoneInfo) -> None:
    kept = connection.scalar(select(meta.c.value).where(meta.c.key == PRICES_FROM))
    if kept is not None and end_ms < int(kept):
        since = utc(int(kept)).astimezone(zone).date()
        raise BadInput(f"Price changes are kept since {since} only; what held before isn't known.")


def _other_prices(connection: Connection, end_ms: int) -> dict[str, int]:
    """What the first change since then took away."""
    since = connection.execute(
        select(price_change).where(price_change.c.at_ms >= end_ms).order_by(price_change.c.at_ms.desc())
    )
    return {change.product_id: change.before_minor for change in since}


def _programme(connection: Connection, end_ms: int, zone: ZoneInfo) -> Programme:
    """Of those that had been published and had begun by then the last one."""
    rows = connection.execute(
        select(programme_table)
        .where(programme_table.c.published_ms < end_ms)
        .order_by(programme_table.c.version.desc())
    )
    for row in rows:
        found = from_plain(msgspec.json.decode(bytes(row.doc)))
        if unix_ms(datetime.combine(found.valid_from, time.min, zone)) < end_ms:
            return found
    return default_programme()
