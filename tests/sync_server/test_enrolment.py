from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared_models.orm import server as tables
from shared_models.wire import messages as wire
from sync_server import setup
from sync_server.api.endpoints import Api
from sync_server.enrolment import ALPHABET
from sync_server.errors import BadInput
from sync_server.ingest.locks import UnknownDevice
from sync_server.server import Server
from tests.sync_server.ports import StillClock
from tests.sync_server.tables import count, counts, rows
from tests.sync_server.till import Till, enrol_request, problem, read

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"o" * 32)


def enrolled(api: Api, code: str, key: Ed25519PrivateKey = KEY) -> wire.EnrolAnswer:
    answer = api.handle("POST", "/v1/enrol", {}, wire.encode(enrol_request(code, key)))
    return read(answer, wire.EnrolAnswer)


def refused(api: Api, code: str, key: Ed25519PrivateKey = KEY) -> wire.Problem:
    return problem(api.handle("POST", "/v1/enrol", {}, wire.encode(enrol_request(code, key))))


def test_a_code_makes_a_device_of_its_lane(server: Server, api: Api) -> None:
    answer = enrolled(api, setup.new_enrolment_code(server, "A", 3))
    assert (answer.store_id, answer.lane, answer.epoch) == ("A", 3, 1)
    assert (answer.receipt_number, answer.z_number) == (0, 0)
    assert answer.server_key == server.identity.public_key
    assert answer.phone_key == server.identity.phone_key
    assert len(answer.pepper) == 32
    found = rows(server, tables.device, "incarnation", "store_id", "lane", "state", "software")
    assert (answer.incarnation, "A", 3, "active", "test 1") in found
    assert ("device.enrolled",) in rows(server, tables.fact, "kind")


def test_codes_are_hard_to_guess_easy_to_type_and_not_stored(server: Server) -> None:
    codes = [setup.new_enrolment_code(server, "A", 1) for _ in range(20)]
    assert len(set(codes)) == 20
    for code in codes:
        groups = code.split("-")
        assert [len(group) for group in groups] == [4, 4, 4]
        assert set("".join(groups)) <= set(ALPHABET)
    assert 5 * 12 >= 50
    assert not set(ALPHABET) & set("OIL")
    stored = [code_hash for (code_hash,) in rows(server, tables.enrolment_code, "code_hash")]
    assert {len(code_hash) for code_hash in stored} == {32}


def test_the_same_code_and_key_get_the_same_answer(server: Server, api: Api, clock: StillClock) -> None:
    code = setup.new_enrolment_code(server, "A", 1, valid_s=60)
    first = enrolled(api, code)
    before = counts(server)
    clock.ms += 3_600_000
    assert enrolled(api, code) == first
    assert counts(server) == before


def test_a_code_works_for_one_till_only(server: Server, api: Api) -> None:
    code = setup.new_enrolment_code(server, "A", 1)
    enrolled(api, code)
    before = counts(server)
    found = refused(api, code, OTHER_KEY)
    assert (found.code, found.status) == ("code-invalid", 403)
    assert counts(server) == before


def test_a_code_expires(server: Server, api: Api, clock: StillClock) -> None:
    code = setup.new_enrolment_code(server, "A", 1, valid_s=60)
    clock.ms += 60_000
    assert refused(api, code).detail == "This code has expired. Ask head office for a new one."
    assert count(server, tables.device) == 1


@pytest.mark.parametrize("code", ["", "0000-0000-0000", "牛奶", "x" * 100])
def test_an_unknown_code_is_refused(api: Api, code: str) -> None:
    assert refused(api, code).code == "code-invalid"


def test_a_code_may_be_typed_carelessly(server: Server, api: Api) -> None:
    code = setup.new_enrolment_code(server, "A", 1)
    typed = f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "
    assert enrolled(api, typed).lane == 1


def test_a_key_of_another_length_is_refused(server: Server, api: Api) -> None:
    code = setup.new_enrolment_code(server, "A", 1)
    request = wire.EnrolRequest(code=code, public_key=b"short", software="x")
    assert problem(api.handle("POST", "/v1/enrol", {}, wire.encode(request))).code == "bad-message"
    assert enrolled(api, code).lane == 1


def test_codes_are_for_lanes_that_can_be(server: Server) -> None:
    with pytest.raises(BadInput, match="There is no store Z"):
        setup.new_enrolment_code(server, "Z", 1)
    with pytest.raises(BadInput, match="numbered from 1"):
        setup.new_enrolment_code(server, "A", 0)
    assert count(server, tables.enrolment_code) == 0


def test_revoking(server: Server, enrol: Callable[..., Till]) -> None:
    till = enrol()
    setup.revoke(server, till.incarnation)
    setup.revoke(server, till.incarnation)
    assert [kind for (kind,) in rows(server, tables.fact, "kind")].count("device.revoked") == 1
    assert problem(till.pull()).code == "device-revoked"
    with pytest.raises(UnknownDevice):
        setup.revoke(server, till.new_id())
    with server.reading() as connection:
        own = server.incarnation(connection)
    with pytest.raises(BadInput, match="own device"):
        setup.revoke(server, own)
