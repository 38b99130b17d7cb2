"""A small shop for pictures and tests: a real till on real files, filled by real pages of the feed, at a fixed time."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Struct

from drivers.ports import Scan
from pos_client.app.counter import Books, Counter, Machine, Secrets
from pos_client.app.surroundings import Surroundings
from pos_client.app.till import Till
from pos_client.hardware.equipment import Equipment
from pos_client.locale import words
from pos_client.settings import Settings, save
from pos_client.store.database import KEY_BYTES, Durability, Files
from pos_client.store.generations import Generations
from pos_client.store.journal import Identity, Journal, make_identity
from pos_client.store.open_sales import OpenSales
from pos_client.store.outbox import Outbox
from pos_client.store.receipts import Receipts
from pos_client.store.schema import JOURNAL, make_current
from pos_client.store.search import Search
from pos_client.store.shop import Shop
from pos_client.store.till_clock import TillClock
from pos_client.store.valuables import Valuables
from pos_client.ui.gallery_goods import GOODS, Goods
from shared_models.domain.barcode import check_digit
from shared_models.domain.benefits import Service
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.deal import Deal, Spend, Step
from shared_models.domain.ids import uuid7
from shared_models.domain.leases import Lease
from shared_models.domain.offer import AmountOff
from shared_models.domain.offer import Goods as OfferGoods
from shared_models.domain.phone import keyed_hash, last4, mask, normalise
from shared_models.domain.programme import default_programme, to_plain
from shared_models.domain.reward_facts import stock_id
from shared_models.domain.rewards import Reward, RewardKind
from shared_models.domain.spending_rules import Mode, Policy, Spending, gifts_of
from shared_models.domain.stored_value_facts import account_id
from shared_models.domain.stored_value_rules import LoadStep, StoredValueRule
from shared_models.domain.text import Words
from shared_models.wire.messages import Cursor, RowMessage
from shared_models.wire.pin import pin_hash, verifier
from shared_models.wire.state import (
    BonusLotDoc,
    CouponDoc,
    FullProfile,
    GiftDoc,
    LentDoc,
    LotDoc,
    MemberDoc,
    ProductDoc,
    StaffDoc,
    StoreDoc,
    StoredValueDoc,
    encode,
)
from shared_models.wire.terms import name_terms

NOW = datetime(2026, 11, 24, 1, 42, tzinfo=UTC)
PIN = "2580"
GOLD_PHONE, SILVER_PHONE, NEW_PHONE = "13800138000", "13912348000", "13700137042"

_STORE = "S001"
_SALT = b"gallery-salt-16b"
_PEPPER = b"gallery-pepper"
_PHONE_KEY = b"gallery-phones"
_KEY = hashlib.sha256(b"gallery").digest()[:KEY_BYTES]
_STAFF = (("s1", "王芳", "cashier", ""), ("s2", "陳美玲", "cashier", ""), ("s3", "Alex Morgan", "manager", ""))
_MEMBERS = (
    ("李雷", GOLD_PHONE, "gold", 1_860, "11-24"),
    ("韩梅梅", SILVER_PHONE, "silver", 420, ""),
    ("Alexandra Montgomery-Featherstone", "13655558000", "diamond", 12_480, ""),
    ("陈晓明", "13500135001", "basic", 35, ""),
)


class FixedClock:
    """Time moves only by ``advance``."""

    def __init__(self) -> None:
        self._ms = int(NOW.timestamp() * 1_000)

    def now_ms(self) -> int:
        return self._ms

    def monotonic_ms(self) -> int:
        return self._ms

    def sleep_ms(self, duration_ms: int) -> None:
        self.advance(duration_ms)

    def advance(self, duration_ms: int) -> None:
        self._ms += duration_ms


class SeededRandomness:
    """The same bytes at each run, so that the pictures are the same."""

    def __init__(self) -> None:
        self._random = random.Random(7)  # noqa: S311 - pictures, not secrets

    def secret(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def below(self, bound: int) -> int:
        return self._random.randrange(bound)


class SeededIds:
    def __init__(self, clock: FixedClock, randomness: SeededRandomness) -> None:
        self._clock, self._randomness = clock, randomness

    def new(self) -> UUID:
        return uuid7(self._clock.now_ms(), self._randomness.secret(10))


class GalleryTill:
    """The till of the shop in ``home``, made if there is none; its cashier's thread; what goes on around it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = FixedClock()
        self.surroundings = Surroundings()
        self.surroundings.online = True
        self.surroundings.printer_state = self.surroundings.scanner_state = "ready"
        self.executor = ThreadPoolExecutor(1, thread_name_prefix="cashier")
        self._is_new = not (home / "journal.db").exists()
        self._journal_file = Files().open(home / "journal.db", _KEY, Durability.FULL)
        self.till = self.executor.submit(partial(self._open, home)).result()

    def equipment(self, settings: Settings, dev: Path, on_scan: Callable[[Scan], None]) -> Equipment:
        """Devices for this till, not started; ``dev`` stands in for the folder of the machine's devices."""
        save(self.home, settings)
        return Equipment(
            self.home, settings, self.surroundings, self._journal.print_queue, self.executor, on_scan, dev
        )  # fmt: skip

    def send(self) -> None:
        """Take all facts for acknowledged."""
        self.executor.submit(self._acknowledge).result()

    def interrupt_printing(self) -> None:
        """As if the power had gone while the next receipt was printed."""

        def interrupt() -> None:
            self._journal.print_queue.take()
            self._journal.print_queue.doubt_interrupted()

        self.executor.submit(interrupt).result()

    def close(self) -> None:
        self.executor.submit(self._journal_file.close).result()
        self.executor.shutdown()

    def _acknowledge(self) -> None:
        self._outbox.acknowledge(self._journal.head.number, self.clock.now_ms())

    def _open(self, home: Path) -> Till:
        randomness = SeededRandomness()
        ids = SeededIds(self.clock, randomness)
        key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"gallery device").digest())
        database = self._journal_file
        make_current(database, JOURNAL)
        generations = Generations(database, Files(), home, _KEY)
        if self._is_new:
            public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
            with database.transaction():
                make_identity(database, Identity(ids.new(), _STORE, 3, public), receipt_number=1_041, z_number=211)
        generations.start(1)
        if self._is_new:
            replica = generations.open_current()
            replica.apply(shop_rows(), Cursor(epoch=1, version=10_000, tag=b"gallery1"))
            replica.close()
        self._journal = journal = Journal(database, key.sign, self.clock, ids)
        if self._is_new:
            with database.transaction():
                for reward, units in _LENT_HERE.items():
                    id_ = stock_id(_STORE, reward)
                    journal.leases.keep(
                        Lease(id_, journal.identity.incarnation, gifts_of(id_), units), self.clock.now_ms()
                    )
        shop = Shop(database)
        self._outbox = outbox = Outbox(journal)
        outbox.in_contact(self.clock.now_ms())
        books = Books(
            journal,
            outbox,
            OpenSales(database),
            shop,
            Search(database, shop, _PHONE_KEY),
            Valuables(database),
            Receipts(database),
        )
        machine = Machine(
            TillClock(self.clock, journal.meta),
            ids,
            randomness,
            _words_in,
            keys_in_file=False,
            redeem_days=14,
            notice_version="1",
        )
        return Till(Counter(books, machine, Secrets(_PEPPER, _PHONE_KEY), self.surroundings))


def shop_rows() -> list[RowMessage]:
    """The page of the feed that makes the shop."""
    rows = [
        _row("store", _STORE, _store()),
        RowMessage("programme", "current", 1, 0, False, encode_plain()),
    ]
    rows += [_row("staff", id_, _person(id_, name, role, language)) for id_, name, role, language in _STAFF]
    rows += [_row("product", f"p{rank}", _product(rank, goods)) for rank, goods in enumerate(GOODS)]
    rows += [_row("member", str(_member_id(place)), _member(place)) for place in range(len(_MEMBERS))]
    rows += _valuables(_member_id(1))
    rows += [_row("gift", str(id_), doc) for id_, doc in _stocks()]
    return rows


_REWARDS = tuple(
    Reward(rule_id, {"en": en, "zh_Hans": hans, "zh_Hant": hant}, kind, rule_id, points, date(2026, 1, 1))
    for rule_id, en, hans, hant, kind, points in (
        ("wrapping", "Gift wrapping", "礼品包装", "禮品包裝", RewardKind.SERVICE, 100),
        ("tote", "Canvas tote bag with the spring print", "春日印花帆布袋", "春日印花帆布袋", RewardKind.GOODS, 150),
        ("umbrella", "Folding umbrella", "折叠伞", "折疊傘", RewardKind.GOODS, 400),
        ("thermos", "Thermos flask 500 ml", "保温杯 500 ml", "保溫杯 500 ml", RewardKind.GOODS, 1_500),
        ("picnic", "Picnic set for four", "四人野餐套装", "四人野餐套裝", RewardKind.GOODS, 6_000),
    )
)
_IN_STOCK = {"tote": 24, "umbrella": 0, "thermos": 6, "picnic": 2}
_LENT_HERE = {"tote": 3}
"""Gifts that the server lent this till."""


def _stocks() -> Iterator[tuple[UUID, GiftDoc]]:
    for reward, units in _IN_STOCK.items():
        id_ = stock_id(_STORE, reward)
        lent = [LentDoc(id_, _LENT_HERE[reward])] if reward in _LENT_HERE else []
        yield id_, GiftDoc(id=id_, reward=reward, units=units, lent=lent)


def _valuables(owner: UUID) -> list[RowMessage]:
    """What one member has of stored value and coupons."""
    account = account_id(owner)
    bonus = BonusLotDoc(UUID(int=1), 38_50, date(2027, 11, 20))
    rows = [
        _row(
            "stored_value",
            str(account),
            StoredValueDoc(id=account, member_id=owner, principal_minor=420_00, lots=[bonus], bonuses=1),
        )
    ]
    for number, (rule, last) in enumerate((("tea", date(2026, 11, 30)), ("winter", date(2026, 12, 24))), 1):
        id_ = UUID(int=number)
        doc = CouponDoc(id=id_, rule=rule, valid_from=date(2026, 11, 1), valid_to=last, member_id=owner)
        rows.append(_row("coupon", str(id_), doc))
    return rows


_SAVE = Deal(
    "save",
    {"en": "Autumn saving", "zh_Hans": "金秋满减", "zh_Hant": "金秋滿減"},
    Spend(OfferGoods(everything=True), (Step(500_00, AmountOff(60_00)),)),
    date(2026, 1, 1),
)
"""Most baskets of the pictures miss it, so that it is seen how they miss it."""


_COUPONS = tuple(
    CouponRule(
        Deal(
            rule_id,
            names,
            Spend(OfferGoods(everything=True), (Step(from_minor, AmountOff(off_minor)),)),
            date(2026, 1, 1),
        )
    )
    for rule_id, names, from_minor, off_minor in (
        ("tea", {"en": "¥10 off from ¥60", "zh_Hans": "满60减10", "zh_Hant": "滿60減10"}, 60_00, 10_00),
        ("winter", {"en": "¥120 off from ¥900", "zh_Hans": "满900减120", "zh_Hant": "滿900減120"}, 900_00, 120_00),
    )
)


def encode_plain() -> bytes:
    import msgspec

    rules = replace(
        default_programme(), deals=(_SAVE,), coupons=_COUPONS, stored_value=StoredValueRule((LoadStep(200_00, 20_00),)),
        spending=Spending(stored_value=Policy(Mode.FLOOR, floor=200_00)), rewards=_REWARDS,
        services=(Service("wrapping", {"en": "Gift wrapping"}, date(2026, 1, 1)),),
    )  # fmt: skip
    return msgspec.json.encode(to_plain(rules))


def code_of(rank: int) -> str:
    """The EAN-13 of the product with that rank."""
    body = f"69012345{rank:04d}"
    return body + check_digit(body)


def _row(kind: str, key: str, doc: Struct) -> RowMessage:
    return RowMessage(kind, key, 1, 0, False, encode(doc))


def _store() -> StoreDoc:
    names = {"zh_Hans": "春风里店", "zh_Hant": "春風里店", "en": "Spring Lane"}
    return StoreDoc(id=_STORE, names=names, address=["春风里 12 号"], currency="CNY", timezone="Asia/Shanghai")


def _person(id_: str, name: str, role: str, language: str) -> StaffDoc:
    check = verifier(_PEPPER, pin_hash(PIN, _SALT))
    return StaffDoc(id=id_, name=name, role=role, salt=_SALT, verifier=check, language=language)


def _product(rank: int, goods: Goods) -> ProductDoc:
    names = {"zh_Hans": goods.simplified, "zh_Hant": goods.traditional, "en": goods.english}
    return ProductDoc(
        id=f"p{rank}",
        codes=[code_of(rank), goods.plu] if goods.plu else [code_of(rank)],
        names=names,
        price_minor=goods.price_minor,
        unit=goods.unit,
        tax="reduced",
        category=goods.category,
        member_price=goods.member_price,
        rank=rank,
        terms=name_terms(goods.simplified, goods.english),
    )


def _member_id(place: int) -> UUID:
    return uuid7(1_700_000_000_000 + place, bytes(10))


def _member(place: int) -> MemberDoc:
    name, phone, tier, points, birthday = _MEMBERS[place]
    number = normalise(phone)
    id_ = _member_id(place)
    lots = [LotDoc(id_, points - 30, date(2027, 12, 31)), LotDoc(UUID(int=id_.int + 1), 30, date(2026, 12, 31))]
    return MemberDoc(
        id=id_,
        number=f"90000000000000{place}",
        store_id=_STORE,
        masked_name=mask(name),
        phone_hash=keyed_hash(number, _PHONE_KEY),
        last4=last4(number),
        tier=tier,
        growth=points,
        lots=lots,
        terms=name_terms(name),
        full=FullProfile(name=name, phone=number, birthday=birthday) if birthday else None,
    )


def _words_in(language: str) -> Words:
    return lambda text: words(text, language)
