"""Members: found, listed, and one of them with every point accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from shared_models.domain import tier
from shared_models.domain.member import Standing
from shared_models.domain.text import N_
from shared_models.domain.tier_outlook import progress
from shared_models.domain.tier_rules import Figure
from sync_server.head_office import given, people
from sync_server.head_office.gate import ROOT, NotFound
from sync_server.head_office.office import PAGE_HEADERS, Desk, Office, identity
from sync_server.head_office.queries import links, members, sales
from sync_server.head_office.queries.members import Wanted
from sync_server.head_office.queries.place import Place
from sync_server.ledger.member_rows import standing_of
from sync_server.ledger.person import read_consents

_LONGEST_SEARCH = 40
_LAST_DIGITS = 4
_RECENT_SALES = 10
_A_YEAR = timedelta(days=365)
_EXPIRES_SOON = timedelta(days=60)

_NUMBER_ONLY = N_("Your role finds members by their number only.")


def add(router: APIRouter, office: Office) -> None:
    @router.get("/members")
    def listed(request: Request) -> Response:
        with office.desk(request) as desk:
            return _list(office, desk, Wanted())

    @router.post("/members")
    def search(request: Request, q: Annotated[str, Form()] = "", token: Annotated[str, Form()] = "") -> Response:
        """A search is sent, not put into the address: a phone number has no place in histories and logs."""
        with office.desk(request) as desk:
            office.gate.check_form(request, desk.visitor, token)
            typed = given.text(q, _LONGEST_SEARCH)
            return _list(office, desk, _wanted(office, desk, typed), typed)

    @router.get("/members/{member_id}")
    def one(request: Request, member_id: str) -> Response:
        with office.desk(request) as desk:
            return _one(office, desk, identity(member_id))


def _list(office: Office, desk: Desk, wanted: Wanted, typed: str = "") -> Response:
    fields, chosen, today = desk.request.query_params, desk.filter(), _today(desk)
    is_new = fields.get("joined") == "1" and not typed
    tier = given.text(fields.get("tier", ""), _LONGEST_SEARCH) if not typed else ""
    nobody = bool(typed) and wanted.is_everybody
    page = members.MemberPage([], {}, None)
    if not nobody:
        page = members.page(
            desk.connection, wanted, today.isoformat(), tier=tier, store_id=chosen.store_id if not typed else "",
            registered=(chosen.period.first.isoformat(), chosen.period.last.isoformat()) if is_new else None,
            after=Place.read(fields.get("after", "")) if not typed else None,
        )  # fmt: skip
    if typed and len(page.rows) == 1 and not desk.request.headers.get("hx-request"):
        return RedirectResponse(f"{ROOT}/members/{page.rows[0].id}", 303, headers=PAGE_HEADERS)
    return office.page(
        desk, "members.html", tab="members", filter=chosen, page=page, typed=typed, tier=tier, is_new=is_new,
        people=people.people(office.server, desk.visitor, page.rows),
        by_tier={} if typed else members.by_tier(desk.connection, chosen.store_id),
        hint="" if desk.visitor.sees_people else _NUMBER_ONLY,
    )  # fmt: skip


def _wanted(office: Office, desk: Desk, typed: str) -> Wanted:
    """What was typed may be a number, the last digits of a phone, or all of it."""
    if not typed:
        return Wanted()
    if not desk.visitor.sees_people:
        return Wanted(number=typed)
    is_last4 = len(typed) == _LAST_DIGITS and typed.isascii() and typed.isdigit()
    return Wanted(number=typed, last4=typed if is_last4 else "", phone_hash=people.phone_hash(office.server, typed))


def _one(office: Office, desk: Desk, member_id: UUID) -> Response:
    found = members.one(desk.connection, member_id)
    if found is None:
        raise NotFound(member_id)
    today, standing = _today(desk), standing_of(found.row)
    group = links.group(desk.connection, member_id)
    spendable = sum(lot.remaining for lot in found.lots if lot.expires_on >= today.isoformat())
    soon = [lot for lot in found.lots if today.isoformat() <= lot.expires_on <= (today + _EXPIRES_SOON).isoformat()]
    store = desk.shops.store(found.row.store_id)
    return office.page(
        desk, "member.html", tab="members", member=found, valuables=members.valuables(desk.connection, member_id),
        on=today,
        person=people.person(office.server, desk.visitor, found.row),
        balance=spendable - found.row.debt, today=today.isoformat(), expiring=sum(lot.remaining for lot in soon),
        expires_first=min((lot.expires_on for lot in soon), default=""),
        bought=sales.member_totals(desk.connection, group, (today - _A_YEAR).isoformat()),
        sales=sales.of_member(desk.connection, group, _RECENT_SALES),
        aliases=members.numbers(desk.connection, [each for each in group if each != member_id]),
        consents=sorted(name for name, each in read_consents(found.row.consents).items() if each.given),
        currency=store.currency if store else desk.shops.currencies()[0],
        tier=tier.at(standing, desk.shops.programme, today), next_tier=_next_tier(desk, standing, today),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _NextTier:
    """``growth`` is what its first gate asks for, 0 if that asks for other things."""

    code: str
    growth: int


def _next_tier(desk: Desk, standing: Standing, today: date) -> _NextTier | None:
    found = progress(standing, desk.shops.programme, today)
    if found is None:
        return None
    growth = (need.condition.at_least for need in found.ways[0] if need.condition.figure is Figure.GROWTH)
    return _NextTier(found.tier.code, next(growth, 0))


def _today(desk: Desk) -> date:
    return desk.shops.today(desk.now_ms)
