"""The files that pages load."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from sync_server.head_office.gate import NotFound
from sync_server.head_office.office import Office

_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


def add(router: APIRouter, office: Office) -> None:
    @router.get("/assets/{path}")
    def asset(request: Request, path: str) -> Response:
        found = office.assets.get(path)
        if found is None:
            raise NotFound(path)
        headers = {**_FOR_EVER, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                found.compressed, media_type=found.media_type, headers={**headers, "Content-Encoding": "gzip"}
            )
        return Response(found.body, media_type=found.media_type, headers=headers)
