"""A made-up shop of any size, the same each time: goods, offers, members. Nobody in it exists."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from functools import cache, lru_cache
from uuid import UUID

from shared_models.domain.barcode import check_digit
from shared_models.domain.basket import Basket
from shared_models.domain.catalogue import Product
from shared_models.domain.offer import AmountOff, Benefit, FixedPrice, Goods, Offer, PercentOff, Window
from shared_models.domain.phone import keyed_hash, last4, mask
from shared_models.wire.state import FullProfile, LotDoc, MemberDoc, ProductDoc
from shared_models.wire.terms import name_terms

DAY = date(2026, 11, 24)
STORE = "s1"
PHONE_KEY = bytes(range(32))
CATEGORIES = 40
"""How many categories the goods are spread over."""

_ONE_IN_WITH_PROFILE = 4
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红春燕飞鹏辉玲斌宇浩然欣怡子涵雨梓轩一诺晨曦思远"
    "佳琪嘉文博俊豪诗婷雪梅建国志坚海波晓东永康家乐安宁天佑新成云鹤"
)
_BRANDS = "光明康乐金山和丰永泰福兴盛大同春晖云溪青禾田园百味清泉海天长风东方南岭西湖北原"
_THINGS = (
    ("纯牛奶", "milk"), ("酸奶", "yoghurt"), ("苏打饼干", "crackers"), ("绿茶", "green tea"), ("大米", "rice"),
    ("挂面", "noodles"), ("酱油", "soy sauce"), ("洗衣液", "detergent"), ("牙膏", "toothpaste"), ("纸巾", "tissues"),
    ("矿泉水", "mineral water"), ("橙汁", "orange juice"), ("巧克力", "chocolate"), ("洗发水", "shampoo"),
    ("花生油", "peanut oil"), ("咖啡", "coffee"), ("香皂", "soap"), ("薯片", "crisps"), ("鸡蛋", "eggs"),
    ("面包", "bread"),
)  # fmt: skip


# goods


def product_id(number: int) -> str:
    return f"P{number:07d}"


def product_code(number: int) -> str:
    """An EAN-13 of a country prefix that no label printer of a shop uses."""
    body = f"69{number:010d}"
    return body + check_digit(body)


def product_doc(number: int) -> ProductDoc:
    """``number`` is also its rank in sales."""
    made_by = brand(number)
    size = f"{100 + number // 20 % 900}g"
    return ProductDoc(
        id=product_id(number),
        codes=[product_code(number)],
        names={"zh_Hans": f"{product_name(number)} {size}", "en": f"{initials(made_by)} {thing(number)} {size}"},
        price_minor=100 + number * 37 % 9_900,
        tax=("standard", "reduced", "zero")[number % 3],
        category=category(number),
        brand=made_by,
        member_price=number % 5 != 0,
        rank=number,
        terms=_terms(product_name(number)),
    )


def brand(number: int) -> str:
    """Two characters."""
    return _pick(_BRANDS, number // 20) + _pick(_BRANDS, number // 700 + 7)


def thing(number: int) -> str:
    """What it is, in English."""
    return _THINGS[number % len(_THINGS)][1]


def product_name(number: int) -> str:
    """In Chinese, without the size."""
    return brand(number) + _THINGS[number % len(_THINGS)][0]


def rare_words(number: int) -> str:
    """Two words that many products have, but few of them both."""
    return f"{thing(number)} {product_doc(number).names['en'].split()[-1]}"


def absent_word(number: int) -> str:
    """A word made of pieces that many products have, in an order that none has."""
    return thing(number)[-3:] + thing(number)[:3] + _THINGS[(number + 1) % len(_THINGS)][1][:4]


def product(number: int) -> Product:
    doc = product_doc(number)
    return Product(
        id=doc.id, codes=tuple(doc.codes), names=doc.names, price_minor=doc.price_minor, unit=doc.unit,
        tax_code=doc.tax, category=doc.category, brand=doc.brand, member_price=doc.member_price, popularity=doc.rank,
    )  # fmt: skip


def category(number: int) -> str:
    return f"c{number % CATEGORIES}"


def basket(number: int, lines: int, products: int) -> Basket:
    """A basket of so many lines out of so many products."""
    made = Basket()
    for line in range(lines):
        goods = product((number * 311 + line * 17) % products)
        made = made.add(goods, goods.codes[0], (1 + (number + line) % 4) * 1_000)
    return made


def mixed_basket(number: int, lines: int, products: int) -> Basket:
    """Each of its lines is any of so many products, one to four of it. Every number gives another basket."""
    chance = random.Random(number)  # noqa: S311 - a basket, the same each time
    made = Basket()
    for _ in range(lines):
        goods = product(chance.randrange(products))
        made = made.add(goods, goods.codes[0], chance.randint(1, 4) * 1_000)
    return made


# offers


def offers(count: int, products: int, *, crowded: bool = False) -> tuple[Offer, ...]:
    """Half name products, three tenths categories, a tenth brands, a tenth everything in a happy hour; all benefits.

    ``crowded``: each of them is on everything at any time, the worst there can be.
    """
    return tuple(_offer(number, products, crowded) for number in range(count))


def _offer(number: int, products: int, crowded: bool) -> Offer:
    window = Window()
    match number % 10:
        case _ if crowded:
            goods = Goods(everything=True)
        case 0 | 1 | 2 | 3 | 4:
            goods = Goods(products=tuple(product_id((number * 5 + step) % products) for step in range(5)))
        case 5 | 6 | 7:
            goods = Goods(categories=(category(number),))
        case 8:
            goods = Goods(brands=(product_doc(number).brand,))
        case _:
            goods = Goods(everything=True)
            window = Window(weekdays=(1, 2, 3, 4, 5), start=time(number // 10 % 24), end=time((number // 10 + 2) % 24))
    return Offer(
        id=f"o{number:04d}", names={"zh_Hans": f"特惠{number}"}, benefit=_benefit(number), goods=goods,
        valid_from=date(2026, 1, 1), window=window, priority=number % 3,
    )  # fmt: skip


def _benefit(number: int) -> Benefit:
    match number % 3:
        case 0:
            return PercentOff(Decimal(5 + number % 40))
        case 1:
            return AmountOff(10 + number % 300)
        case _:
            return FixedPrice(300 + number * 11 % 5_000)


# members


def member_id(number: int) -> UUID:
    digest = hashlib.blake2s(number.to_bytes(8, "big"), digest_size=10).digest()
    return UUID(bytes=(0x0193_7F00_0000 + number // 100).to_bytes(6, "big") + b"\x70\x00\x80" + digest[:7])


def member_number(number: int) -> str:
    return f"8{number:08d}"


def phone(number: int) -> str:
    """A Chinese mobile number, spread over all last four digits."""
    return f"8613{(number * 48_271 + 7) % 1_000_000_007 % 10**9:09d}"


def member_name(number: int) -> str:
    mixed = number * 2_654_435_761 % 2**32
    given = _pick(_GIVEN, mixed // 100)
    if mixed % 5:
        given += _pick(_GIVEN, mixed // 10_000)
    return _pick(_SURNAMES, mixed) + given


def member_doc(number: int) -> MemberDoc:
    """One in four is of this store, so that the till holds the full profile."""
    name, digits = member_name(number), phone(number)
    at_home = number % _ONE_IN_WITH_PROFILE == 0
    return MemberDoc(
        id=member_id(number),
        number=member_number(number),
        store_id=STORE if at_home else "s2",
        masked_name=mask(name),
        phone_hash=keyed_hash(digits, PHONE_KEY),
        last4=last4(digits),
        tier=("basic", "basic", "basic", "silver", "gold")[number % 5],
        growth=number % 2_000,
        lots=[LotDoc(UUID(int=number + 1), 100 + number % 900, date(2027, 12, 31))],
        terms=_terms(name),
        full=FullProfile(name=name, phone=digits, birthday="05-20") if at_home else None,
    )


def member_docs(count: int) -> Iterator[MemberDoc]:
    return (member_doc(number) for number in range(count))


def product_docs(count: int) -> Iterator[ProductDoc]:
    return (product_doc(number) for number in range(count))


def pinyin(name: str) -> str:
    return _terms(name).split()[1]


def initials(name: str) -> str:
    return _terms(name).split()[2]


@cache
def _syllable(character: str) -> tuple[str, str]:
    """The pinyin and the initial of one character."""
    written, *pinyin = name_terms(character).split()
    full = pinyin[0] if pinyin else written
    return full, full[0]


@lru_cache(maxsize=65_536)
def _terms(name: str) -> str:
    """What ``name_terms`` gives, put together from single characters: a million names take seconds."""
    syllables = [_syllable(character) for character in name]
    return f"{name} {''.join(full for full, _ in syllables)} {''.join(initial for _, initial in syllables)}"


def _pick(characters: str, number: int) -> str:
    return characters[number % len(characters)]
