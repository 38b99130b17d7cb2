"""Journals and replicas on real encrypted files, without a till around them."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_client.store.database import Database, Durability, Files
from pos_client.store.generations import Generations
from pos_client.store.journal import Identity, Journal, make_identity
from pos_client.store.schema import JOURNAL, make_current
from pos_client.system import ClockIds
from shared_models.domain.receipt import Cut, Document, Text
from shared_models.domain.sale import (
    Inputs,
    Payment,
    PaymentState,
    PointsEarned,
    SaleConfirmed,
    SaleLine,
    SaleMember,
    TenderKind,
)
from shared_models.wire import state
from shared_models.wire.messages import Cursor, RowMessage
from shared_models.wire.state import MemberDoc
from tests.pos_client.world import Chance, StillClock

KEY = bytes(range(32))
DEVICE = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
INCARNATION = UUID("01930000-0000-7000-8000-000000000001")
SHIFT = UUID("01930000-0000-7000-8000-0000000000aa")
IDENTITY = Identity(INCARNATION, "A", 3, DEVICE.public_key().public_bytes_raw())
ON = date(2026, 11, 24)
MEMBER = UUID("01930000-0000-7000-8000-00000000beef")


@dataclass
class Books:
    folder: Path
    database: Database
    journal: Journal
    generations: Generations
    clock: StillClock

    @property
    def path(self) -> Path:
        return self.folder / "journal.db"


def open_books(folder: Path, files: Files | None = None, *, founding: bool = False) -> Books:
    files = files or Files()
    database = files.open(folder / "journal.db", KEY, Durability.FULL)
    if founding:
        make_current(database, JOURNAL)
        with database.transaction():
            make_identity(database, IDENTITY, receipt_number=100, z_number=7)
    clock = StillClock()
    journal = Journal(database, DEVICE.sign, clock, ClockIds(clock, Chance(journal_seed(database))))
    generations = Generations(database, files, folder, KEY)
    return Books(folder, database, journal, generations, clock)


def journal_seed(database: Database) -> int:
    row = database.one("SELECT count(*) FROM fact")
    return row[0] if row else 0


def books_of(template: Path, folder: Path) -> Generator[Books, None, None]:
    folder.mkdir(exist_ok=True)
    for file in template.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    books = open_books(folder)
    with closing(books.database):
        yield books


def sale(
    books: Books, *, member: UUID | None = None, earned: int = 0, redeemed: int = 0, lines: int = 1, sale_id: int = 0
) -> SaleConfirmed:
    """A sale of ``lines`` lines at 10.00, the next of the lane."""
    number = books.journal.head.receipt_number + 1
    total = 10_00 * lines
    lot = PointsEarned(UUID(int=number), earned, date(2027, 12, 31), total, Decimal(1)) if earned else None
    payments = [Payment(UUID(int=number), TenderKind.CASH, PaymentState.CAPTURED, total - redeemed, total - redeemed)]
    if redeemed:
        payments.append(Payment(UUID(int=number), TenderKind.POINTS, PaymentState.CAPTURED, redeemed, points=redeemed))
    return SaleConfirmed(
        sale_id=UUID(int=sale_id or number), store_id="A", lane=3, shift_id=SHIFT, cashier_id="c1",
        receipt_number=number, receipt_code=f"CODE{number}", business_date=ON, currency="CNY", prices_include_tax=True,
        inputs=Inputs("1", 1, 1),
        lines=tuple(
            SaleLine(n, f"P{n}", "690", "鲜牛奶 950 ml", 1000, "each", 10_00, 10_00, (), 10_00, "standard", 1_15)
            for n in range(1, lines + 1)
        ),
        taxes=(), rounding_minor=0, total_minor=total, payments=tuple(payments),
        member=SaleMember(member, lot, redeemed, total // 100) if member else None,
    )  # fmt: skip


def receipt(text: str = "receipt") -> Document:
    return Document("receipt", "en", (Text(text), Cut()))


def member_row(
    counted: int, *, version: int = 1, points: int = 0, key: UUID = MEMBER, name: str = "王芳"
) -> RowMessage:
    doc = MemberDoc(
        id=key, number="9000", store_id="A", masked_name=f"{name[0]}**", phone_hash=key.bytes,
        last4="8042", tier="basic",
        lots=[state.LotDoc(UUID(int=1), points, date(2027, 12, 31))] if points else [], terms=f"{name} wangfang wf",
    )  # fmt: skip
    return RowMessage("member", str(key), version, counted, False, state.encode(doc))


def product_row(
    number: int, name: str = "鲜牛奶", *, rank: int | None = None, version: int = 1, **more: object
) -> RowMessage:
    doc = {
        "id": f"P{number}", "codes": [f"69{number:011d}"], "names": {"zh_Hans": name, "en": f"Product {number}"},
        "price_minor": 10_00, "tax": "standard", "category": "food", "rank": number if rank is None else rank, **more,
    }  # fmt: skip
    return RowMessage("product", f"P{number}", version, 0, False, json.dumps(doc, ensure_ascii=False).encode())


def gone(kind: str, key: str, version: int = 2) -> RowMessage:
    return RowMessage(kind, key, version, 0, True, b"")


def cursor(version: int, epoch: int = 1) -> Cursor:
    return Cursor(epoch=epoch, version=version, tag=b"tag")


class PowerCut(BaseException):
    """The machine is gone; nothing after this runs."""


class CutDatabase(Database):
    """Loses power at the commits chosen by ``cut(moment)``: ``before`` or ``after``."""

    cut: Callable[[str], bool]

    def commit(self) -> None:
        if self.cut("before"):
            raise PowerCut
        super().commit()
        if self.cut("after"):
            raise PowerCut


class CutFiles(Files):
    """Storage whose power goes at the ``n``-th moment around a commit."""

    def __init__(self, n: int) -> None:
        self.left = n
        self._opened: list[Database] = []

    def open(self, path: Path, key: bytes, durability: Durability) -> Database:
        opened = super().open(path, key, durability)
        database = CutDatabase(opened.connection, path)
        database.cut = self._cut
        self._opened.append(database)
        return database

    def let_go(self) -> None:
        """Close what is still open: the machine is gone."""
        for database in self._opened:
            database.close()

    def _cut(self, _moment: str) -> bool:
        self.left -= 1
        return self.left == 0
