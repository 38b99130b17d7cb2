"""Finding products by name or pinyin, and members by phone, number or name.

Results come in the order of row numbers, which is that of popularity: sorting a hundred thousand hits before cutting
off the first twenty would take longer than the cashier waits.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, suppress
from typing import Any, Final
from uuid import UUID

import msgspec

from pos_client.store.database import Database
from pos_client.store.own_edits import OwnEdits
from pos_client.store.own_members import OwnMembers
from pos_client.store.shop import KnownMember, Shop, product_of
from shared_models.domain.catalogue import Product
from shared_models.domain.phone import BadPhone, keyed_hash, normalise
from shared_models.domain.search_terms import fold, without_halves
from shared_models.replica.terms import member_text, product_text, query, typed_words
from shared_models.wire.state import MemberDoc, ProductDoc

_PRODUCT = msgspec.json.Decoder(ProductDoc)
_MEMBER = msgspec.json.Decoder(MemberDoc)
_MOST_CANDIDATES: Final = 2_000
_SUFFIX_DIGITS: Final = range(4, 12)
LAST4: Final = 4


_PRODUCTS: Final = """
    SELECT t.doc FROM replica.product_terms AS f JOIN replica.product AS t ON t."row" = f.rowid
    WHERE f.product_terms MATCH ? ORDER BY f.rowid LIMIT ?"""
_MEMBERS: Final = """
    SELECT t.version, t.counted, t.doc FROM replica.member_terms AS f JOIN replica.member AS t ON t."row" = f.rowid
    WHERE f.member_terms MATCH ? ORDER BY f.rowid LIMIT ?"""


class Search:
    """On the cashier's connection."""

    def __init__(self, database: Database, shop: Shop, phone_key: bytes) -> None:
        self._database = database
        self._shop = shop
        self._own_members = OwnMembers(database)
        self._own_edits = OwnEdits(database)
        self._phone_key = phone_key

    def products(self, text: str, limit: int) -> list[Product]:
        """Products with all words of ``text`` in their names, brand, pinyin or initials, the most sold first."""
        words = typed_words(without_halves(text))
        found: list[Product] = []
        with closing(self._candidates(_PRODUCTS, words)) as rows:
            for (doc,) in rows:
                whole = product_text(_PRODUCT.decode(doc))
                if all(word in whole for word in words):
                    found.append(product_of(doc))
                    if len(found) == limit:
                        break
        return found

    def members(self, text: str, limit: int) -> list[KnownMember]:
        """By whole phone, member number, last digits of the phone, name or pinyin. Own registrations come first."""
        text = without_halves(text)
        typed = fold(text)
        digits = typed.replace(" ", "").replace("-", "")
        if digits.removeprefix("+").isdigit() and digits.isascii():
            return self._by_digits(digits, limit)
        own = [self._shop.known_own(own) for own in self._own_members.search(typed, limit)]
        own += self._edited(self._own_edits.named(typed_words(typed)))
        words = typed_words(typed)
        found = [*own, *self._by_name(typed, limit)]
        found = [each for each in found if not each.edited_here or all(word in member_text(each.doc) for word in words)]
        return _distinct([*self._by_number(typed), *found], limit)

    def members_by_phone(self, phone: str) -> list[KnownMember]:
        """All members with this normalised phone, own registrations included: two tills may have registered one."""
        phone_hash = keyed_hash(phone, self._phone_key)
        rows = self._database.all(
            "SELECT version, counted, doc FROM replica.member WHERE phone_hash = ?", (phone_hash,)
        )
        own = [self._shop.known_own(own) for own in self._own_members.by_phone_hash(phone_hash)]
        own += self._edited(self._own_edits.with_phone(phone_hash))
        found = [*own, *map(self._shop.known, rows)]
        return _distinct(
            [each for each in found if not each.edited_here or each.doc.phone_hash == phone_hash], len(found)
        )

    def members_with(self, code: str, limit: int) -> list[KnownMember]:
        """Whose number or whole phone ``code`` is. The end of a phone is nobody's code."""
        found = self._by_number(code)
        found += [self._shop.known_own(own) for own in self._own_members.search(code, limit) if own.doc.number == code]
        with suppress(BadPhone):
            found += self.members_by_phone(normalise(code))
        return _distinct(found, limit)

    def _by_digits(self, digits: str, limit: int) -> list[KnownMember]:
        """The whole phone or number first; if it is neither, the end of a phone."""
        if found := self.members_with(digits, limit):
            return found
        own = [self._shop.known_own(own) for own in self._own_members.search(digits, limit)]
        if len(digits) in _SUFFIX_DIGITS:
            own += self._edited(self._own_edits.with_suffix(digits))
        found = [*own, *self._by_suffix(digits, limit)]
        end = digits[-LAST4:]
        return _distinct([each for each in found if not each.edited_here or each.doc.last4 == end], limit)

    def _edited(self, ids: list[UUID]) -> list[KnownMember]:
        """Those of ``ids`` who are known; who edited them back isn't found by what they no longer have."""
        known = (self._shop.member(member_id) for member_id in dict.fromkeys(ids))
        return [each for each in known if each is not None]

    def _by_number(self, number: str) -> list[KnownMember]:
        rows = self._database.all(
            "SELECT version, counted, doc FROM replica.member WHERE number IN (?, ?)", (number, number.upper())
        )
        return [self._shop.known(row) for row in rows]

    def _by_suffix(self, digits: str, limit: int) -> list[KnownMember]:
        """Four digits by the column that every row has; more where the till holds the whole phone, else those four
        of them that can be compared."""
        if len(digits) not in _SUFFIX_DIGITS:
            return []
        if len(digits) > LAST4:
            reversed_ = digits[::-1]
            rows = self._database.all(
                "SELECT version, counted, doc FROM replica.member"
                " WHERE phone_reversed >= ? AND phone_reversed < ? LIMIT ?",
                (reversed_, reversed_ + ":", limit),
            )
            if rows:
                return [self._shop.known(row) for row in rows]
        rows = self._database.all(
            "SELECT version, counted, doc FROM replica.member WHERE last4 = ? AND (? = 4 OR phone_reversed IS NULL)"
            " LIMIT ?",
            (digits[-LAST4:], len(digits), limit),
        )
        return [self._shop.known(row) for row in rows]

    def _by_name(self, text: str, limit: int) -> list[KnownMember]:
        words = typed_words(text)
        found: list[KnownMember] = []
        with closing(self._candidates(_MEMBERS, words)) as rows:
            for row in rows:
                whole = member_text(_MEMBER.decode(row[2]))
                if all(word in whole for word in words):
                    found.append(self._shop.known(row))
                    if len(found) == limit:
                        break
        return found

    def _candidates(self, sql: str, words: tuple[str, ...]) -> Generator[tuple[Any, ...], None, None]:
        if words:
            yield from self._database.each(sql, (query(words), _MOST_CANDIDATES))


def _distinct(members: list[KnownMember], limit: int) -> list[KnownMember]:
    return list({member.doc.id: member for member in members}.values())[:limit]
