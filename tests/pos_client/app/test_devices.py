"""What a scan is to this till, and the drawer without a sale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_client.app.refusals import DrawerStaysShut, NeedsManager, NoReason, NotSignedIn, UnknownCode
from pos_client.ui.gallery_shop import GOLD_PHONE, PIN, GalleryTill, code_of
from shared_models.domain.barcode import WrongCheckDigit
from shared_models.domain.marking import NotForSale
from tests.pos_client.gallery_home import gallery_home, gallery_shop

__all__ = ["gallery_home", "gallery_shop"]

MANAGER, CASHIER = "s3", "s1"


@pytest.fixture
def shop(gallery_home: Path) -> Iterator[GalleryTill]:
    shop = GalleryTill(gallery_home)
    yield shop
    shop.close()


def meaning(shop: GalleryTill, text: str) -> str:
    return shop.executor.submit(lambda: shop.till.meaning_of(text)).result().sentence(str)


def test_the_meaning_of_a_scan_changes_nothing(shop: GalleryTill) -> None:
    shop.executor.submit(lambda: shop.till.sign_in(MANAGER, PIN)).result()
    shop.executor.submit(lambda: shop.till.open_shift(0)).result()
    assert meaning(shop, code_of(0)) == "Product: 鲜牛奶 950 毫升, 1290"
    assert meaning(shop, GOLD_PHONE).startswith("Member ")
    assert meaning(shop, "0000-0000-0000-0000-0") == "The code of a receipt"
    assert meaning(shop, f"\x1d010{code_of(0)}10LOT-7") == "Product: 鲜牛奶 950 毫升, 1290"
    assert meaning(shop, f"010{code_of(0)}10LOT-7") == "Product: 鲜牛奶 950 毫升, 1290"
    with pytest.raises(NotForSale):
        meaning(shop, f"\x1d010{code_of(0)}17200101")
    with pytest.raises(WrongCheckDigit):
        meaning(shop, code_of(0)[:-1] + str((int(code_of(0)[-1]) + 1) % 10))
    with pytest.raises(UnknownCode):
        meaning(shop, "4006381333931")
    sale = shop.executor.submit(shop.till.sale).result()
    assert (sale.lines, sale.member) == ((), None)


def open_drawer(shop: GalleryTill, reason: str) -> int:
    """How many slips wait to be printed then."""
    shop.executor.submit(lambda: shop.till.open_drawer(reason)).result()
    return shop.executor.submit(shop.till.status).result().printer.waiting


def test_the_drawer_opens_for_a_manager_with_a_reason(shop: GalleryTill) -> None:
    with pytest.raises(NotSignedIn):
        open_drawer(shop, "change")
    shop.executor.submit(lambda: shop.till.sign_in(CASHIER, PIN)).result()
    with pytest.raises(NeedsManager):
        open_drawer(shop, "change")
    shop.executor.submit(lambda: shop.till.sign_in(MANAGER, PIN)).result()
    with pytest.raises(NoReason):
        open_drawer(shop, "  ")
    assert open_drawer(shop, "change") == 1
    assert open_drawer(shop, "x" * 500) == 2


@pytest.mark.parametrize("state", ["none", "disconnected", "connecting", "paper_out", "cover_open", "fault"])
def test_no_slip_waits_to_open_the_drawer_later(shop: GalleryTill, state: str) -> None:
    shop.executor.submit(lambda: shop.till.sign_in(MANAGER, PIN)).result()
    shop.surroundings.printer_state = state
    with pytest.raises(DrawerStaysShut):
        open_drawer(shop, "change")
    assert shop.executor.submit(shop.till.status).result().printer.waiting == 0
