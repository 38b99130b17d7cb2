"""The member at the till: found, attached, registered, with or without a network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from pos_client.app import redeeming
from pos_client.app.counter import Counter, birthday_of
from pos_client.app.coupons import Coupons
from pos_client.app.refusals import BadBirthday, BadName, NotForCashiers, PhoneIsTaken, UnknownMember
from pos_client.app.stored_value import StoredValueDesk
from pos_client.app.views import MemberHit, MemberView
from pos_client.store.own_edits import own_edit
from pos_client.store.own_members import member_doc
from pos_client.store.shop import KnownMember
from shared_models.domain import points, tier
from shared_models.domain.barcode import check_digit
from shared_models.domain.facts import SALT_BYTES, commitment
from shared_models.domain.member import PROFILE_SIDE, MemberRegistered, Profile
from shared_models.domain.phone import keyed_hash, normalise
from shared_models.domain.profile_edit import ConsentChoice, MemberEdited, ProfileChange
from shared_models.domain.staff import Role
from shared_models.wire.facts import encode_change, encode_profile
from shared_models.wire.state import MemberDoc

EXPIRING_DAYS: Final = 90
LONGEST_NAME: Final = 64
MARKETING: Final = "marketing"
_NUMBER_DIGITS: Final = 14
_SOURCE: Final = "till"
_LEAP_YEAR: Final = 2000
_BIRTHDAY: Final = re.compile(r"([0-9]{4}-)?[0-9]{2}-[0-9]{2}")
"""Stricter than ``date.fromisoformat``, which takes weeks too."""


class Members:
    def __init__(self, counter: Counter, stored_value: StoredValueDesk, coupons: Coupons) -> None:
        self._counter = counter
        self._stored_value = stored_value
        self._coupons = coupons

    def find(self, text: str, limit: int) -> tuple[MemberHit, ...]:
        return tuple(self.hit(member) for member in self._counter.books.search.members(text, limit))

    def find_code(self, code: str, limit: int) -> tuple[MemberHit, ...]:
        """Whose number or whole phone ``code`` is."""
        return tuple(self.hit(member) for member in self._counter.books.search.members_with(code, limit))

    def attach(self, member_id: UUID) -> None:
        sale = self._counter.open_sale()
        found = self._counter.books.shop.member(member_id)
        if found is None:
            raise UnknownMember
        self._counter.change(replace(sale, member_id=found.doc.id))

    def detach(self) -> None:
        self._counter.change(replace(self._counter.open_sale(), member_id=None))

    def register(self, name: str, phone: str, birthday: str, consents: Iterable[str], made_up: bool) -> MemberHit:
        """One fact; who it is goes into a side record that can be erased without breaking the chain."""
        counter = self._counter
        counter.cashier()
        profile = Profile(_checked_name(name), normalise(phone), _checked_birthday(birthday))
        taken = counter.books.search.members_by_phone(profile.phone)
        if taken:
            raise PhoneIsTaken(self.hit(taken[0]))
        journal = counter.books.journal
        salt, body = counter.machine.randomness.secret(SALT_BYTES), encode_profile(profile)
        registered = MemberRegistered(
            member_id=counter.machine.ids.new(),
            number=self._new_number(),
            store_id=journal.identity.store_id,
            profile=commitment(salt, body),
            notice_version=counter.machine.notice_version,
            consents=tuple(sorted(set(consents))),
            source=_SOURCE,
            registered_on=counter.business_date(),
            made_up=made_up,
        )
        doc = member_doc(
            registered, profile, phone_key=counter.secrets.phone_key, tier=tier.first(counter.programme).tier,
            terms=_name_terms(profile.name),
        )  # fmt: skip
        journal.append(registered, sides=((PROFILE_SIDE, salt, body),), own_member=doc)
        counter.on_commit()
        found = counter.books.shop.member(registered.member_id)
        assert found is not None, "a member just registered is known"
        return self.hit(found)

    def edit(self, member_id: UUID, name: str, phone: str, birthday: str, consents: Mapping[str, bool]) -> MemberHit:
        """One fact with what changed; with nothing changed none. Empty texts leave a field as it is."""
        counter = self._counter
        if not counter.cashier().role.covers(Role.SERVICE_DESK):
            raise NotForCashiers
        member = counter.books.shop.member(member_id)
        if member is None:
            raise UnknownMember
        change = self._change(member.doc, name, phone, birthday)
        choices = _choices(member.doc, consents)
        if change.changed() or choices:
            self._append_edit(member.doc, change, choices)
        found = counter.books.shop.member(member_id)
        assert found is not None, "a member just edited is known"
        return self.hit(found)

    def _change(self, doc: MemberDoc, name: str, phone: str, birthday: str) -> ProfileChange:
        full = doc.full
        named = _checked_name(name) if name.strip() else None
        digits = normalise(phone) if phone.strip() else None
        born = _checked_birthday(birthday) or None
        if digits is not None:
            others = [each for each in self._counter.books.search.members_by_phone(digits) if each.doc.id != doc.id]
            if others:
                raise PhoneIsTaken(self.hit(others[0]))
            if keyed_hash(digits, self._counter.secrets.phone_key) == doc.phone_hash:
                digits = None
        return ProfileChange(
            name=None if full and named == full.name else named,
            phone=digits,
            birthday=None if full and born == full.birthday else born,
        )

    def _append_edit(self, doc: MemberDoc, change: ProfileChange, choices: list[ConsentChoice]) -> None:
        counter = self._counter
        body, salt = encode_change(change), counter.machine.randomness.secret(SALT_BYTES)
        has_fields = bool(change.changed())
        edited = MemberEdited(
            member_id=doc.id,
            store_id=counter.books.journal.identity.store_id,
            by=counter.cashier().id,
            profile=commitment(salt, body) if has_fields else None,
            consents=tuple(choices),
        )
        terms = _name_terms(change.name) if change.name is not None else None
        counter.books.journal.append(
            edited,
            sides=((PROFILE_SIDE, salt, body),) if has_fields else (),
            own_edit=own_edit(change, choices, phone_key=counter.secrets.phone_key, terms=terms),
            later_than=doc.edited,
        )
        counter.on_commit()

    def hit(self, member: KnownMember) -> MemberHit:
        doc = member.doc
        return MemberHit(
            doc.id, doc.number, doc.masked_name, doc.last4, self._counter.tier_of(member), self.balance(member),
            pending=member.version is None,
        )  # fmt: skip

    def balance(self, member: KnownMember) -> int:
        return points.balance(member.account, self._counter.business_date())

    def view(self, member: KnownMember) -> MemberView:
        on = self._counter.business_date()
        soon = points.expiring(member.account, on, EXPIRING_DAYS)
        full = member.doc.full
        return MemberView(
            id=member.doc.id,
            number=member.doc.number,
            name=full.name if full and not redeeming.is_stale(self._counter) else member.doc.masked_name,
            last4=member.doc.last4,
            tier=self._counter.tier_of(member),
            balance=self.balance(member),
            debt=member.account.debt,
            growth=member.view.standing.growth,
            expiring_points=soon.points if soon else 0,
            expires_on=soon.on if soon else None,
            birthday=birthday_of(member) == on.strftime("%m-%d"),
            pending=member.version is None,
            stored_value=self._stored_value.view(member),
            coupons=self._coupons.of(member),
            marketing=any(each.consent == MARKETING and each.given for each in member.doc.consents),
        )

    def _new_number(self) -> str:
        """Sixteen digits: 9, fourteen random ones that no other till draws, a check digit. No phone is that long."""
        random = int.from_bytes(self._counter.machine.randomness.secret(16), "big") % 10**_NUMBER_DIGITS
        body = f"9{random:0{_NUMBER_DIGITS}d}"
        return body + check_digit(body)


def _choices(doc: MemberDoc, consents: Mapping[str, bool]) -> list[ConsentChoice]:
    """What differs from what is shown. An opt-in knows of the opt-outs that are shown."""
    shown = {each.consent: each for each in doc.consents}
    return [
        ConsentChoice(name, is_given, shown[name].withdrawn if name in shown else 0)
        for name, is_given in sorted(consents.items())
        if is_given != (name in shown and shown[name].given)
    ]


def _name_terms(name: str) -> str:
    from shared_models.wire.terms import name_terms  # its pinyin tables are large, and a till starts without them

    return name_terms(name)


def _checked_name(name: str) -> str:
    checked = " ".join(name.split())
    if not checked or len(checked) > LONGEST_NAME or not checked.isprintable():
        raise BadName
    return checked


def _checked_birthday(birthday: str) -> str:
    text = birthday.strip()
    if not text:
        return ""
    if not _BIRTHDAY.fullmatch(text):
        raise BadBirthday
    try:
        date.fromisoformat(text if len(text) == len("YYYY-MM-DD") else f"{_LEAP_YEAR}-{text}")
    except ValueError:
        raise BadBirthday from None
    return text
