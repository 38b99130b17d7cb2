"""Sales: the list of a period, and one sale with all that was said about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response

from drivers.printer.pdf import pdf
from shared_models.domain import reason, receipt_code
from shared_models.domain.sale import Adjustment
from sync_server.head_office import given, people
from sync_server.head_office.gate import NotFound
from sync_server.head_office.office import PAGE_HEADERS, Desk, Office, identity
from sync_server.head_office.paper import receipt_of
from sync_server.head_office.queries import figures, sales
from sync_server.head_office.queries.members import one as member_one
from sync_server.head_office.queries.place import Place
from sync_server.head_office.queries.sales import WholeSale

_LONGEST_RECEIPT = 40


@dataclass(frozen=True, slots=True)
class Line:
    """A line as the page shows it; ``reasons`` are sentences with their amounts."""

    number: int
    name: str
    code: str
    product_id: str
    quantity_milli: int
    unit: str
    unit_price_minor: int | None
    gross_minor: int
    net_minor: int
    tax_minor: int
    reasons: list[tuple[str, int]]
    back_milli: int = 0

    @property
    def left_milli(self) -> int:
        """Below zero if more came back than was sold."""
        return self.quantity_milli - self.back_milli


def add(router: APIRouter, office: Office) -> None:
    @router.get("/sales")
    def listed(request: Request) -> Response:
        fields = request.query_params
        with office.desk(request) as desk:
            chosen = desk.filter()
            receipt = given.text(fields.get("receipt", ""), _LONGEST_RECEIPT)
            page = sales.page(
                desk.connection, chosen.scope, receipt,
                older=Place.read(fields.get("older", "")), newer=Place.read(fields.get("newer", "")),
            )  # fmt: skip
            return office.page(
                desk, "sales.html", tab="sales", filter=chosen, page=page, receipt=receipt,
                sums=None if receipt else figures.total(desk.connection, chosen.scope),
                grouped=receipt_code.grouped,
            )  # fmt: skip

    @router.get("/sales/{sale_id}")
    def one(request: Request, sale_id: str) -> Response:
        with office.desk(request) as desk:
            found = sales.one(desk.connection, identity(sale_id))
            if found is None:
                raise NotFound(sale_id)
            member = member_one(desk.connection, found.row.member_id) if found.row.member_id else None
            return office.page(
                desk, "sale.html", tab="sales", sale=found, lines=_lines(desk, found), member=member,
                person=people.person(office.server, desk.visitor, member.row) if member else None,
                at=desk.in_zone_of(found.row.store_id), grouped=receipt_code.grouped,
                filter=desk.day(found.row.business_date, found.row.store_id),
            )  # fmt: skip

    @router.get("/sales/{sale_id}/receipt.pdf")
    def receipt(request: Request, sale_id: str) -> Response:
        """To hand to a customer who has lost it."""
        with office.desk(request) as desk:
            found = sales.one(desk.connection, identity(sale_id))
            document = receipt_of(found, desk.shops, desk.language) if found is not None else None
        if document is None:
            raise NotFound(sale_id)
        return Response(pdf(document), media_type="application/pdf", headers=PAGE_HEADERS)


def _lines(desk: Desk, sale: WholeSale) -> list[Line]:
    back = sale.back_milli
    return [replace(line, back_milli=back.get(line.number, 0)) for line in _sold(desk, sale)]


def _sold(desk: Desk, sale: WholeSale) -> list[Line]:
    """From the fact, which knows the reasons; from the rows where the fact can't be read."""
    if sale.record is None:
        return [
            Line(
                row.line, row.name, row.code, row.product_id, row.quantity_milli, "", None, row.gross_minor,
                row.net_minor, row.tax_minor, [],
            )
            for row in sale.lines
        ]  # fmt: skip
    return [
        Line(
            line.number, line.name, line.code, line.product_id, line.quantity_milli, line.unit, line.unit_price_minor,
            line.gross_minor, line.net_minor, line.tax_minor,
            [(_sentence(desk, why, sale.row.currency), why.amount_minor) for why in line.adjustments],
        )
        for line in sale.record.lines
    ]  # fmt: skip


def _sentence(desk: Desk, adjustment: Adjustment, currency: str) -> str:
    return reason.sentence(adjustment, desk.gettext, lambda minor: desk.formats.money(minor, currency))
