"""Mounts head office into the server's application."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from shared_models.domain.text import N_
from sync_server.head_office.gate import ROOT, ForgedForm, NotAllowed, NotFound, SignInNeeded
from sync_server.head_office.office import PAGE_HEADERS, Office
from sync_server.head_office.pages import door, editing, files, links, members, review, sales, setup, shifts, today
from sync_server.server import Server

_REFUSALS: dict[type[Exception], tuple[int, str, str]] = {
    NotAllowed: (403, N_("Not allowed"), N_("Your role may not do this. Ask an administrator.")),
    ForgedForm: (
        403,
        N_("This form is no longer valid"),
        N_("Nothing was changed. Go back, load the page again and send it once more."),
    ),
    NotFound: (404, N_("Nothing here"), N_("There is nothing under this address. Choose from the navigation.")),
}


def install(app: FastAPI, server: Server) -> None:
    """Serve head office of ``server`` under ``/head-office``."""
    office = Office(server)
    router = APIRouter(prefix=ROOT, include_in_schema=False)
    for page in (files, door, today, sales, shifts, members, editing, setup, review, links):
        page.add(router, office)
    _add_edges(router)
    app.include_router(router)
    _add_refusals(app, office)


def _add_edges(router: APIRouter) -> None:
    @router.get("")
    @router.get("/")
    def start() -> Response:
        return RedirectResponse(f"{ROOT}/today", 303)

    @router.get("/{rest:path}")
    def unknown(rest: str) -> Response:
        raise NotFound(rest)


def _add_refusals(app: FastAPI, office: Office) -> None:
    def to_the_door(request: Request, _: Exception) -> Response:
        """Back to where one wanted to go after signing in; a form that was sent is not repeated."""
        back = request.url.path if request.method == "GET" else f"{ROOT}/today"
        if request.method == "GET" and request.url.query:
            back += f"?{request.url.query}"
        door_address = f"{ROOT}/sign-in?{urlencode({'next': back})}"
        if request.headers.get("hx-request"):
            return PlainTextResponse("", 401, headers={**PAGE_HEADERS, "HX-Redirect": door_address})
        return RedirectResponse(door_address, 303, headers=PAGE_HEADERS)

    def refuse(request: Request, error: Exception) -> Response:
        status, title, text = _REFUSALS[type(error)]
        try:
            with office.desk(request) as desk:
                return office.page(desk, "refused.html", status=status, title=title, text=text, tab="")
        except SignInNeeded:
            language = office.language(request)
            return office.write(request, "refused_outside.html", language, status, title=title, text=text)

    app.add_exception_handler(SignInNeeded, to_the_door)
    for kind in _REFUSALS:
        app.add_exception_handler(kind, refuse)
