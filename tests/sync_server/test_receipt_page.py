"""The receipt without paper: everybody with its code reads it, nobody else anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from drivers.printer import html
from shared_models.domain import receipt_code
from shared_models.domain.sale import SaleConfirmed
from sync_server.head_office.gallery.site import serving
from sync_server.main import create_app
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.head_office.web import Web
from tests.sync_server.till import Till

CODE = receipt_code.encode(bytes(range(10)))


@pytest.fixture
def web(server: Server) -> Iterator[Web]:
    with serving(create_app(server)) as address:
        yield Web(address)


@pytest.fixture
def sold(till: Till) -> SaleConfirmed:
    one = replace(acts.sale(till, 1, 10_000), receipt_code=CODE)
    till.append(one)
    till.pushed()
    return one


@pytest.mark.usefixtures("sold")
def test_who_has_the_code_reads_the_receipt(web: Web) -> None:
    answer = web.get(f"/r/{CODE}")
    assert answer.status == 200
    for said in ("Receipt 1-1", "牛奶", "100.00", "TOTAL", CODE[:4]):
        assert said in answer.words, said
    assert web.get(f"/r/{receipt_code.grouped(CODE).lower()}").body == answer.body


@pytest.mark.usefixtures("sold")
@pytest.mark.parametrize(("accepts", "total"), [("zh-CN,zh;q=0.9", "合计"), ("zh-TW", "合計"), ("fr", "TOTAL")])
def test_it_is_in_the_readers_language(web: Web, accepts: str, total: str) -> None:
    words = web.get(f"/r/{CODE}", **{"Accept-Language": accepts}).words
    assert total in words
    assert ("Cash " in words) == (total == "TOTAL")


@pytest.mark.usefixtures("sold")
def test_the_page_may_run_and_load_nothing(web: Web) -> None:
    answer = web.get(f"/r/{CODE}")
    assert f"style-src '{html.STYLE_HASH}'" in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    for never in ("<script", "src=", "href=", "style="):
        assert never not in answer.text


@pytest.mark.parametrize("code", [receipt_code.encode(bytes(10)), "R1", "..%2f..", "%00", "x" * 2_000, "<b>"])
@pytest.mark.usefixtures("sold")
def test_other_codes_say_that_nothing_is_here(web: Web, code: str) -> None:
    answer = web.get(f"/r/{code}")
    assert answer.status == 404
    if "isn't" in answer.words:
        assert "牛奶" not in answer.words
        assert "<b>" not in answer.text


def test_it_says_that_goods_came_back(web: Web, till: Till, sold: SaleConfirmed) -> None:
    assert "came back" not in web.get(f"/r/{CODE}").words
    till.append(acts.returned(till, sold, 2))
    till.pushed()
    assert "Goods of this receipt came back." in web.get(f"/r/{CODE}").words


def test_it_doesnt_say_who_the_member_is(web: Web, till: Till) -> None:
    person = acts.member(till)
    till.append(person)
    till.append(replace(acts.sale(till, 1, 10_000, person.member_id, earned=100), receipt_code=CODE))
    till.pushed()
    words = web.get(f"/r/{CODE}").words
    assert "TOTAL" in words
    for secret in ("M1", "Points"):
        assert secret not in words
