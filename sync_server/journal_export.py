"""The facts that the server holds, as a file that an auditor checks without it. Written piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import msgspec
from sqlalchemy import Connection, Row, select

from shared_models.domain.facts import Side
from shared_models.orm.server import device, fact
from shared_models.orm.server import side as side_table
from shared_models.wire import fact_file
from shared_models.wire.fact_file import DeviceRecord
from sync_server.ingest.locks import SERVER
from sync_server.ingest.sides import side_place
from sync_server.server import Server
from sync_server.store.facts import fact_of

PIECE_FACTS = 500


@dataclass(frozen=True, slots=True)
class Exported:
    devices: int
    facts: int


def export(server: Server, file: BinaryIO, *, personal: bool) -> Exported:
    """Write every device's facts in one snapshot: the server's own first, whose chain names the keys of the others,
    then the tills lane by lane. ``personal``: with the side records, for whoever has a right to them."""
    file.write(fact_file.MAGIC)
    devices = facts = 0
    with server.reading() as connection:
        rows = connection.execute(select(device)).all()
        lanes: set[tuple[str, int]] = set()
        for row in sorted(rows, key=_order):
            is_first = (row.store_id, row.lane) not in lanes
            lanes.add((row.store_id, row.lane))
            file.write(fact_file.device_record(_device(row, server, is_first=is_first, personal=personal)))
            devices += 1
            for piece in _pieces(connection, row, server, personal=personal):
                file.write(b"".join(piece))
                facts += len(piece)
    return Exported(devices, facts)


def _order(row: Row[Any]) -> tuple[bool, str, int, int, bytes]:
    return row.state != SERVER, row.store_id, row.lane, row.enrolled_ms, row.incarnation.bytes


def _device(row: Row[Any], server: Server, *, is_first: bool, personal: bool) -> DeviceRecord:
    """Where a lane's later device began is only known of those enrolled since that is written down."""
    is_known = is_first or row.receipt_start > 0 or row.z_start > 0
    return DeviceRecord(
        incarnation=row.incarnation, store_id=row.store_id, lane=row.lane, public_key=bytes(row.public_key),
        made_ms=server.ports.clock.now_ms(), sides=personal, enrolled_ms=row.enrolled_ms,
        first_receipt_number=row.receipt_start + 1 if is_known else 0,
        first_z_number=row.z_start + 1 if is_known else 0,
    )  # fmt: skip


def _pieces(connection: Connection, row: Row[Any], server: Server, *, personal: bool) -> Iterator[list[bytes]]:
    """Up to the head that the device's row shows: on PostgreSQL each statement sees what was committed before it."""
    after = 0
    while True:
        chosen = select(fact).where(
            fact.c.incarnation == row.incarnation, fact.c.number > after, fact.c.number <= row.head_number
        )
        found = connection.execute(chosen.order_by(fact.c.number).limit(PIECE_FACTS)).all()
        if not found:
            return
        sides = _sides(connection, found, server) if personal else {}
        yield [
            fact_file.fact_record(fact_of(one), sides.get(one.number, []), one.received_ms, one.state) for one in found
        ]
        after = found[-1].number


def _sides(connection: Connection, facts: Any, server: Server) -> dict[int, list[Side]]:
    incarnation = facts[0].incarnation
    rows = connection.execute(
        select(side_table).where(
            side_table.c.incarnation == incarnation, side_table.c.number.between(facts[0].number, facts[-1].number)
        )
    )
    found: dict[int, list[Side]] = {}
    for row in rows:
        place = side_place(incarnation, row.number, row.name)
        salt, body = msgspec.msgpack.decode(server.sealer.open(bytes(row.sealed), place))
        found.setdefault(row.number, []).append(Side(row.number, row.name, salt, body))
    return found
