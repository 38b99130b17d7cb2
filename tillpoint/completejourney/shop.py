"""A store of the data, set up on a server: programme, goods, members. Done again, it adds or changes, never doubles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import select

from shared_models.domain.programme import default_programme, to_plain
from shared_models.orm.server import member, programme
from shared_models.wire.state import StoreDoc
from sync_server import setup
from sync_server.server import Server
from tillpoint.completejourney.catalogue import Catalogue, build_catalogue
from tillpoint.completejourney.households import build_members, store_id
from tillpoint.completejourney.journey import Journey
from tillpoint.completejourney.report import DataReport, survey
from tillpoint.errors import CommandError

Say = Callable[[str], object]


class NoSuchStore(CommandError):
    """The data have no store of that number."""


def store_doc(store: int) -> StoreDoc:
    """The data have only numbers for stores; the rest is made up."""
    return StoreDoc(
        id=store_id(store),
        names={"zh_Hans": f"惠屿超市 {store} 店", "zh_Hant": f"惠嶼超市 {store} 店", "en": f"Huiyu Market {store}"},
        address=["青川市禾岸路 292 号", "0000-0000000"],
        currency="CNY",
        timezone="Asia/Shanghai",
        footer={
            "zh_Hans": "演示数据，人物与品牌均为虚构\n谢谢惠顾",
            "zh_Hant": "演示資料，人物與品牌均為虛構\n謝謝惠顧",
            "en": "Demonstration: people and brands are made up\nThank you",
        },
    )


def load_shop(
    server: Server, journey: Journey, store: int, say: Say, *, everything: bool = False
) -> tuple[Catalogue, DataReport]:
    """Create the store if need be, publish the default programme if there is none, import goods and members.

    Only what ``store`` ever sold and who ever came there, unless ``everything``. Raise ``NoSuchStore``.
    """
    if not (journey.lines.store == store).any():
        raise NoSuchStore(f"The data have no store {store}. Stores with many baskets are 292, 356, 361, 367, 406.")
    setup.create_store(server, store_doc(store))
    publish_default_programme(server)
    scope = None if everything else store
    say("Turning products into a catalogue …")
    catalogue = build_catalogue(journey, scope)
    say(f"Importing {len(catalogue.docs):,} products …")
    products = setup.import_products(server, catalogue.docs)
    say("Importing households as made-up members …")
    with server.reading() as connection:
        known = set(connection.scalars(select(member.c.id)))
    fresh = [pair for pair in build_members(journey, scope) if pair[0].member_id not in known]
    members = setup.import_members(server, fresh)
    say(f"{members:,} members imported, {len(known):,} were there.")
    imported = {"products": products, "weighed_products": len(catalogue.items), "members": members}
    imported |= {f"price_by_{how}": count for how, count in sorted(catalogue.priced_by.items())}
    return catalogue, replace(survey(journey), imported=imported)


def publish_default_programme(server: Server) -> bool:
    """Whether there was no programme yet, so that the default one was published."""
    with server.reading() as connection:
        if connection.scalar(select(programme.c.version).limit(1)) is not None:
            return False
    setup.publish_programme(server, to_plain(default_programme()))
    return True
