"""What the pages say is what the database holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from shared_models.orm import server as tables
from sync_server.head_office.period import Period, Span
from sync_server.head_office.queries import devices, figures, members, sales
from sync_server.head_office.queries.place import Place
from sync_server.head_office.queries.scope import Scope
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.head_office.shop import sell
from tests.sync_server.head_office.web import ROOT, Web
from tests.sync_server.ports import START_MS, StillClock
from tests.sync_server.till import Till

pytestmark = pytest.mark.parametrize("database_url", ["sqlcipher", "postgresql"], indirect=True)

TODAY = Scope(Period(Span.TODAY, acts.DAY, acts.DAY), "CNY")
WEEK = Scope(Period(Span.WEEK, acts.DAY - timedelta(days=7), acts.DAY), "CNY")


def test_sums_by_day_store_lane_and_hour(server: Server, enrol: Callable[..., Till]) -> None:
    sell(enrol("A", 1))
    other = enrol("B", 2)
    other.append(acts.sale(other, 1, 500))
    other.pushed()
    with server.reading() as connection:
        total = figures.total(connection, TODAY)
        assert (total.tickets, total.total_minor) == (5, 10_000 + 2_550 + 990 + 60 + 500)
        assert (total.member_tickets, total.member_minor) == (2, 10_990)
        assert (total.points_earned, total.points_redeemed) == (159, 100)
        assert total.basket_minor == 2_820
        sold = connection.execute(
            select(func.sum(tables.sale.c.total_minor)).where(tables.sale.c.business_date == acts.DAY.isoformat())
        ).scalar_one()
        assert total.total_minor == sold
        days = figures.by_day(connection, WEEK)
        assert {day: row.total_minor for day, row in days.items()} == {"2026-11-24": 14_100, "2026-11-17": 7_000}
        assert {store: row.tickets for store, row in figures.by_store(connection, TODAY).items()} == {"A": 4, "B": 1}
        lanes = figures.by_lane(connection, TODAY)
        assert {lane: row.total_minor for lane, row in lanes.items()} == {("A", 1): 13_600, ("B", 2): 500}
        one_store = replace(TODAY, store_id="B")
        assert figures.total(connection, one_store).total_minor == 500
        assert figures.total(connection, replace(TODAY, currency="HKD")) == figures.Figures()
        assert figures.by_hour(connection, TODAY, START_MS).keys() == {0}
        assert figures.by_hour(connection, TODAY, START_MS - 3 * 3_600_000)[3].tickets == 5
        assert figures.total(connection, replace(TODAY, until_ms=START_MS - 1)).tickets == 0
        assert figures.new_members(connection, TODAY) == 1
        assert figures.new_members(connection, one_store) == 0


def test_today_shows_the_sums_and_compares_them(ann: Web, till: Till, clock: StillClock) -> None:
    sell(till)
    clock.ms += 1_800_000
    words = ann.get(f"{ROOT}/today").words
    tiles = ("Tickets 4", "Average basket ¥34.00", "Member share 50.0 %", "New members 1", "+159", "−100")
    for shown in ("Sales Today", "¥136.00", *tiles):
        assert shown in words
    assert "nothing to compare with: no figures for last Tuesday" in words, (
        "the week-old sale was told later in the day"
    )
    clock.ms += 7 * 24 * 3_600_000
    assert ann.sign_in("ann").status == 303
    words = ann.get(f"{ROOT}/today").words
    assert "Sales Today ¥0.00 −100.0 % to last Tuesday, by this time" in words
    dates = "period=dates&from=2026-11-24&to=2026-11-24"
    words = ann.get(f"{ROOT}/today?{dates}").words
    assert "¥136.00 +94.3 % to Tuesday, 17 Nov" in words
    assert "08:00 4 ¥136.00" in words, "by the clock of the store"
    assert "¥0.00" in ann.get(f"{ROOT}/today?{dates}&store=B").words


def test_what_an_address_gets_wrong_is_today(ann: Web, till: Till) -> None:
    sell(till)
    expected = ann.get(f"{ROOT}/today").words
    for query in ("period=x", "store=nowhere", "store=all-XXX", "from=x", "period=%00"):
        assert ann.get(f"{ROOT}/today?{query}").words == expected
    assert ann.get(f"{ROOT}/today?period=dates&from=0001-01-01&to=9999-12-31").status == 200
    assert ann.get(f"{ROOT}/sales/not-a-sale").status == 404
    assert ann.get(f"{ROOT}/members/{UUID(int=1)}").status == 404


def test_what_no_database_takes_is_as_if_it_were_left_out(ann: Web, till: Till) -> None:
    """NUL, which is no text for PostgreSQL, and numbers of more than 64 bits."""
    sell(till)
    row, moment = UUID(int=7).hex, 9 * 10**18 + 10**18
    days = ("x", "%00", "2026-11-31", "2026-11-24%00")
    places = [f"{day}_1_{row}" for day in days] + [f"2026-11-24_{moment}_{row}", f"2026-11-24_-{moment}_{row}", "x_y_z"]
    for page, field in (("sales", "older"), ("sales", "newer"), ("shifts", "older"), ("members", "after")):
        expected = ann.get(f"{ROOT}/{page}").words
        for place in places:
            answer = ann.get(f"{ROOT}/{page}?{field}={place}")
            assert (answer.status, answer.words) == (200, expected), (page, field, place)
    for plain, odd in (
        ("review", f"review?after={moment}_{row}"), ("review", f"review?after=%00_{row}"),
        ("members", "members?tier=%00"), ("members?tier=gold", "members?tier=go%00ld"),
        ("sales?receipt=3", "sales?receipt=%003%00"), ("sales", "sales?receipt=%00"),
    ):  # fmt: skip
        answer = ann.get(f"{ROOT}/{odd}")
        assert (answer.status, answer.words) == (200, ann.get(f"{ROOT}/{plain}").words), odd


def test_what_no_database_takes_is_refused_like_other_rubbish_in_a_form(ann: Web, till: Till) -> None:
    sell(till)
    token = ann.get(f"{ROOT}/members").token
    assert "Nobody found." in ann.post(f"{ROOT}/members", {"q": "88\0", "token": token}).words
    unread = {"incarnation": str(till.incarnation), "number": str(10**19), "note": "seen", "token": token}
    assert ann.post(f"{ROOT}/review/solved", unread).status == 404
    assert Web(ann.address).sign_in("ann\0x").status == 403


def test_pages_of_the_list_hold_each_sale_once(server: Server, till: Till) -> None:
    count = 2 * sales.PAGE + 7
    for receipt in range(1, count + 1):
        till.append(acts.sale(till, receipt, 100 + receipt))
    till.pushed()
    with server.reading() as connection:
        seen: list[UUID] = []
        page = sales.page(connection, TODAY)
        assert page.newer is None
        while True:
            seen += [row.sale_id for row in page.rows]
            if page.older is None:
                break
            page = sales.page(connection, TODAY, older=Place.read(str(page.older)))
        assert len(seen) == len(set(seen)) == count
        assert page.newer is not None
        back = sales.page(connection, TODAY, newer=page.newer)
        assert [row.sale_id for row in back.rows] == seen[sales.PAGE : 2 * sales.PAGE]
        first = sales.page(connection, TODAY, newer=back.newer)
        assert [row.sale_id for row in first.rows] == seen[: sales.PAGE]
        assert first.newer is None


def test_a_receipt_is_found_by_number_and_code(server: Server, ann: Web, till: Till) -> None:
    sold = sell(till)
    for typed in ("3", "R3"):
        answer = ann.get(f"{ROOT}/sales?receipt={typed}")
        assert f"/sales/{sold.sale_ids[2]}" in answer.text
        assert answer.text.count(f"{ROOT}/sales/") == 1
    assert "No such receipt in this period." in ann.get(f"{ROOT}/sales?receipt=99999999999999999999").words


def test_one_sale_says_where_it_stands_written(server: Server, ann: Web, till: Till) -> None:
    sold = sell(till)
    fact = till.facts[3]
    answer = ann.get(f"{ROOT}/sales/{sold.sale_ids[2]}")
    written = ("number 4", fact.hash.hex(), fact.previous.hex(), "Offline")
    for shown in ("Sale 1–3", "¥9.90", "牛奶", "Points redeemed −100", *written):
        assert shown in answer.words
    assert f"{ROOT}/members/{sold.member_id}" in answer.text


def test_a_member_has_every_point_accounted_for(server: Server, ann: Web, till: Till) -> None:
    sold = sell(till)
    answer = ann.get(f"{ROOT}/members/{sold.member_id}")
    assert "59 points" in answer.words
    assert "Sum of all 3 entries 59" in answer.words
    assert "Balance 59" in answer.words
    for sale_id in (sold.sale_ids[0], sold.sale_ids[2]):
        assert f"{ROOT}/sales/{sale_id}" in answer.text
    with server.reading() as connection:
        found = members.one(connection, sold.member_id)
        assert found is not None
        assert sum(entry.points for entry in found.entries) == 59
        assert sum(lot.remaining for lot in found.lots) - found.row.debt == 59
        assert members.balances(connection, [sold.member_id], "2028-01-01") == {sold.member_id: 0}


def test_members_are_found_by_number_phone_and_last_digits(ann: Web, till: Till) -> None:
    sold = sell(till)
    other = acts.member(till, number="880002")
    till.register(other, acts.profile("李雷", "8613800008642"))
    till.pushed()
    token = ann.get(f"{ROOT}/members").token
    for typed in ("880001", "13912348642", "+86 139 1234 8642"):
        answer = ann.post(f"{ROOT}/members", {"q": typed, "token": token})
        assert (answer.status, answer.location) == (303, f"{ROOT}/members/{sold.member_id}")
    both = ann.post(f"{ROOT}/members", {"q": "8642", "token": token})
    assert both.status == 200
    assert "880001" in both.words
    assert "880002" in both.words
    part = ann.post(f"{ROOT}/members", {"q": "880001", "token": token}, **{"HX-Request": "true"})
    assert part.status == 200
    assert "880002" not in part.words
    for typed in ("999", "nobody", "1391234567", "%", "' OR 1=1 --"):
        assert "Nobody found." in ann.post(f"{ROOT}/members", {"q": typed, "token": token}).words
    assert "1391234" not in "".join(ann.get(f"{ROOT}/members").text), "no list shows whole phone numbers"


def test_members_are_listed_in_pages_and_by_tier(server: Server, till: Till) -> None:
    for number in range(members.PAGE + 3):
        till.register(acts.member(till, number=f"M{number}"), acts.NOBODY)
    till.pushed()
    with server.reading() as connection:
        first = members.page(connection, members.Wanted(), "2026-11-24")
        assert first.older is not None
        second = members.page(connection, members.Wanted(), "2026-11-24", after=Place.read(str(first.older)))
        ids = [row.id for row in (*first.rows, *second.rows)]
        assert len(ids) == len(set(ids)) == members.PAGE + 3
        assert second.older is None
        assert members.by_tier(connection) == {"basic": members.PAGE + 3}
        assert members.page(connection, members.Wanted(), "2026-11-24", tier="gold").rows == []


def test_devices_tell_how_far_they_are_in_step(server: Server, ann: Web, till: Till, clock: StillClock) -> None:
    sell(till)
    with server.reading() as connection:
        [device] = devices.all_devices(connection, clock.ms)
        newest = connection.execute(select(func.max(tables.feed_commit.c.last_version))).scalar_one()
    assert (device.sync, device.facts, device.behind) == (devices.Sync.BEHIND, 6, newest)
    cursor = None
    for _ in range(2):
        pulled = till.pulled(cursor)
        cursor = pulled.cursor
    words = ann.get(f"{ROOT}/devices").words
    assert "In step" in words
    assert "Facts taken in 6" in words
    assert "nothing, up to date" in words
    for elapsed, shown in ((devices.ONLINE_WITHIN_MS + 1, "Offline"), (devices.AWAY_AFTER_MS, "Not seen for a day")):
        clock.ms += elapsed
        with server.reading() as connection:
            [device] = devices.all_devices(connection, clock.ms)
        assert {"Offline": devices.Sync.OFFLINE, "Not seen for a day": devices.Sync.AWAY}[shown] is device.sync


def test_review_lists_what_looked_wrong(ann: Web, till: Till) -> None:
    copy = till.clone()
    till.append(acts.sale(till, 1, 100))
    till.pushed()
    copy.append(acts.sale(copy, 1, 200))
    assert copy.push().status == 409
    words = ann.get(f"{ROOT}/review").words
    assert "Journal with two branches" in words
    assert "Store A, Lane 1" in words
    assert "Frozen" in ann.get(f"{ROOT}/devices").words
    assert "1 thing of the last 7 days to look at." in ann.get(f"{ROOT}/today").words
