"""Review: what was taken although something about it is wrong, for a person to look at."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from sync_server.head_office.office import Office
from sync_server.head_office.queries import devices, links


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
                waiting=links.waiting(desk.connection), found=links.finding_counts(desk.connection),
            )  # fmt: skip


def _place(text: str) -> tuple[int, UUID] | None:
    moment, _, alert_id = text.partition("_")
    try:
        return int(moment), UUID(hex=alert_id)
    except ValueError:
        return None
