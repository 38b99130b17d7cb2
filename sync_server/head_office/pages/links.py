"""Under Review: registrations that may be one person, and sales that were priced again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Row

from shared_models.domain import tier
from shared_models.domain.phone import mask
from sync_server import people as acts
from sync_server.errors import BadInput
from sync_server.head_office import given, people
from sync_server.head_office.gate import ROOT, NotFound
from sync_server.head_office.office import PAGE_HEADERS, Desk, Office, identity
from sync_server.head_office.queries import links, members
from sync_server.jobs import reprice
from sync_server.ledger import partings
from sync_server.ledger.member_rows import standing_of
from sync_server.roles import Right

_STALE = (reprice.STALE_PROGRAMME, reprice.STALE_PRICE)


def add(router: APIRouter, office: Office) -> None:
    @router.get("/review/links")
    def listed(request: Request) -> Response:
        with office.desk(request) as desk:
            return _list(office, desk)

    @router.post("/review/links/{first}/{second}")
    def decide(
        request: Request,
        first: str,
        second: str,
        what: Annotated[str, Form()] = "",
        note: Annotated[str, Form()] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        """``what`` is the id of the one to keep, or ``part``."""
        with office.desk(request) as desk:
            office.gate.check_form(request, desk.visitor, token)
            desk.visitor.need(Right.PEOPLE)
            pair = _pair(desk, first, second)
            by = desk.visitor.name
        note = given.text(" ".join(note.split()), acts.LONGEST_NOTE)
        try:
            if what == "part":
                acts.part(office.server, *pair, by, note)
            elif what in map(str, pair):
                kept, gone = pair if what == str(pair[0]) else (pair[1], pair[0])
                acts.join(office.server, kept, gone, by, note)
        except BadInput:
            with office.desk(request) as desk:
                return _list(office, desk, status=422, refused=True)
        return RedirectResponse(f"{ROOT}/review/links", 303, headers=PAGE_HEADERS)

    @router.get("/review/repriced")
    def repriced(request: Request) -> Response:
        with office.desk(request) as desk:
            judged, prices_from_ms = reprice.totals(desk.connection)
            stale = [_stale(row) for row in links.findings(desk.connection, _STALE)]
            products = {each for one in stale for each, _, _ in one.prices}
            return office.page(
                desk, "repriced.html", tab="review", judged=judged, prices_from_ms=prices_from_ms,
                counts=links.finding_counts(desk.connection),
                arithmetic=links.findings(desk.connection, [reprice.ARITHMETIC]),
                stale=stale, names=links.product_names(desk.connection, products),
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stale:
    """A sale by older terms: ``versions`` of the programme, the one used and the one in force, or products with the
    price told and the one in force."""

    row: Row[Any]
    versions: tuple[int, int] | None
    prices: tuple[tuple[str, int, int], ...]


def _stale(row: Row[Any]) -> Stale:
    said = json.loads(row.detail)
    if row.kind == reprice.STALE_PROGRAMME:
        return Stale(row, (said["used"], said["newer"]), ())
    return Stale(row, None, tuple((product_id, told, now) for product_id, (told, now) in said.items()))


@dataclass(frozen=True, slots=True)
class Side:
    """One of two linked members, as much as is needed to tell whether they are one."""

    id: UUID
    number: str
    name: str
    last4: str
    registered_on: str
    store_id: str
    tier: str
    balance: int
    purchases: int


@dataclass(frozen=True, slots=True)
class Pair:
    row: Row[Any]
    sides: tuple[Side, ...]


def _list(office: Office, desk: Desk, status: int = 200, *, refused: bool = False) -> Response:
    return office.page(
        desk, "links.html", status=status, tab="review", refused=refused,
        pairs=_pairs(office, desk, links.open_links(desk.connection)),
        decided=_pairs(office, desk, links.decided_links(desk.connection)), may=desk.visitor.sees_people,
        waiting=_waiting(desk),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """Two who are to be parted: ``tills`` hold something of theirs, as store and lane."""

    row: Row[Any]
    numbers: tuple[str, str]
    tills: Sequence[Row[Any]]


def _waiting(desk: Desk) -> list[Waiting]:
    rows = partings.asked(desk.connection)
    ids = [each for row in rows for each in (row.first, row.second)]
    number = {row.id: row.number for row in members.numbers(desk.connection, ids)}
    return [
        Waiting(
            row, (number[row.first], number[row.second]),
            links.tills_that_hold(desk.connection, (row.first, row.second)),
        )
        for row in rows
    ]  # fmt: skip


def _pairs(office: Office, desk: Desk, rows: Any) -> list[Pair]:
    ids = {each for row in rows for each in (row.first, row.second)}
    sides = {each: _side(office, desk, each) for each in ids}
    counts = links.purchases(desk.connection, sorted(ids)) if ids else {}
    found = []
    for row in rows:
        both = [side for each in (row.first, row.second) if (side := sides[each]) is not None]
        found.append(Pair(row, tuple(_with(side, counts.get(side.id, 0)) for side in both)))
    return found


def _side(office: Office, desk: Desk, member_id: UUID) -> Side | None:
    found = members.one(desk.connection, member_id)
    if found is None:
        return None
    today = desk.shops.today(desk.now_ms)
    person = people.person(office.server, desk.visitor, found.row)
    balance = members.balances(desk.connection, [member_id], today.isoformat())[member_id]
    return Side(
        member_id, found.row.number, person.name if person.masked else mask(person.name) if person.name else "–",
        (found.row.last4 or "–") if desk.visitor.sees_people else people.HIDDEN, found.row.registered_on,
        found.row.store_id, tier.at(standing_of(found.row), desk.shops.programme, today), balance, 0,
    )  # fmt: skip


def _with(side: Side, purchases: int) -> Side:
    return Side(
        side.id, side.number, side.name, side.last4, side.registered_on, side.store_id, side.tier, side.balance,
        purchases,
    )  # fmt: skip


def _pair(desk: Desk, first: str, second: str) -> tuple[UUID, UUID]:
    pair = identity(first), identity(second)
    if links.one_link(desk.connection, *pair) is None:
        raise NotFound(first)
    return pair
