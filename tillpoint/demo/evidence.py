"""What is read after the morning, from outside: the server's database, both tills' journals and replicas."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select

from pos_client.store.database import Database, Durability, connect
from pos_client.store.keys import find_keys
from pos_client.store.verify import Report, verify_journal
from shared_models.orm.server import alert, device, fact, feed, member, points_entry, points_lot, sale, sale_line
from shared_models.wire.state import MemberDoc
from sync_server.ledger.documents import MemberFigures
from sync_server.server import Server


@dataclass(frozen=True, slots=True)
class Figures:
    """A member's row as the server has it and as a till has it: the same version must say the same."""

    version: int
    balance: int
    debt: int
    growth: int
    tier: str


@dataclass(frozen=True, slots=True)
class Points:
    """A member's points on the server, two ways: the sum of all entries, and what is left in lots less the debt."""

    entries: int
    lots: int
    debt: int


@dataclass(frozen=True, slots=True)
class ServerSide:
    """``sales`` counts each sale id. ``heads``, ``facts`` and ``public_keys`` by device, without the server's own."""

    heads: dict[UUID, int]
    public_keys: dict[UUID, bytes]
    facts: dict[UUID, int]
    sales: Counter[str]
    totals_minor: dict[str, int]
    lines: int
    earned: int
    redeemed: int
    points: dict[UUID, Points]
    figures: dict[UUID, Figures]
    alerts: tuple[str, ...]
    troubled_facts: int


@dataclass(frozen=True, slots=True)
class TillSide:
    """``sales`` counts the sale ids of the journal's facts; ``unsent``: facts that the server doesn't hold."""

    report: Report
    sales: Counter[str]
    earned: int
    redeemed: int
    figures: dict[UUID, Figures]
    unsent: int


def read_server(server: Server) -> ServerSide:
    with server.reading() as db:
        devices = db.execute(select(device).where(device.c.state != "server")).all()
        ours = {row.incarnation for row in devices}
        counts = db.execute(select(fact.c.incarnation, func.count()).group_by(fact.c.incarnation)).all()
        sales = db.execute(select(sale)).all()
        return ServerSide(
            heads={row.incarnation: row.head_number for row in devices},
            public_keys={row.incarnation: bytes(row.public_key) for row in devices},
            facts={incarnation: count for incarnation, count in counts if incarnation in ours},
            sales=Counter(str(row.sale_id) for row in sales),
            totals_minor={str(row.sale_id): row.total_minor for row in sales},
            lines=db.scalar(select(func.count()).select_from(sale_line)) or 0,
            earned=sum(row.points_earned for row in sales),
            redeemed=sum(row.points_redeemed for row in sales),
            points=_points(db),
            figures=_published(db),
            alerts=tuple(db.scalars(select(alert.c.message))),
            troubled_facts=db.scalar(select(func.count()).select_from(fact).where(fact.c.state != "applied")) or 0,
        )


def _points(db: Connection) -> dict[UUID, Points]:
    entries = _sums(db, points_entry.c.member_id, points_entry.c.points)
    lots = _sums(db, points_lot.c.member_id, points_lot.c.remaining)
    debts = db.execute(select(member.c.id, member.c.debt))
    return {one: Points(entries.get(one, 0), lots.get(one, 0), debt) for one, debt in debts}


def _sums(db: Connection, key: ColumnElement[UUID], amount: ColumnElement[int]) -> dict[UUID, int]:
    return {one: int(total) for one, total in db.execute(select(key, func.sum(amount)).group_by(key))}


def _published(db: Connection) -> dict[UUID, Figures]:
    rows = db.execute(select(feed.c.key, feed.c.version, feed.c.doc).where(feed.c.kind == "member"))
    found = ((UUID(key), version, msgspec.json.decode(doc, type=MemberFigures)) for key, version, doc in rows)
    return {
        one: Figures(version, sum(lot.points for lot in doc.lots), doc.debt, doc.growth, doc.tier)
        for one, version, doc in found
    }


def read_till(home: Path, server: ServerSide) -> TillSide:
    """From the files, read-only, whether the till still runs or not. The device's key is the one the server holds."""
    key = find_keys(home).load().database
    path = home / "journal.db"
    journal = Database(connect(path, key, Durability.FULL, read_only=True), path)
    try:
        payloads = [
            json.loads(bytes(payload))
            for (payload,) in journal.all("SELECT payload FROM fact WHERE kind = 'sale.confirmed' ORDER BY number")
        ]
        meta = {name: bytes(value) for name, value in journal.all("SELECT key, value FROM meta")}
        last = journal.all("SELECT coalesce(max(number), 0) FROM fact")[0][0]
    finally:
        journal.close()
    incarnation = UUID(bytes=meta["incarnation"])
    members = [payload["member"] for payload in payloads if payload["member"]]
    return TillSide(
        report=verify_journal(path, key, server.public_keys.get(incarnation)),
        sales=Counter(payload["sale_id"] for payload in payloads),
        earned=sum((one["earned"] or {"points": 0})["points"] for one in members),
        redeemed=sum(one["redeemed_points"] for one in members),
        figures=_replicated(home / meta["replica"].decode(), key),
        unsent=last - server.heads.get(incarnation, 0),
    )


def _replicated(path: Path, key: bytes) -> dict[UUID, Figures]:
    replica = Database(connect(path, key, Durability.NORMAL, read_only=True), path)
    try:
        rows = replica.all("SELECT id, version, doc FROM member")
    finally:
        replica.close()
    found = ((UUID(bytes=bytes(one)), version, msgspec.json.decode(doc, type=MemberDoc)) for one, version, doc in rows)
    return {
        one: Figures(version, sum(lot.points for lot in doc.lots), doc.debt, doc.growth, doc.tier)
        for one, version, doc in found
    }
