"""Somebody else's till against our server, over HTTP: the page it was written from is enough."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Response

from shared_models.domain import receipt_code
from shared_models.domain.programme import default_programme, to_plain
from shared_models.orm import server as tables
from shared_models.wire.state import ProductDoc
from sync_server import setup
from sync_server.head_office.gallery.site import serving
from sync_server.main import create_app
from sync_server.server import Server, open_server
from sync_server.store import open_engine, upgrade
from tests.protocol import outsider, outsider_journal
from tests.protocol.outsider import Away, Problem, Till
from tests.sync_server.conftest import KEYS, store_doc
from tests.sync_server.ports import StillClock, seeded_ports
from tests.sync_server.tables import count, counts, rows

TODAY = date(2026, 11, 24)
GOOD_UNTIL = "2027-12-31"
NEXT_YEAR = date(2028, 1, 1)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    engine = open_engine(f"sqlcipher:///{tmp_path / 'server.db'}", KEYS.database)
    upgrade(engine)
    ports = seeded_ports()
    assert isinstance(ports.clock, StillClock)
    ports.clock.ms = max(ports.clock.ms, time.time_ns() // 1_000_000)  # the outsider's clock is the machine's
    opened = open_server(engine, KEYS.data, ports)
    for store_id in ("A", "B"):
        setup.create_store(opened, store_doc(store_id))
    setup.publish_programme(opened, to_plain(default_programme()))
    setup.save_staff(opened, "ann", "A", "Ann", "cashier", "2468")
    milk = [
        ProductDoc(
            id=f"milk-{size}", codes=[f"040000000{size:04}"], names={"en": f"Milk {size} ml"}, price_minor=size,
            tax="reduced", category="dairy",
        )
        for size in (250, 500, 950, 1_890)
    ]  # fmt: skip
    setup.import_products(opened, milk)
    yield opened
    engine.dispose()


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    with serving(create_app(server)) as address:
        yield address


@pytest.fixture
def enrol(server: Server, url: str) -> Callable[..., Till]:
    """A till of a lane, its replica pulled in small pages."""

    def make(lane: int = 1, store_id: str = "A") -> Till:
        till = Till(url, setup.new_enrolment_code(server, store_id, lane), TODAY)
        synced(till)
        return till

    return make


def synced(till: Till) -> None:
    till.sync(limit=2)
    assert till.trouble == ""


def opened(till: Till) -> Till:
    till.open_shift("ann", 20_000, "CNY")
    return till


def with_member(till: Till, points: int = 30) -> str:
    """A till in its shift, that has registered a member who has some points."""
    member_id = opened(till).register("Li Lei", "8613800002468")
    till.sell("milk-950", 2, member_id=member_id, earn=points, good_until=GOOD_UNTIL)
    return member_id


def copied(till: Till, url: str, facts: int) -> Till:
    """A till with the same key whose journal is that of ``till`` as it once was."""
    other = Till.__new__(Till)
    other.__dict__ |= till.__dict__ | {"url": url, "nonce": b""}
    journal = till.journal
    other.journal = outsider_journal.Journal(journal.incarnation, journal.key, journal.facts[:facts], journal.sides[:])
    return other


def alerts(server: Server) -> list[str]:
    return [kind for (kind,) in rows(server, tables.alert, "kind")]


def test_a_round_trip_with_facts_of_all_kinds(server: Server, enrol: Callable[..., Till]) -> None:
    till = enrol()
    kinds = [kind for kind, _ in till.replica.rows]
    assert sorted(kinds) == ["product"] * 4 + ["programme", "staff", "store"]
    member_id = with_member(till)
    till.sell("milk-500", 1, member_id=member_id, redeem=20, earn=4, good_until=GOOD_UNTIL)
    assert till.points(member_id) == 14, "before anybody is asked"
    till.close_shift()

    synced(till)

    assert (till.acknowledged, len(till.journal.facts)) == (5, 5)
    row = till.replica.rows["member", member_id]
    assert (row.counted, row.doc["full"]["name"], till.points(member_id)) == (4, "Li Lei", 14)
    assert sorted(lot[1] for lot in row.doc["lots"]) == [4, 10]
    last = till.journal.facts[-1]
    stored = rows(server, tables.fact, "incarnation", "number", "kind", "hash", "state")
    assert (till.journal.incarnation, 5, "shift.closed", last.hash, "applied") in stored
    assert rows(server, tables.sale, "total_minor", "receipt_number", "tax_minor") == [(1_900, 1, 157), (500, 2, 41)]
    assert rows(server, tables.shift, "z_number", "counted_cash_minor", "over_short_minor") == [(1, 22_380, 0)]
    assert alerts(server) == [], "the server finds nothing wrong with any of it"
    for (code,) in rows(server, tables.sale, "receipt_code"):
        assert receipt_code.normalise(code) == code


def test_two_outsiders_see_the_same_member(server: Server, enrol: Callable[..., Till]) -> None:
    one, two = enrol(lane=1), enrol(lane=2)
    member_id = with_member(one)
    synced(one)
    synced(two)
    assert one.points(member_id) == two.points(member_id) == 30
    opened(two).sell("milk-250", 1, member_id=member_id, redeem=25)
    one.sell("milk-250", 1, member_id=member_id, redeem=10, earn=8, good_until=GOOD_UNTIL)
    assert (one.points(member_id), two.points(member_id)) == (28, 5), "each knows of its own"
    synced(one)
    synced(two)
    synced(one)
    assert one.points(member_id) == two.points(member_id) == 3
    assert (one.replica.rows["member", member_id].counted, two.replica.rows["member", member_id].counted) == (4, 2)
    assert one.replica.rows["member", member_id].doc == two.replica.rows["member", member_id].doc
    for till in (one, two):
        till.today = NEXT_YEAR
        assert till.points(member_id) == 0, "all have expired"
    assert alerts(server) == []


def test_a_till_of_another_store_is_not_told_who_the_member_is(enrol: Callable[..., Till]) -> None:
    one, other = enrol(), enrol(store_id="B")
    member_id = with_member(one)
    synced(one)
    synced(other)
    assert other.points(member_id) == 30
    doc = other.replica.rows["member", member_id].doc
    assert "full" not in doc
    assert "Li Lei" not in json.dumps(doc)
    assert ("staff", "ann") not in other.replica.rows


def test_points_that_are_missing_become_a_debt_that_later_points_pay(enrol: Callable[..., Till]) -> None:
    one, two = enrol(lane=1), enrol(lane=2)
    member_id = with_member(one)
    synced(one)
    synced(two)
    opened(two)
    for till in (one, two):
        till.sell("milk-250", 1, member_id=member_id, redeem=25)
    synced(one)
    synced(two)
    assert two.points(member_id) == -20
    two.sell("milk-950", 1, member_id=member_id, earn=50, good_until=GOOD_UNTIL)
    assert two.points(member_id) == 30
    synced(two)
    doc = two.replica.rows["member", member_id].doc
    assert ([lot[1] for lot in doc["lots"]], doc.get("debt", 0), two.points(member_id)) == ([30], 0, 30)


def test_the_same_code_and_key_give_the_same_answer(server: Server, url: str) -> None:
    code, key = setup.new_enrolment_code(server, "A", 3), Ed25519PrivateKey.generate()
    first = Till(url, code, TODAY, key)
    again = Till(url, code.lower().replace("-", " "), TODAY, key)
    assert again.enrolment == first.enrolment
    with pytest.raises(Problem) as refused:
        Till(url, code, TODAY)
    assert refused.value.code == "code-invalid"


def test_a_repeated_push_counts_once(server: Server, enrol: Callable[..., Till]) -> None:
    till = enrol()
    member_id = with_member(till)
    synced(till)
    before = counts(server)
    till.push(0)
    assert (counts(server), till.acknowledged) == (before, 3)
    till.sell("milk-250", 1, member_id=member_id, earn=2, good_until=GOOD_UNTIL)
    till.push(1)
    synced(till)
    assert till.points(member_id) == 32
    assert count(server, tables.sale) == 2


def test_after_a_gap_the_till_goes_back(server: Server, enrol: Callable[..., Till]) -> None:
    """The till believes more is known than is: the server was restored from a backup."""
    till = enrol()
    with_member(till)
    till.sell("milk-250", 1)
    till.acknowledged = 3
    with pytest.raises(Problem) as refused:
        till.signed("push", till.batch(till.journal.facts[3:]))
    assert (refused.value.code, refused.value.document["expected"]) == ("gap", 1)
    synced(till)
    assert (till.acknowledged, till.times_back, count(server, tables.sale)) == (4, 1, 2)


def test_a_stale_nonce_is_followed_by_a_hello(server: Server, enrol: Callable[..., Till]) -> None:
    till = enrol()
    clock = server.ports.clock
    assert isinstance(clock, StillClock)
    clock.ms += 301_000
    nonce = till.nonce
    with pytest.raises(Problem) as refused:
        till.ask("pull", {"v": 1, "cursor": None, "limit": 1})
    assert refused.value.code == "nonce-expired"
    synced(till)
    assert till.nonce != nonce


@pytest.mark.parametrize("field", ["epoch", "version", "tag"])
def test_a_foreign_cursor_starts_anew(enrol: Callable[..., Till], field: str) -> None:
    till = enrol()
    member_id = with_member(till)
    synced(till)
    cursor, wrong = till.replica.cursor or {}, {"epoch": 9, "version": 10**6, "tag": b"\0" * 8}[field]
    till.replica.cursor = cursor | {field: wrong}
    till.replica.rows["product", "from another past"] = outsider.Row(1, 0, {})
    held = len(till.replica.rows)
    while till.pull(2):
        assert till.next_replica is None or len(till.replica.rows) == held, "sells on the old rows meanwhile"
    assert len(till.replica.rows) == held - 1
    assert (till.replica.cursor, till.points(member_id)) == (cursor, 30)


def test_a_forged_signature_is_refused(server: Server, enrol: Callable[..., Till]) -> None:
    till = enrol()
    opened(till)
    till.journal.facts[0] = replace(till.journal.facts[0], signature=b"\1" * 64)
    before = counts(server)
    till.sync()
    assert (till.trouble, till.redeems, till.acknowledged) == ("signature-invalid", False, 0)
    assert counts(server) == before
    with pytest.raises(ValueError, match="to redeem"):
        till.sell("milk-250", 1, redeem=1)
    assert till.sell("milk-250", 1).number == 2, "goes on selling"


def test_a_request_signed_by_another_key_is_refused(enrol: Callable[..., Till]) -> None:
    till = enrol()
    till.key = Ed25519PrivateKey.generate()
    till.sync()
    assert till.trouble == "signature-invalid"


def test_a_damaged_journal_is_refused(server: Server, enrol: Callable[..., Till]) -> None:
    till = enrol()
    with_member(till)
    till.journal.facts[1] = replace(till.journal.facts[1], payload=b"{}")
    before = counts(server)
    with pytest.raises(Problem) as refused:
        till.push(0)
    assert (refused.value.code, refused.value.document["number"]) == ("broken-chain", 2)
    till.sync()
    assert (till.trouble, till.pushes, counts(server)) == ("broken-chain", False, before)


def test_a_copied_journal_forks(server: Server, enrol: Callable[..., Till], url: str) -> None:
    till = enrol()
    with_member(till)
    synced(till)
    copy = copied(till, url, 2)
    copy.close_shift()
    with pytest.raises(Problem) as refused:
        copy.push(2)
    assert (refused.value.code, refused.value.document["number"]) == ("forked", 3)
    assert (rows(server, tables.device, "state"), alerts(server)) == ([("frozen",), ("server",)], ["forked"])
    copy.sync()
    assert (copy.trouble, copy.pushes, copy.redeems) == ("forked", False, False), "the hash says it too"
    till.sell("milk-250", 1)
    synced(till)
    assert till.acknowledged == 4, "what follows the accepted facts is taken"


def test_a_restored_till_notices(enrol: Callable[..., Till], url: str) -> None:
    till = enrol()
    with_member(till)
    synced(till)
    old = copied(till, url, 2)
    old.sync()
    assert (old.trouble, old.redeems, old.pushes) == ("restored", False, False)


def test_a_revoked_till_still_tells_what_it_sold(server: Server, enrol: Callable[..., Till]) -> None:
    till = enrol()
    opened(till).sell("milk-250", 1)
    setup.revoke(server, till.journal.incarnation)
    till.sync()
    assert (till.trouble, till.redeems, till.acknowledged) == ("device-revoked", False, 2)
    assert (count(server, tables.sale), alerts(server)) == (1, ["after-revocation"])


def test_a_device_nobody_knows(enrol: Callable[..., Till]) -> None:
    till = enrol()
    till.nonce, till.journal.incarnation = b"", UUID(int=5)
    till.sync()
    assert (till.trouble, till.redeems) == ("device-unknown", False)


def test_a_till_of_another_version_stops(enrol: Callable[..., Till]) -> None:
    till = enrol()
    for message, code in (({"v": 2}, "unsupported-version"), ({"v": 1, "limit": "all"}, "bad-message")):
        with pytest.raises(Problem) as refused:
            till.signed("pull", message)
        assert refused.value.code == code
        till.syncs = True
        till.face(refused.value)
        assert (till.trouble, till.syncs) == (code, False)


@pytest.mark.parametrize("status", [200, 403])
def test_a_captive_portal_is_not_the_server(enrol: Callable[..., Till], status: int) -> None:
    till = enrol()
    opened(till)
    home, portal = till.url, FastAPI()

    async def sign_in() -> Response:
        return Response("<html>Sign in</html>", status, media_type="text/html")

    portal.add_api_route("/{path:path}", sign_in, methods=["POST"])
    with serving(portal) as till.url, pytest.raises(Away):
        till.sync()
    with pytest.raises(Away):
        till.sync()
    till.url = home
    synced(till)
    assert till.acknowledged == 1
