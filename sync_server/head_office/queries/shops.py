"""The stores, the rules in force, and which day it is there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, select

from shared_models.domain.catalogue import name_in
from shared_models.domain.clock import business_date, utc
from shared_models.domain.programme import Programme, default_programme, from_plain
from shared_models.orm import server as tables
from shared_models.wire.state import StoreDoc

_NO_CURRENCY = "CNY"


@dataclass(frozen=True, slots=True)
class Shops:
    """All stores in the order of their ids. Head office's own time zone and currency are those of the first."""

    stores: tuple[StoreDoc, ...]
    programme: Programme

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.stores[0].timezone) if self.stores else UTC

    @property
    def cut_off(self) -> time:
        return self.programme.day_cut_off

    def currencies(self) -> list[str]:
        """Without doubles, the first store's first."""
        return list(dict.fromkeys(store.currency for store in self.stores)) or [_NO_CURRENCY]

    def store(self, id: str) -> StoreDoc | None:
        return next((store for store in self.stores if store.id == id), None)

    def zone_of(self, store_id: str) -> tzinfo:
        store = self.store(store_id)
        return ZoneInfo(store.timezone) if store else self.zone

    def name(self, store_id: str, language: str) -> str:
        store = self.store(store_id)
        return (name_in(store.names, language) if store else "") or store_id

    def tier_name(self, code: str, language: str) -> str:
        known = next((tier for tier in self.programme.tiers if tier.code == code), None)
        return (name_in(known.names, language) if known else "") or code

    def coupon_name(self, rule_id: str, language: str) -> str:
        rule = self.programme.coupon_rules.get(rule_id)
        return (name_in(rule.deal.names, language) if rule else "") or rule_id

    def today(self, now_ms: int, store_id: str = "") -> date:
        zone = self.zone_of(store_id)
        return business_date(utc(now_ms), ZoneInfo(str(zone)), self.cut_off)

    def day_start_ms(self, day: date, store_id: str = "") -> int:
        """When the business day ``day`` began."""
        start = datetime.combine(day, self.cut_off, self.zone_of(store_id))
        return int(start.timestamp()) * 1000


def read(connection: Connection, today: date) -> Shops:
    """``today`` (UTC) decides which programme is in force."""
    rows = connection.execute(select(tables.store.c.doc).order_by(tables.store.c.id)).scalars()
    stores = tuple(msgspec.json.decode(bytes(doc), type=StoreDoc) for doc in rows)
    return Shops(stores, _programme(connection, today))


def _programme(connection: Connection, today: date) -> Programme:
    """As ``Server.programme``."""
    found = None
    for doc in connection.scalars(select(tables.programme.c.doc).order_by(tables.programme.c.version.desc())):
        found = from_plain(json.loads(bytes(doc)))
        if found.valid_from <= today:
            break
    return found or default_programme()
