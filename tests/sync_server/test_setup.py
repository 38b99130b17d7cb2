from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from uuid import UUID

import msgspec
import pytest
from argon2 import PasswordHasher

from shared_models.domain.administration import CatalogueImported, ProgrammePublished
from shared_models.domain.facts import chain_start, check_link, commitment
from shared_models.domain.member import MemberRegistered, Profile
from shared_models.domain.programme import BadProgramme, default_programme, to_plain
from shared_models.orm import server as tables
from shared_models.wire.facts import KINDS
from shared_models.wire.messages import FactMessage, fact_of
from shared_models.wire.state import MemberDoc, ProductDoc, encode
from sync_server import setup
from sync_server.errors import BadInput
from sync_server.ingest.chain import check_signature
from sync_server.server import Server
from tests.sync_server.acts import DAY
from tests.sync_server.ports import START_MS, StillClock
from tests.sync_server.tables import count, counts, rows
from tests.sync_server.till import Till


def products(count: int, price_minor: int = 100) -> Iterator[ProductDoc]:
    for number in range(count):
        yield ProductDoc(
            id=f"P{number}", codes=[], names={"en": f"Thing {number}", "zh_Hans": f"东西{number}"},
            price_minor=price_minor, tax="standard", category="things", brand="B",
        )  # fmt: skip


def people(server: Server, count: int) -> Iterator[tuple[setup.NewMember, Profile]]:
    for number in range(count):
        new = setup.NewMember(
            member_id=server.ports.ids.new(), number=f"M{number}", store_id="A", notice_version="1", consents=(),
            source="import", registered_on=DAY, made_up=True,
        )  # fmt: skip
        yield new, Profile("王芳", f"86138{number:08}", preferences=("milk",))


def own_incarnation(server: Server) -> UUID:
    with server.reading() as connection:
        return server.incarnation(connection)


def own_facts(server: Server) -> list[FactMessage]:
    columns = list(FactMessage.__struct_fields__)
    found = rows(server, tables.fact, "incarnation", *columns)
    return sorted(
        (FactMessage(*row[1:]) for row in found if row[0] == own_incarnation(server)), key=lambda fact: fact.number
    )


def test_products_come_in_chunks_and_are_recorded(server: Server, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "PRODUCT_CHUNK", 4)
    commits = count(server, tables.feed_commit)
    assert setup.import_products(server, products(10)) == 10
    assert count(server, tables.feed_commit) - commits == 3
    assert rows(server, tables.product, "id", "name", "price_minor")[0] == ("P0", "东西0", 100)
    documents = b"".join(encode(doc) for doc in products(10))
    assert payload(server, -1) == CatalogueImported(10, hashlib.sha256(documents).digest())
    setup.import_products(server, products(2, price_minor=90))
    assert count(server, tables.product) == 10
    found = {key: msgspec.json.decode(row.doc, type=ProductDoc) for key, row in till.rows("product").items()}
    assert (found["P1"].price_minor, found["P2"].price_minor) == (90, 100)
    assert found["P2"] == list(products(3))[2]


def payload(server: Server, place: int) -> object:
    fact = own_facts(server)[place]
    return msgspec.json.decode(fact.payload, type=KINDS[fact.kind, fact.schema])


def test_members_come_in_as_facts_of_the_server(server: Server, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "MEMBER_CHUNK", 3)
    assert setup.import_members(server, people(server, 8)) == 8
    assert count(server, tables.member) == count(server, tables.member_profile) == count(server, tables.side) == 8
    assert count(server, tables.alert) == 0
    docs = [msgspec.json.decode(row.doc, type=MemberDoc) for row in till.rows("member").values()]
    assert {doc.number for doc in docs} == {f"M{number}" for number in range(8)}
    assert {doc.terms for doc in docs} == {"王芳 wangfang wf"}
    registered = payload(server, -1)
    assert isinstance(registered, MemberRegistered)
    assert registered.made_up
    assert registered.profile != commitment(b"\0" * 32, b"")


def test_the_servers_own_facts_are_a_chain_anyone_can_check(server: Server, enrol: Callable[..., Till]) -> None:
    till = enrol()
    setup.import_members(server, people(server, 3))
    setup.revoke(server, till.incarnation)
    identity = server.identity
    incarnation = own_incarnation(server)
    previous = chain_start(incarnation, identity.public_key)
    found = own_facts(server)
    for number, message in enumerate(found, 1):
        fact = fact_of(message, incarnation)
        check_link(fact, previous, number)
        check_signature(identity.public_key, fact)
        previous = fact.hash
    assert [fact.kind for fact in found] == [
        "programme.published", "device.enrolled", *["member.registered"] * 3, "device.revoked",
    ]  # fmt: skip
    assert [hlc.hlc for hlc in found] == sorted({fact.hlc for fact in found})


def test_a_member_that_cannot_be_stored_stops_its_chunk(server: Server) -> None:
    good, bad = people(server, 2)
    before = counts(server)
    with pytest.raises(BadInput, match="Check the source"):
        setup.import_members(server, [good, (msgspec.structs.replace(bad[0], number="M\0"), bad[1])])
    assert counts(server) == before


def test_programmes_only_go_up(server: Server, till: Till) -> None:
    before = counts(server)
    with pytest.raises(BadInput, match="Programme 1 is in force"):
        setup.publish_programme(server, to_plain(default_programme()))
    with pytest.raises(BadProgramme, match="tiers"):
        setup.publish_programme(server, to_plain(default_programme(2)) | {"tiers": []})
    assert counts(server) == before
    newer = to_plain(default_programme(2)) | {"floor_points": 100}
    assert setup.publish_programme(server, newer) == 2
    body = till.rows("programme")["current"].doc
    assert msgspec.json.decode(body) == newer
    assert payload(server, -1) == ProgrammePublished(2, hashlib.sha256(body).digest())
    with server.reading() as connection:
        assert server.programme(connection).floor_points == 100


def test_a_programme_waits_for_its_first_day(server: Server, till: Till) -> None:
    """Tills get it at once, beside the one that is in force until then."""
    later = to_plain(default_programme(2, date(2026, 12, 1)))
    assert setup.publish_programme(server, later) == 2
    held = till.rows("programme")
    assert msgspec.json.decode(held["current"].doc)["version"] == 1
    assert msgspec.json.decode(held["next"].doc) == later
    clock = server.ports.clock
    assert isinstance(clock, StillClock)
    for day, version in ((0, 1), (6, 1), (7, 2)):
        clock.ms = START_MS + day * 86_400_000
        with server.reading() as connection:
            assert server.programme(connection).version == version


def test_staff_change_and_keep_no_pin(server: Server, till: Till) -> None:
    setup.save_staff(server, "ann", "A", "Ann", "cashier", "123456")
    first = till.rows("staff")["ann"].doc
    setup.save_staff(server, "ann", "A", "Ann", "manager", "654321")
    second = till.rows("staff")["ann"].doc
    assert rows(server, tables.staff, "id", "role") == [("ann", "manager")]
    assert msgspec.json.decode(first)["verifier"] != msgspec.json.decode(second)["verifier"]


def test_staff_stay_in_their_store(server: Server) -> None:
    setup.save_staff(server, "ann", "A", "Ann", "cashier", "123456")
    before = counts(server)
    with pytest.raises(BadInput, match="ann works in store A"):
        setup.save_staff(server, "ann", "B", "Ann", "cashier", "123456")
    assert counts(server) == before


@pytest.mark.parametrize("pin", ["", "123", "12a4", "１２３４", "-123"])
def test_bad_pins_are_refused(server: Server, pin: str) -> None:
    with pytest.raises(BadInput, match="PIN"):
        setup.save_staff(server, "ann", "A", "Ann", "cashier", pin)
    assert count(server, tables.staff) == 0


def test_unknown_roles_are_refused(server: Server) -> None:
    with pytest.raises(BadInput, match="Roles are cashier, service_desk, manager, administrator"):
        setup.save_staff(server, "ann", "A", "Ann", "boss", "1234")
    with pytest.raises(BadInput, match="Roles are administrator, manager, service_desk, analyst"):
        setup.save_user(server, "boss", "a long password", "boss")


def test_users_of_head_office(server: Server) -> None:
    assert not setup.has_users(server)
    for password in ("short", "x" * 201):
        with pytest.raises(BadInput, match="10 to 200"):
            setup.save_user(server, "boss", password, "administrator")
    assert not setup.has_users(server)
    setup.save_user(server, "boss", "a long password", "administrator", "en")
    assert setup.has_users(server)
    ((password_hash,),) = rows(server, tables.user, "password_hash")
    assert PasswordHasher().verify(password_hash, "a long password")
