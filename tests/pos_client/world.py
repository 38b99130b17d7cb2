"""A shop for tills to live in: a real server in this process, and a network between them that can be cut."""

from __future__ import annotations

import random
import resource
import shutil
import signal
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID
from zlib import crc32

from pos_client.app.ports import Clock, Executor, Response, Storage
from pos_client.app.till import Till
from pos_client.app.views import Confirmed
from pos_client.bootstrap import Parts, Ports, assemble, renew
from pos_client.settings import Settings
from pos_client.store.database import DiskFull, Files
from pos_client.store.keys import FileKeys
from pos_client.sync.client import Unreachable
from pos_client.sync.enrolment import enrol_device
from pos_client.sync.renewal import Renewed
from pos_client.system import AtOnce, ClockIds
from shared_models.domain.barcode import check_digit
from shared_models.domain.member import Profile
from shared_models.domain.phone import normalise
from shared_models.domain.points import balance as points_balance
from shared_models.domain.programme import default_programme, to_plain
from shared_models.wire.state import ProductDoc, StoreDoc
from shared_models.wire.terms import name_terms
from sync_server import setup
from sync_server.api.endpoints import Api
from sync_server.ports import Ports as ServerPorts
from sync_server.server import Server, open_server
from sync_server.store import new_keys, open_engine, upgrade

START_MS = 1_795_478_400_000
"""2026-11-24 00:00 UTC, 08:00 in Shanghai."""

CASHIER, MANAGER, OTHER = "c1", "m1", "c2"
PIN = "2468"


class StillClock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.ms = START_MS

    def now_ms(self) -> int:
        return self.ms

    def monotonic_ms(self) -> int:
        return self.ms

    def sleep_ms(self, duration_ms: int) -> None:
        self.ms += duration_ms


class Chance:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def secret(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def below(self, bound: int) -> int:
        return self._random.randrange(bound)


class Wire:
    """Brings requests to the server in this process. ``cut``: nothing arrives. ``lose_answers``: how many answers are
    lost after the server did its work. ``instead``: answers in the server's place. ``piece``: what becomes of a
    piece of a file on its way."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.cut = False
        self.lose_answers = 0
        self.instead: Callable[[str, Mapping[str, str], bytes], Response | None] = lambda *_: None
        self.piece: Callable[[Response], Response] = lambda piece: piece
        self.requests: list[str] = []

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        self.requests.append(path)
        if self.cut:
            raise Unreachable
        other = self.instead(path, headers, body)
        if other is not None:
            return other
        answer = self.api.handle("POST", path, headers, body)
        if self.lose_answers and path != "/v1/hello":
            self.lose_answers -= 1
            raise Unreachable
        return Response(answer.status, answer.headers, answer.body)

    def get(self, path: str, headers: Mapping[str, str]) -> Response:
        self.requests.append(path)
        if self.cut:
            raise Unreachable
        answer = self.api.handle("GET", path, headers, b"")
        return self.piece(Response(answer.status, answer.headers, answer.body))


def ean(number: int) -> str:
    body = f"690{number:09d}"
    return body + check_digit(body)


def product(
    number: int,
    name: str,
    english: str,
    price_minor: int,
    *,
    unit: str = "each",
    category: str = "food",
    code: str = "",
) -> ProductDoc:
    return ProductDoc(
        id=f"P{number}", codes=[code or ean(number)], names={"zh_Hans": name, "en": english}, price_minor=price_minor,
        unit=unit, tax="standard", category=category, rank=number, terms=name_terms(name),
    )  # fmt: skip


PRODUCTS = [
    product(1, "鲜牛奶", "Fresh milk 1 l", 12_50),
    product(2, "面包", "Bread", 8_00, category="bakery"),
    product(3, "苹果", "Apples", 9_98, unit="kg", category="fruit", code="00003"),
    product(4, "可乐", "Cola 330 ml", 3_00, category="drinks"),
    product(5, "大米 5kg", "Rice 5 kg", 300_00),
]
MILK, BREAD, APPLES, COLA, RICE = PRODUCTS


@dataclass
class World:
    folder: Path
    server: Server
    api: Api
    clock: StillClock = field(default_factory=StillClock)
    lanes: int = 0
    backups: int = 0

    def open(
        self,
        name: str,
        *,
        wire: Wire | None = None,
        storage: Storage | None = None,
        executor: Executor | None = None,
        seed: int = 5,
        settings: Settings | None = None,
        clock: Clock | None = None,
        store_id: str = "A",
    ) -> TillAtWork:
        """Open the till ``name``, enrolling it if it is new."""
        home = self.folder / name
        wire = wire or Wire(self.api)
        chance = Chance(crc32(f"{name} {seed}".encode()))
        machine = clock or self.clock
        ports = Ports(machine, ClockIds(machine, chance), chance, storage or Files(), executor or AtOnce())
        if not home.exists():
            home.mkdir()
            self.lanes += 1
            code = setup.new_enrolment_code(self.server, store_id, self.lanes)
            enrol_device(home, code, FileKeys(home), wire, Files(), chance, self.clock, "test")
        parts = assemble(home, FileKeys(home), settings or Settings(), ports, wire)
        return TillAtWork(home, wire, parts)

    def renew(self, till: TillAtWork, *, lane: int = 1, seed: int = 77) -> tuple[TillAtWork, Renewed]:
        """Close the till and set it up anew with a code for its lane; the same till in its new journal."""
        till.close()
        return self.renew_home(till.home, till.wire, lane=lane, seed=seed)

    def renew_home(self, home: Path, wire: Wire, *, lane: int = 1, seed: int = 77) -> tuple[TillAtWork, Renewed]:
        ports = self.ports(home.name, seed)
        renewed = self.renew_with(home, setup.new_enrolment_code(self.server, "A", lane), ports, wire)
        return TillAtWork(home, wire, assemble(home, FileKeys(home), Settings(), ports, wire)), renewed

    def renew_with(self, home: Path, code: str, ports: Ports, wire: Wire) -> Renewed:
        return renew(home, code, FileKeys(home), Settings(), ports, wire)

    def ports(self, name: str, seed: int) -> Ports:
        chance = Chance(crc32(f"{name} renewed {seed}".encode()))
        return Ports(self.clock, ClockIds(self.clock, chance), chance, Files(), AtOnce())

    def backup(self) -> Path:
        """A copy of the server's database, as a backup makes it."""
        self.backups += 1
        copy = self.folder / f"backup{self.backups}.db"
        with self.server.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self.folder / "server.db", copy)
        return copy

    def restore(self, backup: Path, *wires: Wire) -> None:
        """Put a backup in the server's place: what came after it is forgotten."""
        self.server.engine.dispose()
        for name in ("server.db-wal", "server.db-shm"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.copy(backup, self.folder / "server.db")
        self.server = open_shop(self.folder, self.clock, seed=100 + self.backups)
        self.api = Api(self.server)
        for wire in wires:
            wire.api = self.api

    def copy_of(self, till: TillAtWork, name: str) -> Path:
        """The till's files as they are now, as somebody who clones its disk gets them."""
        till.parts.journal.database.one("PRAGMA main.wal_checkpoint(TRUNCATE)")
        shutil.copytree(till.home, self.folder / name)
        return self.folder / name


@dataclass
class TillAtWork:
    home: Path
    wire: Wire
    parts: Parts

    @property
    def till(self) -> Till:
        return self.parts.till

    def sync(self) -> None:
        assert self.parts.cycle is not None
        self.parts.cycle.run()

    def start_day(self) -> TillAtWork:
        """Signed in, with a shift."""
        self.till.sign_in(CASHIER, PIN)
        if self.till.shift() is None:
            self.till.open_shift(200_00)
        return self

    def close(self) -> None:
        assert self.parts.cycle is not None
        self.parts.cycle.close()
        self.parts.close()

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """The journal's file can't grow, and its last free pages are used up."""
        database, meta = self.parts.journal.database, self.parts.journal.meta
        assert database.one("PRAGMA main.max_page_count = 1") == database.one("PRAGMA main.page_count")
        for size in (100_000, 4_000, 100):
            for n in range(1_000):
                try:
                    with database.transaction():
                        meta.put(f"ballast{size}.{n}", bytes(size))
                except DiskFull:
                    break
        yield
        database.one("PRAGMA main.max_page_count = 1000000")

    @contextmanager
    def disk_fails(self) -> Iterator[None]:
        """The journal's log takes no byte more: a transaction fails at its commit."""
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, ((self.home / "journal.db-wal").stat().st_size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, ignored)

    def pay(self, tendered_minor: int) -> Confirmed:
        done = self.till.pay_cash(tendered_minor)
        assert isinstance(done, Confirmed)
        return done

    def sell(self, *codes: str, member: UUID | None = None, points: int = 0) -> Confirmed:
        """Sell for exact cash."""
        for code in codes:
            self.till.enter(code)
        if member is not None:
            self.till.attach_member(member)
        due = self.till.start_payment()
        if points:
            due = self.till.redeem_points(points)
        return self.pay(due.due_minor)

    def balance(self, member: UUID) -> int:
        """The member's points as this till shows them."""
        found = self.parts.counter.books.shop.member(member)
        assert found is not None
        return points_balance(found.view.account, self.parts.counter.business_date())


SERVER_KEYS = new_keys(Chance(1))


def found_shop(folder: Path) -> None:
    """Make the database of a server with one store, three people and five products."""
    engine = open_engine(f"sqlcipher:///{folder / 'server.db'}", SERVER_KEYS.database)
    upgrade(engine)
    server = open_server(engine, SERVER_KEYS.data, ServerPorts(StillClock(), Chance(2)))
    setup.create_store(
        server,
        StoreDoc(
            id="A", names={"en": "Store A", "zh_Hans": "甲店"}, address=["1 Market Street"], currency="CNY",
            timezone="Asia/Shanghai", language="en",
        ),
    )  # fmt: skip
    setup.publish_programme(server, to_plain(default_programme()))
    setup.import_products(server, PRODUCTS)
    for staff_id, name, role in ((CASHIER, "王芳", "cashier"), (OTHER, "李雷", "cashier"), (MANAGER, "Ann", "manager")):
        setup.save_staff(server, staff_id, "A", name, role, PIN)
    engine.dispose()


def open_world(shop: Path, folder: Path) -> Generator[World, None, None]:
    """A shop of its own, copied from the one that ``found_shop`` made."""
    shutil.copytree(shop, folder, dirs_exist_ok=True)
    clock = StillClock()
    server = open_shop(folder, clock, seed=3)
    world = World(folder, server, Api(server), clock)
    yield world
    world.server.engine.dispose()


def open_shop(folder: Path, clock: StillClock, seed: int) -> Server:
    engine = open_engine(f"sqlcipher:///{folder / 'server.db'}", SERVER_KEYS.database)
    return open_server(engine, SERVER_KEYS.data, ServerPorts(clock, Chance(seed)))


def import_member(world: World, number: int, name: str, phone: str) -> UUID:
    member_id = UUID(int=(7 << 76) | (2 << 62) | number)
    new = setup.NewMember(
        member_id=member_id, number=f"{number:08d}", store_id="A", notice_version="1", consents=(), source="import",
        registered_on=date(2026, 1, 1), made_up=True,
    )  # fmt: skip
    setup.import_members(world.server, [(new, Profile(name, normalise(phone)))])
    return member_id
