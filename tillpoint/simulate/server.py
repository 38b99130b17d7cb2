"""The server in a simulation: the real code on a real encrypted file, and the power cuts that befall it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, select

from pos_client.app.ports import Response
from shared_models.domain.facts import Fact
from shared_models.domain.member import Account, Lot
from shared_models.orm.server import device, fact, member, points_lot, sale
from sync_server.api.endpoints import Api
from sync_server.ports import Ports
from sync_server.server import Server, open_server
from sync_server.store import open_engine, upgrade
from tillpoint.simulate.accountant import ServerBooks, Shown
from tillpoint.simulate.kernel import Kernel, PowerCut, SimClock, SimRandomness
from tillpoint.simulate.machine import Machine

OWNER = "server"

Result = TypeVar("Result")


class SimServer:
    """Its files are in ``folder``, which is its machine's disk."""

    def __init__(self, kernel: Kernel, folder: Path) -> None:
        self.machine = Machine(kernel, OWNER, "server", folder)
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
            self._api = Api(self._server)

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
            devices = connection.execute(select(device.c.incarnation, device.c.state)).all()
            return ServerBooks(
                facts=_facts(connection),
                sales=[(row.receipt_code, row.total_minor) for row in connection.execute(select(sale))],
                shown={
                    row.id: Shown(_points(accounts.get(row.id, ()), row.debt), row.growth, row.tier)
                    for row in connection.execute(select(member))
                },
                quarantined=sum(state != "applied" for (state,) in connection.execute(select(fact.c.state))),
                frozen=sum(row.state == "frozen" for row in devices),
            )


def _unwatched(_server: Server) -> None:
    """Nobody looks."""


def _accounts(connection: Connection) -> dict[UUID, tuple[int, ...]]:
    accounts: dict[UUID, tuple[int, ...]] = {}
    for row in connection.execute(select(points_lot.c.member_id, points_lot.c.remaining)):
        accounts[row.member_id] = (*accounts.get(row.member_id, ()), row.remaining)
    return accounts


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
