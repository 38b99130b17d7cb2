"""Sales priced again. A sale keeps what the customer was told; what is found here is for head office to look at.

Two lists: *arithmetic*, where the same inputs give another figure, and *stale*, where the till sold by a programme or
a price that had been replaced by then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, select

from shared_models.domain.clock import unix_ms, utc
from shared_models.domain.errors import DomainError
from shared_models.domain.facts import Fact
from shared_models.domain.price_again import agrees, at_other_terms, told
from shared_models.domain.pricing import ENGINE
from shared_models.domain.programme import Programme, from_plain
from shared_models.domain.retold import FactRetold
from shared_models.domain.sale import SaleConfirmed
from shared_models.orm.server import device, fact, meta, price_change, repricing, repricing_finding, sale, store
from shared_models.orm.server import programme as programme_table
from shared_models.wire.facts import decode
from shared_models.wire.state import StoreDoc
from sync_server.act import Act
from sync_server.ingest.alerts import Alerts
from sync_server.server import Server
from sync_server.store.engine import lock
from sync_server.store.facts import fact_of
from sync_server.store.statements import Row as Values
from sync_server.store.statements import add_missing, put

REPRICING_LOCK = 0x71_11_00_06
CHUNK = 200
ARITHMETIC, STALE_PROGRAMME, STALE_PRICE, UNJUDGED = "arithmetic", "stale_programme", "stale_price", "unjudged"
KINDS = (ARITHMETIC, STALE_PROGRAMME, STALE_PRICE, UNJUDGED)
_MOST_PRICES = 10
"""Of one sale, that a finding lists."""

PRICES_FROM = "price_changes_from_ms"
"""In ``meta``: price changes before this moment weren't kept."""


@dataclass(slots=True)
class Done:
    """What one run did: ``judged`` sales, and how many findings of each kind."""

    judged: int = 0
    found: dict[str, int] = field(default_factory=dict)


def run(server: Server, chunk: int = CHUNK) -> Done:
    """Judge every sale that wasn't judged yet, ``chunk`` of a device in a transaction. Cut short anywhere, it goes on
    from there; of several workers each takes what the others haven't."""
    done = Done()
    while True:
        with server.acting() as act:
            lock(act.connection, REPRICING_LOCK)
            facts = _next(act.connection, chunk)
            for kind in _judge_all(server, act, facts):
                done.found[kind] = done.found.get(kind, 0) + 1
        if not facts:
            return done
        done.judged += len(facts)


def _next(connection: Connection, chunk: int) -> list[tuple[UUID, Fact]]:
    """The next sales of one device that has any, with the sale's id."""
    upto = select(repricing.c.number).where(repricing.c.incarnation == sale.c.incarnation).scalar_subquery()
    behind = (
        select(sale.c.incarnation)
        .join(device, device.c.incarnation == sale.c.incarnation)
        .where((sale.c.number > upto) | (upto.is_(None)))
        .limit(1)
    )
    incarnation = connection.scalar(behind)
    if incarnation is None:
        return []
    number = connection.scalar(select(repricing.c.number).where(repricing.c.incarnation == incarnation)) or 0
    rows = connection.execute(
        select(sale.c.sale_id, *fact.columns)
        .join(fact, (fact.c.incarnation == sale.c.incarnation) & (fact.c.number == sale.c.number))
        .where(sale.c.incarnation == incarnation, sale.c.number > number)
        .order_by(sale.c.number)
        .limit(chunk)
    )
    return [(row.sale_id, fact_of(row)) for row in rows]


def _judge_all(server: Server, act: Act, facts: Sequence[tuple[UUID, Fact]]) -> list[str]:
    if not facts:
        return []
    incarnation, last = facts[0][1].incarnation, facts[-1][1].number
    alerts, findings = Alerts(act, server.ports.ids, incarnation), list[Values]()
    terms = _Terms(act.connection)
    for sale_id, one in facts:
        payload = decode(one)
        if isinstance(payload, FactRetold):
            payload = decode(payload.fact)
        assert isinstance(payload, SaleConfirmed), "a sale's fact is a sale"
        for found in _judge(terms, payload):
            if found.kind == ARITHMETIC:
                message = f"Receipt {payload.receipt_number} priced again from its own inputs: {found.detail}"
                alerts.add("arithmetic", message, one, payload.member.id if payload.member else None)
            findings.append(
                {
                    "sale_id": sale_id, "kind": found.kind, "incarnation": incarnation, "number": one.number,
                    "found_ms": act.now_ms, "told_minor": payload.total_minor, "other_minor": found.other_minor,
                    "age_ms": found.age_ms, "detail": found.detail,
                }
            )  # fmt: skip
    add_missing(act.connection, repricing_finding, findings)
    alerts.write()
    before = act.connection.scalar(select(repricing.c.judged).where(repricing.c.incarnation == incarnation)) or 0
    put(
        act.connection, repricing,
        [{"incarnation": incarnation, "number": last, "judged": before + len(facts)}],
    )  # fmt: skip
    return [str(each["kind"]) for each in findings]


@dataclass(frozen=True, slots=True)
class Finding:
    """``other_minor`` is what the sale would have come to, ``None`` if that can't be said; ``detail`` one English
    sentence, or of what is stale JSON: ``{"used", "newer"}`` versions of the programme, ``{product id: [price told,
    price in force]}``."""

    kind: str
    detail: str
    other_minor: int | None = None
    age_ms: int | None = None


def _judge(terms: _Terms, one: SaleConfirmed) -> Iterator[Finding]:
    inputs = one.inputs
    programme, zone = terms.programme(inputs.programme_version), terms.zone(one.store_id)
    why_not = _why_not(one, programme, zone)
    if why_not or programme is None or zone is None:
        yield Finding(UNJUDGED, why_not)
        return
    at = utc(inputs.priced_ms).astimezone(zone)
    try:
        other = agrees(one, programme, at)
    except DomainError as error:
        yield Finding(ARITHMETIC, f"programme {programme.version} can't price it ({error.code}).")
        return
    if other is not None:
        said, again = told(one), other.total_minor + one.rounding_minor
        detail = f"{one.total_minor} was told, {again} found (minor units); points {said.points} and {other.points}."
        yield Finding(ARITHMETIC, detail, again)
    yield from _stale(terms, one, programme, at)


def _why_not(one: SaleConfirmed, programme: Programme | None, zone: ZoneInfo | None) -> str:
    """Empty if the sale can be judged."""
    if one.inputs.engine != ENGINE:
        return f"It was priced by another arithmetic ({one.inputs.engine[:40]})."
    if not one.inputs.priced_ms:
        return "It doesn't say for which moment it was priced."
    if one.coupons:
        return "It used coupons, and their terms aren't in the record."
    if programme is None:
        return f"Programme {one.inputs.programme_version} isn't held here."
    if zone is None:
        return "Its store isn't known here."
    return ""


def _stale(terms: _Terms, one: SaleConfirmed, programme: Programme, at: datetime) -> Iterator[Finding]:
    def priced(by: Programme, prices: dict[str, int]) -> int | None:
        try:
            return at_other_terms(one, by, at, prices).total_minor + one.rounding_minor
        except DomainError:
            return None

    newer = terms.in_force(at, programme.version)
    if newer is not None:
        age = one.inputs.priced_ms - newer.since_ms
        versions = {"used": programme.version, "newer": newer.programme.version}
        yield Finding(STALE_PROGRAMME, json.dumps(versions), priced(newer.programme, {}), age)
    changed = terms.changed_prices(one)
    if changed:
        age = one.inputs.priced_ms - min(since for _, since in changed.values())
        used = {line.product_id: line.unit_price_minor for line in one.lines}
        prices = {each: (used[each], now) for each, (now, _) in sorted(changed.items())[:_MOST_PRICES]}
        other = priced(programme, {each: now for each, (now, _) in changed.items()})
        yield Finding(STALE_PRICE, json.dumps(prices), other, age)


@dataclass(frozen=True, slots=True)
class _Newer:
    """The programme in force, and since when one that is newer than the till's had been."""

    programme: Programme
    since_ms: int


class _Terms:
    """By what sales were, or ought to have been, priced."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        rows = connection.execute(select(programme_table).order_by(programme_table.c.version))
        self._programmes = {row.version: (row.published_ms, from_plain(msgspec.json.decode(row.doc))) for row in rows}
        docs = [msgspec.json.decode(bytes(doc), type=StoreDoc) for doc in connection.scalars(select(store.c.doc))]
        self._zones = {doc.id: ZoneInfo(doc.timezone) for doc in docs}
        from_ms = connection.scalar(select(meta.c.value).where(meta.c.key == PRICES_FROM))
        self._prices_from_ms = int(from_ms) if from_ms else 0

    def programme(self, version: int) -> Programme | None:
        found = self._programmes.get(version)
        return found[1] if found else None

    def zone(self, store_id: str) -> ZoneInfo | None:
        return self._zones.get(store_id)

    def in_force(self, at: datetime, used: int) -> _Newer | None:
        """``None`` if ``used`` was the one in force at ``at``, in the store's zone, or none newer was."""
        since = [
            (max(published_ms, _begins_ms(one, at)), one)
            for version, (published_ms, one) in self._programmes.items()
            if version > used
        ]
        begun = [(begins_ms, one) for begins_ms, one in since if begins_ms <= unix_ms(at)]
        if not begun:
            return None
        return _Newer(max(begun, key=lambda each: each[1].version)[1], min(begins_ms for begins_ms, _ in begun))

    def changed_prices(self, one: SaleConfirmed) -> dict[str, tuple[int, int]]:
        """Products whose price in force then was another: that price, and since when it had been in force. Nothing for
        times of which changes weren't kept."""
        at_ms = one.inputs.priced_ms
        if at_ms < self._prices_from_ms:
            return {}
        used = {line.product_id: line.unit_price_minor for line in one.lines}
        changes = self._connection.execute(
            select(price_change).where(price_change.c.product_id.in_(used)).order_by(price_change.c.at_ms)
        ).all()
        last = {row.product_id: row for row in changes if row.at_ms <= at_ms}
        return {
            product_id: (row.after_minor, row.at_ms)
            for product_id, row in last.items()
            if row.after_minor != used[product_id]
        }


def _begins_ms(one: Programme, at: datetime) -> int:
    return unix_ms(datetime.combine(one.valid_from, time.min, at.tzinfo))


def totals(connection: Connection) -> tuple[int, int]:
    """How many sales were judged, and from when on prices could be (Unix ms, 0: always)."""
    judged = sum(connection.scalars(select(repricing.c.judged)))
    from_ms = connection.scalar(select(meta.c.value).where(meta.c.key == PRICES_FROM))
    return judged, int(from_ms) if from_ms else 0
