"""Changing who a member is, at head office."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, TypeVar

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from shared_models.domain.member import Profile
from shared_models.domain.phone import BadPhone, normalise
from shared_models.domain.profile_edit import Consent, ConsentChoice, ProfileChange
from shared_models.domain.text import N_
from sync_server import people as acts
from sync_server.head_office import people
from sync_server.head_office.gate import ROOT, NotFound
from sync_server.head_office.office import PAGE_HEADERS, Desk, Office, identity
from sync_server.head_office.queries import members
from sync_server.ledger import person
from sync_server.roles import Right

MARKETING = "marketing"
Value = TypeVar("Value")

_LONGEST = {"name": 64, "gender": 20, "language": 20, "preferences": 500}
_LEAP_YEAR = 2000

_BAD_NAME = N_("Type the member's name.")
_BAD_PHONE = N_("This is not a phone number. Type it with all its digits.")
_BAD_BIRTHDAY = N_("A birthday is month and day, such as 05-31, or empty.")


class _Wrong(Exception):
    """A field that can't be so; its text is for the visitor."""


@dataclass(frozen=True, slots=True)
class _Typed:
    """What the form's fields hold."""

    name: str
    phone: str
    birthday: str
    gender: str
    language: str
    preferences: str


def add(router: APIRouter, office: Office) -> None:
    @router.get("/members/{member_id}/edit")
    def ask(request: Request, member_id: str) -> Response:
        with office.desk(request) as desk:
            desk.visitor.need(Right.PEOPLE)
            found = _found(desk, member_id)
            return _form(office, desk, found, _typed(people.profile(office.server, found.row)))

    @router.post("/members/{member_id}/edit")
    def change(
        request: Request,
        member_id: str,
        name: Annotated[str, Form()] = "",
        phone: Annotated[str, Form()] = "",
        birthday: Annotated[str, Form()] = "",
        gender: Annotated[str, Form()] = "",
        language: Annotated[str, Form()] = "",
        preferences: Annotated[str, Form()] = "",
        marketing: Annotated[str, Form()] = "",
        seen: Annotated[str, Form()] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        """``seen`` is the newest opt-out that the form showed: an opt-in undoes no later one."""
        typed = _Typed(name, phone, birthday, gender, language, preferences)
        with office.desk(request) as desk:
            office.gate.check_form(request, desk.visitor, token)
            desk.visitor.need(Right.PEOPLE)
            found = _found(desk, member_id)
            try:
                wanted = _checked(typed)
            except _Wrong as wrong:
                return _form(office, desk, found, typed, str(wrong))
            before = people.profile(office.server, found.row)
            given = _marketing(found).given
            by = desk.visitor.name
        changed = ProfileChange(
            name=_if_new(wanted.name, before.name),
            phone=_if_new(wanted.phone, before.phone),
            birthday=_if_new(wanted.birthday, before.birthday),
            gender=_if_new(wanted.gender, before.gender),
            language=_if_new(wanted.language, before.language),
            preferences=_if_new(wanted.preferences, before.preferences),
        )
        consents = []
        if bool(marketing) != given:
            clock = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else 0
            consents = [ConsentChoice(MARKETING, bool(marketing), clock if marketing else 0)]
        acts.edit(office.server, found.row.id, by, changed, consents)
        return RedirectResponse(f"{ROOT}/members/{found.row.id}", 303, headers=PAGE_HEADERS)


def _form(office: Office, desk: Desk, found: members.WholeMember, typed: _Typed, wrong: str = "") -> Response:
    marketing = _marketing(found)
    return office.page(
        desk, "edit_member.html", status=422 if wrong else 200, tab="members", row=found.row, typed=typed, wrong=wrong,
        marketing=marketing.given, seen=marketing.withdrawn,
    )  # fmt: skip


def _found(desk: Desk, member_id: str) -> members.WholeMember:
    found = members.one(desk.connection, identity(member_id))
    if found is None:
        raise NotFound(member_id)
    return found


def _marketing(found: members.WholeMember) -> Consent:
    return person.read_consents(found.row.consents).get(MARKETING, Consent())


def _typed(profile: Profile) -> _Typed:
    phone = f"+{profile.phone}" if profile.phone else ""
    return _Typed(
        profile.name, phone, profile.birthday, profile.gender, profile.language, " ".join(profile.preferences)
    )


def _if_new(wanted: Value, before: Value) -> Value | None:
    return None if wanted == before else wanted


def _checked(typed: _Typed) -> Profile:
    """Raise ``_Wrong``."""
    name = " ".join(typed.name.split())
    if not name or len(name) > _LONGEST["name"] or not name.isprintable():
        raise _Wrong(_BAD_NAME)
    try:
        phone = normalise(typed.phone)
    except BadPhone:
        raise _Wrong(_BAD_PHONE) from None
    birthday = typed.birthday.strip()
    try:
        if birthday:
            date.fromisoformat(birthday if len(birthday) == len("YYYY-MM-DD") else f"{_LEAP_YEAR}-{birthday}")
    except ValueError:
        raise _Wrong(_BAD_BIRTHDAY) from None
    return replace(
        Profile(name, phone, birthday),
        gender=typed.gender.strip()[: _LONGEST["gender"]],
        language=typed.language.strip()[: _LONGEST["language"]],
        preferences=tuple(dict.fromkeys(typed.preferences[: _LONGEST["preferences"]].split()))[:50],
    )
