"""What a cashier types finds what is meant."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_client.store.search import Search
from pos_client.store.shop import Shop
from shared_models.domain.phone import keyed_hash
from shared_models.replica.terms import index_terms, plain_words, query
from shared_models.wire.messages import RowMessage
from shared_models.wire.state import FullProfile, MemberDoc, ProductDoc
from shared_models.wire.terms import name_terms
from tests.pos_client.store.books import Books, cursor

PHONE_KEY = b"k" * 32

GOODS = {
    "鲜牛奶": "Fresh milk 1 l",
    "酸奶": "Yoghurt",
    "牛肉": "Beef",
    "面包 (全麦)": "Bread, whole-wheat",
    "可口可乐 330ml": "Coca-Cola 330 ml",
    "米": "Rice",
    'Crème "brûlée" 100%': "Custard",
}

PEOPLE = {
    "王芳": "13800138042",
    "王伟": "13900139042",
    "李雷": "13700137777",
    "Ann Lee": "+6591234567",
}


def product(number: int, name: str, english: str) -> RowMessage:
    doc = ProductDoc(
        id=f"P{number}", codes=[str(number)], names={"zh_Hans": name, "en": english}, price_minor=1, tax="standard",
        category="c", rank=number, terms=name_terms(name),
    )  # fmt: skip
    return RowMessage("product", doc.id, number + 1, 0, False, msgspec.json.encode(doc))


def person(number: int, name: str, phone: str, *, full: bool) -> RowMessage:
    digits = phone.removeprefix("+") if phone.startswith("+") else "86" + phone
    doc = MemberDoc(
        id=UUID(int=number), number=f"M{number:07d}", store_id="A", masked_name=f"{name[0]}**",
        phone_hash=keyed_hash(digits, PHONE_KEY), last4=phone[-4:], tier="basic", terms=name_terms(name),
        full=FullProfile(name=name, phone=digits) if full else None,
    )  # fmt: skip
    return RowMessage("member", str(doc.id), 100 + number, 0, False, msgspec.json.encode(doc))


@pytest.fixture
def search(books: Books) -> Iterator[Search]:
    books.generations.start(1)
    replica = books.generations.open_current()
    goods = [product(number, name, english) for number, (name, english) in enumerate(GOODS.items())]
    people = [person(n, name, phone, full=n % 2 == 0) for n, (name, phone) in enumerate(PEOPLE.items(), 1)]
    replica.apply([*goods, *people], cursor(1))
    yield Search(books.database, Shop(books.database), PHONE_KEY)
    replica.close()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("牛奶", ["鲜牛奶"]),
        ("奶", ["鲜牛奶", "酸奶"]),
        ("牛", ["鲜牛奶", "牛肉"]),
        ("nn", ["鲜牛奶", "酸奶"]),
        ("niunai", ["鲜牛奶"]),
        ("xiannn", []),
        ("MILK", ["鲜牛奶"]),
        ("milk fresh", ["鲜牛奶"]),
        ("330", ["可口可乐 330ml"]),
        ("ｃｏｃａ cola", ["可口可乐 330ml"]),
        ("coca-cola", ["可口可乐 330ml"]),
        ("米", ["米"]),
        ("全麦", ["面包 (全麦)"]),
        ("whole-wheat", ["面包 (全麦)"]),
        ('"brûlée"', ['Crème "brûlée" 100%']),
        ("100%", ['Crème "brûlée" 100%']),
        ("kkkl", ["可口可乐 330ml"]),
        ("zzz", []),
        ("*", []),
        ('" OR "', []),
        ("AND", []),
        ("   ", []),
        ("牛奶 面包", []),
    ],
)
def test_products(search: Search, typed: str, found: list[str]) -> None:
    assert [product.names["zh_Hans"] for product in search.products(typed, 20)] == found


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("wf", ["王芳"]),
        ("wangf", ["王芳"]),
        ("王", ["王芳", "王伟"]),
        ("13800138042", ["王芳"]),
        ("+86 138-0013-8042", ["王芳"]),
        ("8613800138042", ["王芳"]),
        ("9042", ["王伟"]),
        ("7777", ["李雷"]),
        ("m0000003", ["李雷"]),
        ("ann", ["Ann Lee"]),
        ("+6591234567", ["Ann Lee"]),
        ("0000", []),
        ("138", []),
        ("99999999999999999999", []),
    ],
)
def test_members(search: Search, typed: str, found: list[str]) -> None:
    by_id = dict(enumerate(PEOPLE, 1))
    assert [by_id[member.doc.id.int] for member in search.members(typed, 20)] == found


def test_a_longer_end_of_a_phone_is_compared_where_the_phone_is_known(search: Search) -> None:
    """王伟's till holds the whole phone, 王芳's only the last four digits, which is all that can be compared."""
    assert [member.doc.id.int for member in search.members("139042", 20)] == [2]
    assert [member.doc.id.int for member in search.members("138042", 20)] == [1]


def test_a_limit_cuts_off_the_least_sold(search: Search) -> None:
    assert [product.id for product in search.products("奶", 1)] == ["P0"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.sampled_from("牛奶面包nai ab1-'\"*%^(")) | st.text(st.sampled_from("nai "), min_size=12),
    part=st.data(),
)
def test_any_part_of_a_text_is_among_the_terms_of_the_text(text: str, part: st.DataObject) -> None:
    """No false negatives: every term that a part asks for is one the whole text is indexed under."""
    words = plain_words(text).split()
    if not words:
        return
    word = part.draw(st.sampled_from(words))
    start = part.draw(st.integers(0, len(word) - 1))
    end = part.draw(st.integers(start + 1, len(word)))
    terms = set(index_terms(plain_words(text)).split())
    for asked in query((word[start:end],)).split(" AND "):
        if asked.endswith("*"):
            assert any(term.startswith(asked[1:-2]) for term in terms)
        else:
            assert asked[1:-1] in terms
