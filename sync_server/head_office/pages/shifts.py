"""Shifts: the list of a period, and one shift with what came into its drawer and went out of it (TILL-6)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from sync_server.head_office.filters import Filter
from sync_server.head_office.gate import NotFound
from sync_server.head_office.office import Desk, Office, identity
from sync_server.head_office.queries import shifts
from sync_server.head_office.queries.place import Place


def add(router: APIRouter, office: Office) -> None:
    @router.get("/shifts")
    def listed(request: Request) -> Response:
        with office.desk(request) as desk:
            chosen, older = desk.filter(), Place.read(request.query_params.get("older", ""))
            stores = _stores(desk, chosen)
            page = shifts.page(desk.connection, chosen.period, stores, older)
            outside = [] if older else shifts.openings_outside(desk.connection, chosen.period, stores)
            return office.page(
                desk, "shifts.html", tab="shifts", filter=chosen, page=page, outside=outside, at=desk.in_zone_of
            )

    @router.get("/shifts/{shift_id}")
    def one(request: Request, shift_id: str) -> Response:
        with office.desk(request) as desk:
            found = shifts.one(desk.connection, identity(shift_id))
            if found is None:
                raise NotFound(shift_id)
            store = desk.shops.store(found.row.store_id)
            chosen = desk.day(found.row.business_date, found.row.store_id)
            return office.page(
                desk, "shift.html", tab="shifts", shift=found, money=store.currency if store else chosen.currency,
                at=desk.in_zone_of(found.row.store_id), filter=chosen,
            )  # fmt: skip


def _stores(desk: Desk, chosen: Filter) -> list[str]:
    """The one that was chosen, or all that sell in its currency."""
    if chosen.store_id:
        return [chosen.store_id]
    return [store.id for store in desk.shops.stores if store.currency == chosen.currency]
