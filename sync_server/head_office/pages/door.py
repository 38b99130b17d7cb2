"""Signing in and out, and choosing a language."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from sync_server.head_office import languages
from sync_server.head_office.formats import Formats
from sync_server.head_office.gate import ROOT, Refused, SignInNeeded
from sync_server.head_office.office import LANGUAGE_COOKIE, PAGE_HEADERS, Office

_A_YEAR_S = 365 * 24 * 60 * 60


def add(router: APIRouter, office: Office) -> None:
    @router.get("/sign-in")
    def door(request: Request) -> Response:
        after = _inside(request.query_params.get("next", ""))
        try:
            office.gate.visitor(request)
        except SignInNeeded:
            return _door(office, request, after)
        return RedirectResponse(after, 303)

    @router.post("/sign-in")
    def sign_in(
        request: Request,
        name: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        token: Annotated[str, Form()] = "",
        next: Annotated[str, Form()] = "",
    ) -> Response:
        office.gate.check_door(request, token)
        result = office.gate.sign_in(request, name, password)
        if isinstance(result, Refused):
            return _door(office, request, _inside(next), result, name)
        response = RedirectResponse(_inside(next), 303, headers=PAGE_HEADERS)
        office.gate.let_in(request, response, *result)
        return response

    @router.post("/sign-out")
    def sign_out(request: Request, token: Annotated[str, Form()] = "") -> Response:
        office.gate.check_form(request, office.gate.visitor(request), token)
        response = RedirectResponse(f"{ROOT}/sign-in", 303, headers=PAGE_HEADERS)
        office.gate.let_out(response)
        return response

    @router.get("/language")
    def language(request: Request) -> Response:
        response = RedirectResponse(_inside(request.query_params.get("back", "")), 303, headers=PAGE_HEADERS)
        chosen = request.query_params.get("to", "")
        if chosen in languages.NAMES:
            response.set_cookie(
                LANGUAGE_COOKIE, chosen, max_age=_A_YEAR_S, path=ROOT, httponly=True, samesite="lax",
                secure=request.url.scheme == "https",
            )  # fmt: skip
        return response


def _door(office: Office, request: Request, after: str, refused: Refused | None = None, name: str = "") -> Response:
    language = office.language(request)
    status = 200 if refused is None else 429 if refused.wait_ms else 403
    wait = Formats(language, None, languages.translations(language)).wait(refused.wait_ms) if refused else ""
    cookies = Response()
    token = office.gate.door_token(request, cookies)
    response = office.write(
        request, "sign_in.html", language, status, refused=refused, wait=wait, name=name, next=after, token=token
    )
    response.headers["set-cookie"] = cookies.headers["set-cookie"]
    if refused and refused.wait_ms:
        response.headers["Retry-After"] = str(-(-refused.wait_ms // 1000))
    return response


def _inside(address: str) -> str:
    """``address`` if it is one of ours, else the first page: nobody is sent elsewhere by a link to us."""
    is_ours = address == ROOT or address.startswith((f"{ROOT}/", f"{ROOT}?"))
    return address if is_ours and "\\" not in address and address.isprintable() else f"{ROOT}/today"
