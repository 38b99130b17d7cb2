"""What tills are told about a member: the figures, and sealed apart from them the person."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec
from msgspec import Struct

from shared_models.domain import phone
from shared_models.domain.effects import MemberView
from shared_models.domain.member import Account, Lot, Profile
from shared_models.wire.state import BasisDoc, ConsentDoc, FullProfile, LentDoc, LotDoc, read_standing
from shared_models.wire.terms import name_terms


class MemberFigures(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The part of a ``MemberDoc`` that says nothing about who the member is."""

    id: UUID
    number: str
    store_id: str
    tier: str
    growth: int = 0
    spend_month: str = ""
    spend_month_minor: int = 0
    referrals: int = 0
    lots: list[LotDoc] = []
    debt: int = 0
    flags: list[str] = []
    basis: BasisDoc | None = None
    pending: dict[UUID, date] = {}
    ordinal: int = 0
    lent: list[LentDoc] = []
    consents: list[ConsentDoc] = []
    edited: int = 0
    alias_of: UUID | None = None
    aliases: list[UUID] = []

    def view(self) -> MemberView:
        lots = (Lot(lot.id, lot.points, lot.expires_on, self.pending.get(lot.id)) for lot in self.lots)
        standing = read_standing(
            self.tier, self.growth, self.referrals, self.basis, self.spend_month, self.spend_month_minor
        )
        return MemberView(Account(tuple(lots), self.debt), standing)


class MemberPerson(Struct, frozen=True, kw_only=True):
    """The part of a ``MemberDoc`` that every till gets of the person."""

    masked_name: str = ""
    phone_hash: bytes = b""
    last4: str = ""
    terms: str = ""


class SealedPerson(Struct, frozen=True, array_like=True):
    """JSON objects: ``person`` for every till, ``full`` for those of the member's own store, empty if unknown."""

    person: bytes
    full: bytes


def seal_place(key: str) -> bytes:
    """Where in the database a feed row's sealed part belongs."""
    return b"feed.member." + key.encode()


def sealed_person(profile: Profile | None, phone_key: bytes) -> bytes:
    """The plain text of a feed row's sealed part; of a member without a profile, a person nobody can be found by."""
    if profile is None:
        return _plain(MemberPerson(), None)
    person = MemberPerson(
        masked_name=phone.mask(profile.name),
        phone_hash=phone_hash(profile.phone, phone_key),
        last4=last4(profile.phone),
        terms=name_terms(profile.name),
    )
    return _plain(person, FullProfile(name=profile.name, phone=profile.phone, birthday=profile.birthday))


def phone_hash(number: str, phone_key: bytes) -> bytes:
    """Empty for an empty number, so that people without a phone aren't taken for one another."""
    return phone.keyed_hash(number, phone_key) if number else b""


def last4(number: str) -> str:
    """Empty if what should be a phone number has anything but digits."""
    return phone.last4(number) if number.isascii() and number.isdigit() else ""


def member_doc(figures: bytes, sealed_plain: bytes, full: bool) -> bytes:
    """A ``MemberDoc`` from its two halves, joined as JSON text without reading it."""
    halves = msgspec.msgpack.decode(sealed_plain, type=SealedPerson)
    joined = figures[:-1] + b"," + halves.person[1:]
    if full and halves.full:
        joined = joined[:-1] + b',"full":' + halves.full + b"}"
    return joined


def _plain(person: MemberPerson, full: FullProfile | None) -> bytes:
    return msgspec.msgpack.encode(SealedPerson(msgspec.json.encode(person), msgspec.json.encode(full) if full else b""))
