"""Sales made up through the real rules: priced, paid in cash, assembled, put on a receipt."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from shared_models.domain import receipt_code
from shared_models.domain.audience import PricingMember
from shared_models.domain.basket import Basket
from shared_models.domain.checkout import Buyer, Numbers, assemble
from shared_models.domain.effects import MemberView
from shared_models.domain.member import Account, Standing
from shared_models.domain.pricing import ENGINE, price
from shared_models.domain.programme import Programme
from shared_models.domain.receipt import Document
from shared_models.domain.sale import Inputs, SaleConfirmed
from shared_models.domain.sale_receipt import sale_receipt
from shared_models.domain.shift import ShiftOpened
from shared_models.domain.store import StoreInfo
from shared_models.domain.tender import cash
from tillpoint.bench import shop

LINES = 10
ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 24, 18, 30, tzinfo=ZONE)
_STORE = StoreInfo(shop.STORE, {"zh_Hans": "南京路店"}, ("南京路 1 号",), "CNY", "Asia/Shanghai")
_NOTE_MINOR = 100_00


def open_shift(lane: int = 3) -> ShiftOpened:
    return ShiftOpened(uuid4(), shop.STORE, lane, "c1", shop.DAY, "CNY", 200_00)


def sale(
    number: int, shift: ShiftOpened, programme: Programme, *, products: int, member_id: UUID | None, lines: int = LINES
) -> SaleConfirmed:
    """Receipt ``number`` of the lane, of ``lines`` lines, by a member of the first tier if there is one."""
    basket = Basket()
    for line in range(lines):
        goods = shop.product((number * 131 + line * 7) % products)
        basket = basket.add(goods, goods.codes[0], 1_000 * (1 + line % 3))
    priced = price(basket, programme, PricingMember("basic") if member_id else None, AT)
    tendered = -(-priced.total_minor // _NOTE_MINOR) * _NOTE_MINOR
    paid = cash(priced.total_minor, tendered)
    return assemble(
        priced,
        [paid.payment(uuid4())],
        programme=programme,
        inputs=Inputs(ENGINE, programme.version, 1_000_000, "basic" if member_id else None, 1, 100, online=False),
        shift=shift,
        business_date=shop.DAY,
        numbers=Numbers(uuid4(), uuid4(), number, receipt_code.encode(uuid4().bytes[: receipt_code.RANDOM_BYTES])),
        buyer=Buyer(member_id, "basic") if member_id else None,
        language="zh_Hans",
    )


def receipt(sale: SaleConfirmed, programme: Programme) -> Document:
    view = MemberView(Account(), Standing("basic", 120)) if sale.member else None
    return sale_receipt(sale, _STORE, view, str, "zh_Hans", at=AT, cashier="陈静", programme=programme)
