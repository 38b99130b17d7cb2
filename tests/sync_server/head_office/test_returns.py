"""Goods that came back as head office sees them."""

from __future__ import annotations

from sync_server import setup
from sync_server.api.endpoints import Api
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.head_office.web import ROOT, Web
from tests.sync_server.till import Till


def test_a_sale_shows_what_came_back_and_what_is_left(server: Server, till: Till, ann: Web) -> None:
    other = Till.enrolled(Api(server), setup.new_enrolment_code(server, "A", 2), seed=22)
    sold = acts.sale(till, 1, 10_000)
    till.append(sold)
    till.pushed()
    assert "Returns" not in ann.get(f"{ROOT}/sales/{sold.sale_id}").text
    till.append(acts.returned(till, sold, 2))
    till.pushed()
    page = ann.get(f"{ROOT}/sales/{sold.sale_id}").text
    for said in ("1 returned, 0 left", "Receipt 1–2", "Not wanted any more", "approved by boss", "−¥100.00"):
        assert said in page, said
    other.append(acts.returned(other, sold, 1))
    other.pushed()
    page = ann.get(f"{ROOT}/sales/{sold.sale_id}").text
    for said in ("2 returned, −1 left", "Receipt 1–2", "Receipt 2–1"):
        assert said in page, said
    assert "Goods returned twice" in ann.get(f"{ROOT}/review").text
