"""The server in a simulation: the real code on a real encrypted file, and the power cuts that befall it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Engine, Row, select

from pos_client.app.ports import Response
from shared_models.domain.facts import Fact
from shared_models.domain.member import Account, Lot
from shared_models.domain.return_record import SaleReturned
from shared_models.orm import server as tables
from shared_models.orm.server import device, fact, member, points_lot, sale
from shared_models.wire.facts import decode_profile
from shared_models.wire.messages import SUPPORTED
from sync_server.api.endpoints import Api
from sync_server.ingest.cash import LOAD
from sync_server.ingest.locks import SERVER
from sync_server.ingest.sides import kept_sides
from sync_server.ledger.person import consent_docs, read_consents
from sync_server.ledger.profiles import profile_place
from sync_server.ports import Ports
from sync_server.server import Server, open_server
from sync_server.snapshots import Shelf
from sync_server.snapshots.builder import Builder
from sync_server.store import open_engine, upgrade
from tillpoint.simulate.books import Booked, CouponState, LeaseRow, Person, ServerBooks, Shown
from tillpoint.simulate.kernel import Kernel, PowerCut, SimClock, SimRandomness
from tillpoint.simulate.machine import Machine

OWNER = "server"
BUILD_MS = 15_000

Result = TypeVar("Result")

_RETURNED = msgspec.json.Decoder(SaleReturned)


class SimServer:
    """Its files are in ``folder``, which is its machine's disk."""

    def __init__(self, kernel: Kernel, folder: Path) -> None:
        self.machine = Machine(kernel, OWNER, "server", folder)
        self.supported: tuple[int, ...] = SUPPORTED
        self.with_snapshots = False
        self._kernel = kernel
        self._snapshots = folder / "snapshots"
        self.after_commit: Callable[[Server], None] = _unwatched
        self._url = f"sqlcipher:///{folder / 'server.db'}"
        randomness = SimRandomness(kernel, OWNER)
        self._ports = Ports(SimClock(kernel), randomness)
        self._database_key, self._data_key = randomness.secret(32), randomness.secret(32)

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """One request, as it comes from the wire; raise ``PowerCut`` if the machine went down over it."""
        with self.machine.powered():
            answer = self._api.handle(method, path, headers, body)
        self.after_commit(self._server)
        if self._shelf is not None and self._shelf.wake.is_set():
            self._shelf.wake.clear()
            self._kernel.after(BUILD_MS, OWNER, self._build_snapshots)
        return Response(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.body)

    def act(self, work: Callable[[Server], Result]) -> Result:
        """Head office does something, and again if the power went over it: ``work`` may have been done already."""
        while True:
            try:
                with self.machine.powered():
                    done = work(self._server)
            except PowerCut:
                self.restart()
            else:
                self.after_commit(self._server)
                return done

    def start(self) -> None:
        with self.machine.powered():
            self._engine: Engine = open_engine(self._url, self._database_key)
            upgrade(self._engine)
            self._server = open_server(self._engine, self._data_key, self._ports)
            self._shelf = Shelf(self._server, self._snapshots) if self.with_snapshots else None
            self.speak(self.supported)

    def speak(self, supported: tuple[int, ...]) -> None:
        """From now on it is one of a release that takes these versions of messages."""
        self.supported = supported
        self._api = Api(self._server, self._shelf, supported)

    def _build_snapshots(self) -> None:
        if self._shelf is not None:
            shelf = self._shelf
            self._kernel.faults["snapshots_built"] += self.act(lambda server: Builder(server, shelf).build_due())

    def restart(self) -> None:
        """After a power cut: what was committed is there, nothing else. The power may go again meanwhile."""
        while True:
            self.close()
            try:
                self.start()
            except PowerCut:
                continue
            self.after_commit(self._server)
            return

    def close(self) -> None:
        self._engine.dispose()
        self.machine.off()

    def back_up(self) -> dict[str, bytes]:
        """All files as they stand between two acts."""
        return {path.name: path.read_bytes() for path in self.machine.disk.folder.glob("server.db*")}

    def restore(self, backup: dict[str, bytes]) -> None:
        """Whatever came after ``backup`` is forgotten."""
        self.close()
        for path in self.machine.disk.folder.glob("server.db*"):
            path.unlink()
        for name, content in backup.items():
            if not name.endswith("-shm"):
                (self.machine.disk.folder / name).write_bytes(content)
        try:
            self.start()
        except PowerCut:
            self.restart()

    def holds(self, incarnation: UUID) -> int:
        """The number of the last fact it has of a device, 0 if it doesn't know it."""
        with self._server.reading() as connection:
            number = connection.scalar(select(device.c.head_number).where(device.c.incarnation == incarnation))
        return number or 0

    @property
    def server(self) -> Server:
        return self._server

    def books(self) -> ServerBooks:
        """What the tables hold, read plainly."""
        with self._server.reading() as connection:
            accounts = _accounts(connection)
            devices = connection.execute(select(device)).all()
            coupons, leases = tables.coupon, connection.execute(select(tables.lease)).all()
            facts, uses = _facts(connection), connection.execute(select(tables.coupon_use)).all()
            return ServerBooks(
                facts=facts,
                own=[row.incarnation for row in devices if row.state == SERVER],
                booked=self._booked(connection, facts),
                sales=[(row.receipt_code, row.total_minor) for row in connection.execute(select(sale))],
                returns=[
                    (_RETURNED.decode(row.doc).receipt_code, row.total_minor, row.state)
                    for row in connection.execute(select(tables.sale_return))
                ],
                moved=[
                    (row.movement_id, row.amount_minor)
                    for row in connection.execute(select(tables.cash_movement))
                    if row.kind != LOAD
                ],
                lots={
                    row.id: date.fromisoformat(row.expires_on)
                    for row in connection.execute(select(points_lot.c.id, points_lot.c.expires_on))
                },
                shown={
                    row.id: Shown(_points(accounts.get(row.id, ()), row.debt), row.growth, row.tier)
                    for row in connection.execute(select(member))
                },
                people=self._people(connection),
                value=_value(connection),
                coupons={
                    row.id: CouponState(row.state, row.sale_id, row.store_id, row.batch_id is not None)
                    for row in connection.execute(select(coupons).where(coupons.c.shown))
                },
                uses=[(row.coupon_id, row.sale_id, row.disputed) for row in uses],
                leases={
                    row.id: LeaseRow(row.incarnation, row.kind, row.key, row.amount, row.used, row.state)
                    for row in leases
                },
                gifts={row.id: row.units for row in connection.execute(select(tables.gift_stock))},
                quarantined=sum(state != "applied" for (state,) in connection.execute(select(fact.c.state))),
                frozen=sum(row.state == "frozen" for row in devices),
            )

    def _booked(self, connection: Connection, facts: Mapping[UUID, list[Fact]]) -> dict[tuple[UUID, int], Booked]:
        """When each fact came, and the side records beside those about people."""
        rows = connection.execute(select(fact.c.incarnation, fact.c.number, fact.c.received_ms))
        received = {(row.incarnation, row.number): row.received_ms for row in rows}
        sides = {
            (incarnation, side.number): side.body
            for incarnation, of_device in facts.items()
            for side in kept_sides(self._server.sealer, connection, incarnation, [one.number for one in of_device])
        }
        return {place: Booked(ms, sides.get(place)) for place, ms in received.items()}

    def _people(self, connection: Connection) -> dict[UUID, Person]:
        """Who each member is: as their own row says, whoever they were joined into."""
        table = tables.member_profile
        profiles = {
            row.member_id: decode_profile(self._server.sealer.open(bytes(row.sealed), profile_place(row.member_id)))
            for row in connection.execute(select(table))
        }
        return {
            row.id: Person(
                profiles.get(row.id),
                tuple((each.consent, each.given) for each in consent_docs(read_consents(row.consents))),
                row.alias_of,
            )
            for row in connection.execute(select(member))
        }


def _unwatched(_server: Server) -> None:
    """Nobody looks."""


def _accounts(connection: Connection) -> dict[UUID, tuple[int, ...]]:
    accounts: dict[UUID, tuple[int, ...]] = {}
    for row in connection.execute(select(points_lot.c.member_id, points_lot.c.remaining)):
        accounts[row.member_id] = (*accounts.get(row.member_id, ()), row.remaining)
    return accounts


def _value(connection: Connection) -> dict[UUID, int]:
    """Of each member all stored value: principal and what is left of bonuses."""
    accounts = {row.id: row for row in connection.execute(select(tables.stored_value))}
    found = {row.member_id: row.principal_minor for row in accounts.values()}
    for row in connection.execute(select(tables.stored_value_lot)):
        found[accounts[row.account_id].member_id] += row.minor
    return found


def _points(lots: tuple[int, ...], debt: int) -> int:
    return sum(lots) - debt


def _facts(connection: Connection) -> dict[UUID, list[Fact]]:
    facts: dict[UUID, list[Fact]] = {}
    for row in connection.execute(select(fact).order_by(fact.c.incarnation, fact.c.number)):
        facts.setdefault(row.incarnation, []).append(fact_of(row))
    return facts


def fact_of(row: Row[Any]) -> Fact:
    """A row of the server's facts."""
    return Fact(
        row.id,
        row.incarnation,
        row.number,
        row.hlc,
        row.kind,
        row.schema,
        bytes(row.payload),
        bytes(row.previous),
        bytes(row.hash),
        bytes(row.signature),
    )


def shown_of(account: Account, growth: int, tier: str) -> Shown:
    """A till's view of a member, told in the same terms."""
    lots: tuple[Lot, ...] = account.lots
    return Shown(_points(tuple(lot.points for lot in lots), account.debt), growth, tier)
