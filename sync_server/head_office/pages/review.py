"""Review: what was taken although something about it is wrong, for a person to look at."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from sync_server.errors import BadInput
from sync_server.head_office import given
from sync_server.head_office.gate import ROOT, NotFound
from sync_server.head_office.office import PAGE_HEADERS, Office
from sync_server.head_office.queries import devices, links
from sync_server.ingest import quarantine
from sync_server.roles import Right


def add(router: APIRouter, office: Office) -> None:
    @router.get("/review")
    def alerts(request: Request) -> Response:
        with office.desk(request) as desk:
            after = _place(request.query_params.get("after", ""))
            rows = devices.alerts(desk.connection, after, devices.REVIEW_PAGE + 1)
            page = rows[: devices.REVIEW_PAGE]
            older = f"{page[-1].at_ms}_{page[-1].id.hex}" if len(rows) > len(page) else ""
            return office.page(
                desk, "review.html", tab="review", alerts=page, older=older, is_first=after is None,
                unread=quarantine.unread(desk.connection) if after is None else [],
                waiting=links.waiting(desk.connection), found=links.finding_counts(desk.connection),
            )  # fmt: skip

    @router.post("/review/solved")
    def solved(
        request: Request,
        incarnation: Annotated[str, Form()] = "",
        number: Annotated[str, Form()] = "",
        note: Annotated[str, Form()] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        """Somebody dealt with a fact that can't be read. Of two who say so the first one's note is kept."""
        with office.desk(request) as desk:
            office.gate.check_form(request, desk.visitor, token)
            desk.visitor.need(Right.DEVICES)
        try:
            quarantine.solve(office.server, UUID(incarnation), given.number(number), note)
        except (ValueError, BadInput) as error:
            raise NotFound(f"{incarnation} {number}") from error
        return RedirectResponse(f"{ROOT}/review", 303, headers=PAGE_HEADERS)


def _place(text: str) -> tuple[int, UUID] | None:
    moment, _, alert_id = text.partition("_")
    try:
        return given.number(moment), UUID(hex=alert_id)
    except ValueError:
        return None
