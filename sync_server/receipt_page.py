"""The receipt without paper: who has a receipt's code reads it under ``/r/CODE``, for as long as the sale is kept.

A code is 80 random bits, so knowing it is the right to read; nobody finds one by trying. The page says nothing of who
bought: no member, no name of the cashier.
"""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection, select

from drivers.printer import html
from shared_models.domain import receipt_code
from shared_models.domain.receipt import Align, Document, Feed, Text
from shared_models.domain.text import N_
from shared_models.orm import server as tables
from sync_server.head_office import languages
from sync_server.head_office.paper import in_language, receipt_of
from sync_server.head_office.queries import sales, shops
from sync_server.head_office.queries.sales import WholeSale
from sync_server.server import Server

PATH = "/r/{code}"
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src '{html.STYLE_HASH}'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}
_NOT_HERE = N_("This receipt isn't here yet. The till sends it once it has a network: try again in a few minutes.")
_CAME_BACK = N_("Goods of this receipt came back.")


def install(app: FastAPI, server: Server) -> None:
    """Serve the receipts of ``server`` to everybody who has their codes."""

    @app.get(PATH, include_in_schema=False)
    def receipt(request: Request, code: str) -> Response:
        language = languages.choose(None, request.headers.get("accept-language", ""), "")
        words = languages.translations(language).gettext
        title = words(N_("Receipt"))
        with server.reading() as connection:
            found = _sale(connection, code)
            document = receipt_of(found, shops.read(connection, server.today()), language) if found else None
        if found is None or document is None:
            blocks = (Text(title, Align.CENTER, bold=True, scale=2), Feed(), Text(words(_NOT_HERE)))
            return _page(Document("notice", in_language(language), blocks), title, (), 404)
        return _page(document, title, (words(_CAME_BACK),) if found.returns else (), 200)


def _page(document: Document, title: str, notes: tuple[str, ...], status: int) -> Response:
    return HTMLResponse(html.page(document, title, notes), status, headers=_HEADERS)


def _sale(connection: Connection, code: str) -> WholeSale | None:
    try:
        normal = receipt_code.normalise(code)
    except receipt_code.BadReceiptCode:
        return None
    sale_id = connection.scalars(select(tables.sale.c.sale_id).where(tables.sale.c.receipt_code == normal)).first()
    return sales.one(connection, sale_id) if sale_id is not None else None


__all__ = ["PATH", "install"]
