"""The made-up shop's head office, really served on loopback."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import urllib3
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select

from shared_models.orm import server as tables
from sync_server.head_office.gallery import made_up
from sync_server.main import create_app, open_home
from sync_server.server import Server

_TOKEN = re.compile(r'name="token" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Site:
    """``address`` without a slash at its end."""

    server: Server
    address: str

    def sign_in(self, user: str, password: str) -> str:
        """The session cookie of a user; empty for nobody."""
        if not user:
            return "none"
        door = urllib3.request("GET", f"{self.address}/head-office/sign-in")
        found = _TOKEN.search(door.data.decode())
        cookies = SimpleCookie(door.headers["set-cookie"])
        assert found is not None
        body = urlencode({"name": user, "password": password, "token": found.group(1)})
        answer = urllib3.request(
            "POST", f"{self.address}/head-office/sign-in", body=body, redirect=False,
            headers={
                "Content-Type": "application/x-www-form-urlencoded", "Origin": self.address,
                "Cookie": f"tillpoint_door={cookies['tillpoint_door'].value}",
            },
        )  # fmt: skip
        return SimpleCookie(", ".join(answer.headers.getlist("set-cookie")))["tillpoint_session"].value

    def pages(self) -> dict[str, tuple[str, str]]:
        """Name, user and path of every page worth a picture."""
        with self.server.reading() as connection:
            sale = connection.execute(
                select(tables.sale.c.sale_id)
                .where(tables.sale.c.points_redeemed > 0)
                .order_by(tables.sale.c.lines.desc())
            ).scalars().first()  # fmt: skip
            member = connection.execute(
                select(tables.points_entry.c.member_id).where(tables.points_entry.c.kind == "redeemed")
            ).scalars().first()  # fmt: skip
            shift = connection.scalar(select(tables.shift.c.shift_id).where(tables.shift.c.over_short_minor < 0))
            device = connection.execute(
                select(tables.device.c.incarnation).where(tables.device.c.state == "active")
            ).scalars().first()  # fmt: skip
        admin, analyst, root = "chen.min", "analyst", "/head-office"
        return {
            "sign-in": ("", f"{root}/sign-in"),
            "today": (admin, f"{root}/today"),
            "today-4-weeks": (admin, f"{root}/today?period=four-weeks"),
            "today-dates": (admin, f"{root}/today?period=dates&from=2026-11-16&to=2026-11-20&store=binjiang"),
            "sales": (admin, f"{root}/sales"),
            "sales-nothing": (admin, f"{root}/sales?receipt=999999"),
            "sale": (admin, f"{root}/sales/{sale}"),
            "shifts": (admin, f"{root}/shifts?period=week"),
            "shift": (admin, f"{root}/shifts/{shift}"),
            "members": (admin, f"{root}/members"),
            "member": (admin, f"{root}/members/{member}"),
            "member-analyst": (analyst, f"{root}/members/{member}"),
            "members-analyst": (analyst, f"{root}/members"),
            "devices": (admin, f"{root}/devices"),
            "revoke": (admin, f"{root}/devices/{device}/revoke"),
            "write-off": (admin, f"{root}/devices/{device}/write-off"),
            "review": (admin, f"{root}/review"),
            "links": (admin, f"{root}/review/links"),
            "repriced": (admin, f"{root}/review/repriced"),
            "edit-member": (admin, f"{root}/members/{member}/edit"),
            "nothing-here": (admin, f"{root}/no-such-page"),
        }


@contextmanager
def open_site(home: Path, days: int = made_up.DAYS) -> Iterator[Site]:
    """The made-up shop in ``home``, with sales of so many days before, served until the end."""
    server = open_home(home, ports=made_up.ports())
    try:
        made_up.fill(server, days)
        with serving(create_app(server)) as address:
            yield Site(server, address)
    finally:
        server.engine.dispose()


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The application on a free loopback port; yields its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    process = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
    thread = threading.Thread(target=process.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while not process.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        process.should_exit = True
        thread.join()
        listener.close()
