"""The pages in a real Chromium: charts are drawn, nothing breaks the content security policy, filters don't reload."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync_server.head_office.gallery import made_up
from sync_server.head_office.gallery.browser import Browser, chromium
from sync_server.head_office.gallery.site import Site, open_site

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home: Path = tmp_path_factory.mktemp("shop")
    with open_site(home, days=8) as opened:
        yield opened


@pytest.fixture(scope="module")
def cookie(site: Site) -> str:
    return site.sign_in("chen.min", made_up.PASSWORD)


@pytest.fixture
def browser(site: Site, cookie: str) -> Iterator[Browser]:
    with chromium() as opened:
        opened.set_cookie(f"{site.address}/head-office", "tillpoint_session", cookie)
        opened.set_cookie(f"{site.address}/head-office", "tillpoint_language", "en")
        opened.show_as(1366, 900)
        yield opened


def test_the_chart_is_drawn_and_nothing_breaks_the_policy(site: Site, browser: Browser) -> None:
    browser.open(f"{site.address}/head-office/today")
    bars = browser.evaluate("document.querySelectorAll('.plot .barlayer .point').length")
    rows = browser.evaluate("document.querySelectorAll('.chart tbody tr').length")
    assert bars == rows > 5
    assert browser.evaluate("document.querySelectorAll('.plot .scatterlayer .point').length") == rows
    assert browser.evaluate("document.querySelectorAll('.plot .main-svg').length") >= 2
    placed = "getComputedStyle(document.querySelector('.plot .main-svg')).position"
    assert browser.evaluate(placed) == "absolute", "Plotly's rules come from our style sheet"
    for path in ("sales", "shifts", "members", "devices", "review"):
        browser.open(f"{site.address}/head-office/{path}")
    assert browser.trouble == []


def test_a_filter_changes_page_and_address_without_a_reload(site: Site, browser: Browser) -> None:
    browser.open(f"{site.address}/head-office/today")
    browser.evaluate("window.stayed = true")
    browser.evaluate("document.querySelector('input[value=week]').click()")
    browser.wait_for("location.search.includes('period=week')")
    browser.wait_for("document.querySelector('.chart h2')?.textContent === 'Sales by day'")
    browser.wait_for("document.querySelectorAll('.plot .barlayer .point').length === 7")
    assert browser.evaluate("window.stayed") is True
    assert browser.evaluate("document.querySelector('#nav a:nth-child(2)').search").startswith("?period=week")
    browser.evaluate("history.back()")
    browser.wait_for("document.querySelector('.chart h2')?.textContent === 'Sales by hour'")
    assert browser.trouble == []


def test_members_are_found_while_typing_and_never_by_address(site: Site, browser: Browser) -> None:
    browser.open(f"{site.address}/head-office/members")
    before = browser.evaluate("location.href")
    browser.evaluate(
        "(() => { const q = document.getElementById('q'); q.value = '8800000001';"
        " q.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    browser.wait_for("document.querySelectorAll('.list-members tbody tr').length === 1")
    assert browser.evaluate("document.querySelector('.list-members .c-number').textContent") == "8800000001"
    assert browser.evaluate("location.href") == before
    assert browser.trouble == []


@pytest.mark.parametrize("width", [390, 1366, 1920])
def test_no_page_is_wider_than_its_window(site: Site, browser: Browser, width: int) -> None:
    browser.show_as(width, 844)
    for name, (user, path) in site.pages().items():
        if user != "analyst":
            browser.open(site.address + path)
            assert browser.evaluate("document.documentElement.scrollWidth") <= width, name
