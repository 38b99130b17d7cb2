"""Head office put together: its door, its pages' surroundings, and how a page is written."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Connection

from sync_server import roles
from sync_server.head_office import filters, languages, words
from sync_server.head_office.assets import Assets
from sync_server.head_office.filters import Filter
from sync_server.head_office.formats import Formats
from sync_server.head_office.gate import ROOT, Gate, NotFound, Visitor
from sync_server.head_office.queries import shops
from sync_server.head_office.queries.shops import Shops
from sync_server.server import Server

LANGUAGE_COOKIE = "tillpoint_language"

PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "HX-Request, Cookie",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """One request of somebody who is signed in, and what every page needs to answer it."""

    request: Request
    visitor: Visitor
    connection: Connection
    shops: Shops
    now_ms: int
    language: str
    formats: Formats

    def filter(self) -> Filter:
        return filters.read(self.request.query_params, self.shops, self.now_ms)

    def day(self, business_date: str, store_id: str) -> Filter:
        """That day in that store: where the way back from a page about it leads."""
        fields = {"period": "dates", "from": business_date, "to": business_date, "store": store_id}
        return filters.read(fields, self.shops, self.now_ms)

    def gettext(self, text: str) -> str:
        return self.formats.gettext(text)

    def in_zone_of(self, store_id: str) -> Formats:
        """Formats whose times are those of the store."""
        return _formats(self.language, self.shops.zone_of(store_id))


class Office:
    """Everything head office needs, made once. Holds nothing about anybody: any worker can answer any request."""

    def __init__(self, server: Server) -> None:
        self.server = server
        secret = hmac.digest(server.identity.nonce_key, b"tillpoint head office 1", "sha256")
        self.gate = Gate(server.engine, server.ports.clock, server.ports.randomness, secret)
        self.assets = Assets()
        self._environments = {language: self._environment(language) for language in languages.NAMES}

    @contextmanager
    def desk(self, request: Request) -> Iterator[Desk]:
        """Raise ``SignInNeeded`` if nobody is signed in."""
        visitor = self.gate.visitor(request)
        language = self.language(request, visitor.language)
        with self.server.reading() as connection:
            around = shops.read(connection, self.server.today())
            yield Desk(
                request, visitor, connection, around, self.server.ports.clock.now_ms(), language,
                _formats(language, around.zone),
            )  # fmt: skip

    @staticmethod
    def language(request: Request, fallback: str = "") -> str:
        wished = request.cookies.get(LANGUAGE_COOKIE)
        return languages.choose(wished, request.headers.get("accept-language", ""), fallback)

    def page(self, desk: Desk, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page for somebody inside."""
        values = {
            "desk": desk, "visitor": desk.visitor, "f": desk.formats, "shops": desk.shops,
            "form_token": self.gate.form_token(desk.visitor), "role": roles.NAMES[desk.visitor.role],
            "filter": values.pop("filter", None) or desk.filter(), **values,
        }  # fmt: skip
        response = self.write(desk.request, template, desk.language, status, **values)
        self.gate.renew(desk.request, response, desk.visitor)
        return response

    def write(self, request: Request, template: str, language: str, status: int = 200, **values: Any) -> Response:
        """A page as HTML, with the headers that every page of ours has."""
        values = {
            "request": request, "language": language, "html_language": languages.HTML_TAGS[language],
            "languages": languages.NAMES, "here": _here(request), "visitor": None, **values,
        }  # fmt: skip
        text = self._environments[language].get_template(template).render(values)
        return HTMLResponse(text, status, headers=PAGE_HEADERS)

    def _environment(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        environment.install_gettext_translations(languages.translations(language), newstyle=True)  # type: ignore[attr-defined]
        environment.globals |= {
            "asset": lambda name: f"{ROOT}/assets/{self.assets.path(name)}",
            "maps_guard": self.assets.maps_guard,
            "root": ROOT,
            "words": words,
        }
        return environment


def identity(text: str) -> UUID:
    """The id that an address names. Raise ``NotFound``."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(text) from None


def _formats(language: str, zone: tzinfo) -> Formats:
    return Formats(language, zone, languages.translations(language))


def _here(request: Request) -> str:
    """This page's own address, for coming back to it."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
