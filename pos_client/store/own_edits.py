"""Edits of members made at this till that their rows don't count yet: shown over the row, and searched by."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pos_client.store.database import Database
from shared_models.domain.phone import keyed_hash, last4, mask
from shared_models.domain.profile_edit import ConsentChoice, ProfileChange
from shared_models.replica.terms import plain_words
from shared_models.wire.state import ConsentDoc, FullProfile, MemberDoc


class OwnEdit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The changed fields, ``None`` for the others; ``terms`` are those of a changed name. ``hlc`` is the fact's."""

    name: str | None = None
    phone: str | None = None
    birthday: str | None = None
    phone_hash: bytes | None = None
    terms: str | None = None
    consents: list[ConsentChoice] = []
    hlc: int = 0

    def over(self, doc: MemberDoc) -> MemberDoc:
        """The row as it will be once it counts the edit, if nobody else edits."""
        changes: dict[str, Any] = {"consents": self._consents(doc), "edited": max(doc.edited, self.hlc)}
        if self.name is not None:
            changes |= {"masked_name": mask(self.name), "terms": self.terms or ""}
        if self.phone is not None:
            changes |= {"phone_hash": self.phone_hash or b"", "last4": last4(self.phone)}
        if doc.full is not None:
            changes["full"] = FullProfile(
                name=doc.full.name if self.name is None else self.name,
                phone=doc.full.phone if self.phone is None else self.phone,
                birthday=doc.full.birthday if self.birthday is None else self.birthday,
            )
        return replace(doc, **changes)

    def _consents(self, doc: MemberDoc) -> list[ConsentDoc]:
        found = {each.consent: each for each in doc.consents}
        for choice in self.consents:
            withdrawn = found[choice.consent].withdrawn if choice.consent in found else 0
            if choice.given:
                found[choice.consent] = ConsentDoc(choice.consent, choice.seen >= withdrawn, withdrawn)
            else:
                found[choice.consent] = ConsentDoc(choice.consent, False, max(withdrawn, self.hlc))
        return [found[name] for name in sorted(found)]


_DOC = msgspec.json.Decoder(OwnEdit)


def own_edit(change: ProfileChange, consents: list[ConsentChoice], *, phone_key: bytes, terms: str | None) -> OwnEdit:
    phone = change.phone
    return OwnEdit(
        name=change.name, phone=phone, birthday=change.birthday, consents=consents, terms=terms,
        phone_hash=keyed_hash(phone, phone_key) if phone else None,
    )  # fmt: skip


class OwnEdits:
    """Writing doesn't commit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, number: int, hlc: int, member_id: UUID, edit: OwnEdit) -> None:
        edit = replace(edit, hlc=hlc)
        terms = plain_words(f"{edit.name} {edit.terms or ''}") if edit.name else None
        self._database.run(
            "INSERT INTO own_edit (number, member_id, doc, phone_hash, phone_reversed, terms)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                number, member_id.bytes, msgspec.json.encode(edit), edit.phone_hash,
                edit.phone[::-1] if edit.phone else None, terms,
            ),
        )  # fmt: skip

    def of(self, member_id: UUID, counted: int) -> list[OwnEdit]:
        """Those that the member's row, which counts up to fact ``counted``, doesn't hold, in order."""
        rows = self._database.all(
            "SELECT doc FROM own_edit WHERE member_id = ? AND number > ? ORDER BY number", (member_id.bytes, counted)
        )
        return [_DOC.decode(doc) for (doc,) in rows]

    def with_phone(self, phone_hash: bytes) -> list[UUID]:
        return self._ids("phone_hash = ?", phone_hash)

    def with_suffix(self, digits: str) -> list[UUID]:
        reversed_ = digits[::-1]
        return self._ids("phone_reversed >= ? AND phone_reversed < ?", reversed_, reversed_ + ":")

    def named(self, words: tuple[str, ...]) -> list[UUID]:
        """Whose new name has all ``words``: there are few, so all are looked at."""
        rows = self._database.all("SELECT member_id, terms FROM own_edit WHERE terms IS NOT NULL ORDER BY number")
        return [UUID(bytes=member_id) for member_id, terms in rows if words and all(word in terms for word in words)]

    def _ids(self, condition: str, *values: object) -> list[UUID]:
        rows = self._database.all(
            f"SELECT member_id FROM own_edit WHERE {condition} ORDER BY number",  # noqa: S608 - own conditions
            values,
        )
        return [UUID(bytes=member_id) for (member_id,) in rows]
