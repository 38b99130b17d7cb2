"""Set-up: the devices at the lanes; enrolling one, revoking one, writing one off."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from sync_server import setup
from sync_server.head_office.gate import ROOT, NotFound
from sync_server.head_office.office import PAGE_HEADERS, Desk, Office, identity
from sync_server.head_office.queries import devices
from sync_server.head_office.queries.devices import Device
from sync_server.recovery import recovery
from sync_server.roles import Right

_MAX_LANE = 999
_CODE_VALID_S = 60 * 60


def add(router: APIRouter, office: Office) -> None:
    @router.get("/devices")
    def listed(request: Request) -> Response:
        with office.desk(request) as desk:
            return _list(office, desk)

    @router.post("/devices/code")
    def issue_code(
        request: Request,
        store: Annotated[str, Form()] = "",
        lane: Annotated[str, Form()] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        """The code is shown on this one page and stored nowhere: who misses it makes another."""
        with office.desk(request) as desk:
            office.gate.check_form(request, desk.visitor, token)
            desk.visitor.need(Right.DEVICES)
            number = _lane(lane)
            is_right = number is not None and desk.shops.store(store) is not None
        if number is None or not is_right:
            with office.desk(request) as desk:
                return _list(office, desk, status=422, wrong_lane=True, lane=lane, store_id=store)
        code = setup.new_enrolment_code(office.server, store, number, _CODE_VALID_S)
        with office.desk(request) as desk:
            expires_ms = desk.now_ms + _CODE_VALID_S * 1000
            return office.page(
                desk, "code.html", tab="devices", code=code, expires_ms=expires_ms, store_id=store, lane=number
            )

    @router.get("/devices/{incarnation}/revoke")
    def ask(request: Request, incarnation: str) -> Response:
        with office.desk(request) as desk:
            desk.visitor.need(Right.DEVICES)
            return office.page(desk, "revoke.html", tab="devices", device=_device(desk, incarnation))

    @router.post("/devices/{incarnation}/revoke")
    def revoke(request: Request, incarnation: str, token: Annotated[str, Form()] = "") -> Response:
        with office.desk(request) as desk:
            office.gate.check_form(request, desk.visitor, token)
            desk.visitor.need(Right.DEVICES)
            device = _device(desk, incarnation)
        setup.revoke(office.server, device.incarnation)
        return RedirectResponse(f"{ROOT}/devices", 303, headers=PAGE_HEADERS)

    @router.get("/devices/{incarnation}/write-off")
    def ask_write_off(request: Request, incarnation: str) -> Response:
        with office.desk(request) as desk:
            desk.visitor.need(Right.DEVICES)
            device = _device(desk, incarnation)
            held = devices.lent(desk.connection).get(device.incarnation, {})
            return office.page(desk, "write_off.html", tab="devices", device=device, lent=held)

    @router.post("/devices/{incarnation}/write-off")
    def write_off(request: Request, incarnation: str, token: Annotated[str, Form()] = "") -> Response:
        with office.desk(request) as desk:
            office.gate.check_form(request, desk.visitor, token)
            desk.visitor.need(Right.DEVICES)
            device = _device(desk, incarnation)
        setup.write_off(office.server, device.incarnation)
        return RedirectResponse(f"{ROOT}/devices", 303, headers=PAGE_HEADERS)


def _list(office: Office, desk: Desk, status: int = 200, **more: object) -> Response:
    values: dict[str, object] = {"wrong_lane": False, "lane": "", "store_id": "", **more}
    return office.page(
        desk, "devices.html", status=status, tab="devices",
        devices=devices.all_devices(desk.connection, desk.now_ms), gaps=devices.gaps(desk.connection),
        recovery=recovery(office.server, desk.connection), lent=devices.lent(desk.connection), **values,
    )  # fmt: skip


def _device(desk: Desk, incarnation: str) -> Device:
    found = devices.one(desk.connection, identity(incarnation), desk.now_ms)
    if found is None:
        raise NotFound(incarnation)
    return found


def _lane(text: str) -> int | None:
    typed = text.strip()
    if not (typed.isascii() and typed.isdigit() and len(typed) <= len(str(_MAX_LANE))):
        return None
    return int(typed) or None
