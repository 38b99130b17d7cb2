"""The shop that a simulation starts with: one store, its staff, a small catalogue and some members."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from sqlalchemy import func, select

from shared_models.domain.barcode import check_digit
from shared_models.domain.member import Profile
from shared_models.domain.phone import normalise
from shared_models.domain.programme import default_programme, to_plain
from shared_models.orm.server import programme
from shared_models.wire.state import ProductDoc, StoreDoc
from sync_server import setup
from sync_server.server import Server

PIN = "1357"
MEMBERS = 12
FLOORS = (200, 100, 300)
"""Points; what programmes published one after another allow."""
_PRODUCTS = 40
_JOINED = date(2026, 11, 1)


def codes() -> list[str]:
    """The EANs that can be scanned."""
    bodies = [f"0400000{number:05d}" for number in range(_PRODUCTS)]
    return [body + check_digit(body) for body in bodies]


def phone(number: int) -> str:
    """A made-up phone, as typed."""
    return f"1990000{number:04d}"


def store_id(number: int) -> str:
    """Stores are numbered from 1."""
    return f"s{number}"


def cashier_id(store: str) -> str:
    return f"c-{store}"


def found(server: Server, stores: int) -> None:
    """Set the shops up through the same calls that the commands use."""
    for number in range(1, stores + 1):
        setup.create_store(
            server,
            StoreDoc(
                id=store_id(number),
                names={"en": f"Corner Shop {number}", "zh_Hans": f"街角超市{number}", "zh_Hant": f"街角超市{number}"},
                address=[f"{number} Virtual Road"],
                currency="CNY",
                timezone="Asia/Shanghai",
            ),
        )
        setup.save_staff(server, cashier_id(store_id(number)), store_id(number), "王芳", "cashier", PIN)
    publish_programme(server, 1, FLOORS[0])
    setup.import_products(server, _products())
    setup.import_members(server, _members(server, stores))


def publish_programme(server: Server, version: int, floor_points: int) -> None:
    """One like the default, but for how much may be redeemed at a till that is cut off. Nothing if it is published."""
    with server.reading() as connection:
        if (connection.scalar(select(func.max(programme.c.version))) or 0) >= version:
            return
    setup.publish_programme(server, to_plain(replace(default_programme(version), floor_points=floor_points)))


def _products() -> Iterator[ProductDoc]:
    for number, code in enumerate(codes()):
        yield ProductDoc(
            id=f"p{number}",
            codes=[code],
            names={"en": f"Goods {number}", "zh_Hans": f"商品{number}"},
            price_minor=1_990 + 1_370 * number,
            tax="standard" if number % 3 else "reduced",
            category="tobacco" if number % 13 == 12 else f"g{number % 5}",
            member_price=number % 13 != 12,
            rank=number,
        )


def _members(server: Server, stores: int) -> Iterator[tuple[setup.NewMember, Profile]]:
    for number in range(MEMBERS):
        new = setup.NewMember(
            member_id=server.ports.ids.new(),
            number=f"8{number:07d}",
            store_id=store_id(1 + number % stores),
            notice_version="2026-11",
            consents=(),
            source="import",
            registered_on=_JOINED,
            made_up=True,
        )
        yield new, Profile(name=f"会员{number}", phone=normalise(phone(number)))
