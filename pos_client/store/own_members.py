"""Members registered at this till that the replica doesn't hold yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from pos_client.store.database import Database
from shared_models.domain.member import MemberRegistered, Profile
from shared_models.domain.phone import keyed_hash, last4, mask
from shared_models.replica.terms import member_text, typed_words
from shared_models.wire.state import ConsentDoc, FullProfile, MemberDoc

_DOC = msgspec.json.Decoder(MemberDoc)


@dataclass(frozen=True, slots=True)
class OwnMember:
    """``number`` is the registration's fact."""

    number: int
    doc: MemberDoc


class OwnMembers:
    """Writing doesn't commit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, number: int, doc: MemberDoc) -> None:
        phone = doc.full.phone if doc.full else ""
        self._database.run(
            "INSERT OR IGNORE INTO own_member"
            " (member_id, number, doc, phone_hash, last4, phone_reversed, terms) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                doc.id.bytes, number, msgspec.json.encode(doc), doc.phone_hash, doc.last4, phone[::-1],
                member_text(doc),
            ),
        )  # fmt: skip

    def get(self, member_id: UUID) -> OwnMember | None:
        row = self._database.one("SELECT number, doc FROM own_member WHERE member_id = ?", (member_id.bytes,))
        return _own(row) if row else None

    def by_phone_hash(self, phone_hash: bytes) -> list[OwnMember]:
        rows = self._database.all(
            "SELECT number, doc FROM own_member WHERE phone_hash = ? ORDER BY number", (phone_hash,)
        )
        return [_own(row) for row in rows]

    def search(self, text: str, limit: int) -> list[OwnMember]:
        """By phone digits, member number, or a part of name or pinyin: there are few, so all are looked at."""
        words = typed_words(text)
        if not words:
            return []
        rows = self._database.all("SELECT number, doc, phone_reversed, terms FROM own_member ORDER BY number")
        found = []
        for number, doc, phone_reversed, terms in rows:
            own = _own((number, doc))
            digits = words[0] if len(words) == 1 and words[0].isdigit() else ""
            by_digits = digits and (phone_reversed.startswith(digits[::-1]) or own.doc.number == digits)
            if by_digits or (not digits and all(word in terms for word in words)):
                found.append(own)
        return found[:limit]


def member_doc(registered: MemberRegistered, profile: Profile, *, phone_key: bytes, tier: str, terms: str) -> MemberDoc:
    """The row of a new member as its own till shows it until the server's comes."""
    return MemberDoc(
        id=registered.member_id,
        number=registered.number,
        store_id=registered.store_id,
        masked_name=mask(profile.name),
        phone_hash=keyed_hash(profile.phone, phone_key),
        last4=last4(profile.phone),
        tier=tier,
        terms=terms,
        full=FullProfile(name=profile.name, phone=profile.phone, birthday=profile.birthday),
        consents=[ConsentDoc(name, given=True) for name in sorted(registered.consents)],
    )


def _own(row: tuple[Any, ...]) -> OwnMember:
    return OwnMember(row[0], _DOC.decode(row[1]))
