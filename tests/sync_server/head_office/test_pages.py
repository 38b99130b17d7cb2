"""What every page has to be, whatever it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from uuid import UUID

import pytest

from shared_models.domain import receipt_code
from sync_server.head_office.assets import Assets, plotly_rules
from sync_server.head_office.languages import NAMES
from tests.sync_server import acts
from tests.sync_server.head_office.shop import sell
from tests.sync_server.head_office.web import ROOT, Web
from tests.sync_server.till import Till

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_ELSEWHERE = re.compile(r"@import|url\(\s*['\"]?(?!#)|https?://(?!www\.w3\.org/2000/svg)")
_ADDRESS_ATTRIBUTES = {"href", "src", "action", "hx-get", "hx-post", "srcset", "poster", "data", "formaction"}


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if self.lasttag in ("script", "style") and self.found[-1][0] == self.lasttag and data.strip():
            self.inline.append(data)

    def addresses(self) -> Iterator[str]:
        for _, attributes in self.found:
            yield from (value for name, value in attributes.items() if name in _ADDRESS_ATTRIBUTES)


@pytest.fixture
def paths(ann: Web, till: Till) -> list[str]:
    """Every kind of page, with something on it."""
    sold = sell(till)
    return [
        f"{ROOT}/today", f"{ROOT}/today?period=week", f"{ROOT}/sales", f"{ROOT}/sales?receipt=1",
        f"{ROOT}/sales/{sold.sale_ids[2]}", f"{ROOT}/members", f"{ROOT}/members/{sold.member_id}", f"{ROOT}/review",
        f"{ROOT}/devices", f"{ROOT}/devices/{till.incarnation}/revoke", f"{ROOT}/nothing",
        f"{ROOT}/devices/{till.incarnation}/write-off",
    ]  # fmt: skip


def test_no_page_holds_inline_code_or_an_address_elsewhere(ann: Web, paths: list[str]) -> None:
    own = Assets()
    for language in NAMES:
        ann.cookies["tillpoint_language"] = language
        for path in (*paths, f"{ROOT}/sign-in"):
            web = ann if "sign-in" not in path else Web(ann.address)
            answer = web.get(path)
            assert answer.status == (404 if path.endswith("nothing") else 200), path
            assert answer.headers["content-security-policy"] == POLICY
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"
            page = Elements(answer.text)
            assert not page.inline, path
            assert not any(tag == "style" or "style" in attributes for tag, attributes in page.found), path
            assert not any(name.startswith(("on", "hx-on")) for _, attributes in page.found for name in attributes), (
                path
            )
            for address in page.addresses():
                assert address.startswith((ROOT, "/r/", "#")), (path, address)
                if address.startswith(f"{ROOT}/assets/"):
                    assert own.get(address.removeprefix(f"{ROOT}/assets/")), address


def test_assets_are_whole_kept_for_ever_and_refer_to_nothing_elsewhere(stranger: Web) -> None:
    names = Elements(stranger.get(f"{ROOT}/sign-in").text)
    addresses = [address for address in names.addresses() if "/assets/" in address]
    assert len(addresses) >= 4
    for address in addresses:
        answer = stranger.get(address, **{"Accept-Encoding": "identity"})
        assert answer.status == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        if address.endswith((".css", ".svg")):
            assert not re.search(r"@import|url\(\s*['\"]?(?!#)|https?://(?!www\.w3\.org/2000/svg)", answer.text), (
                address
            )
        packed = stranger.get(address, **{"Accept-Encoding": "gzip"})
        assert packed.body == answer.body
    assert stranger.get(f"{ROOT}/assets/head_office.000000000000.css").status == 404
    assert stranger.get(f"{ROOT}/assets/..%2f..%2finstall.py").status == 404


def test_htmx_keeps_no_pages_and_runs_no_code(stranger: Web) -> None:
    page = Elements(stranger.get(f"{ROOT}/sign-in").text)
    settings = next(a["content"] for tag, a in page.found if tag == "meta" and a.get("name") == "htmx-config")
    held = json.loads(settings)
    assert held["historyCacheSize"] == 0
    assert held["selfRequestsOnly"] is True
    for switched_off in ("allowEval", "allowScriptTags", "includeIndicatorStyles"):
        assert held[switched_off] is False


def test_each_chart_stands_beside_its_table(ann: Web, paths: list[str]) -> None:
    page = ann.get(f"{ROOT}/today?period=week")
    figure = page.text.index("data-chart=")
    assert page.text.index("<table", figure) < page.text.index("</section>", figure)


def test_plotlys_own_rules_are_found_in_the_installed_bundle() -> None:
    rules = plotly_rules('x={"X,X div":"a:b;","X .c":\'content:"";\',Y:"d:e;","Y p":"f:g;"};for(bV in I)')
    assert rules == (
        ".js-plotly-plot .plotly,.js-plotly-plot .plotly div{a:b;}\n"
        '.js-plotly-plot .plotly .c{content:"";}\n.plotly-notifier{d:e;}\n.plotly-notifier p{f:g;}\n'
    )
    assets = Assets()
    sheet = assets.get(assets.path("plotly.css"))
    assert sheet is not None
    assert b".js-plotly-plot .plotly .main-svg{position:absolute;top:0;left:0;pointer-events:none;}" in sheet.body


def test_a_sale_leads_to_its_receipt(till: Till, ann: Web) -> None:
    code = receipt_code.encode(bytes(range(10)))
    sold = replace(acts.sale(till, 1, 10_000), receipt_code=code)
    till.append(sold)
    till.pushed()
    page = ann.get(f"{ROOT}/sales/{sold.sale_id}").text
    assert f'href="/r/{code}"' in page
    assert ann.get(f"/r/{code}").status == 200
    made = ann.get(f"{ROOT}/sales/{sold.sale_id}/receipt.pdf")
    assert made.headers["content-type"] == "application/pdf"
    assert made.body.startswith(b"%PDF-")
    assert ann.get(f"{ROOT}/sales/{UUID(int=7)}/receipt.pdf").status == 404
    assert Web(ann.address).get(f"{ROOT}/sales/{sold.sale_id}/receipt.pdf").status == 303
