"""What a till of each version sends, byte for byte, to this server."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import select

from shared_models.orm import server as tables
from shared_models.wire import messages
from sync_server.api.endpoints import Api
from sync_server.server import Server
from tests.shared_models.wire import examples, goldens
from tests.sync_server import golden_shop
from tests.sync_server.tables import count, rows
from tests.sync_server.till import Till, problem


def plain(answer: object) -> dict[str, object]:
    found: dict[str, object] = msgspec.msgpack.decode(getattr(answer, "body", b""))
    return found


@pytest.mark.parametrize("version", messages.SUPPORTED)
def test_the_golden_requests_of_each_version_are_answered_in_it(server: Server, api: Api, version: int) -> None:
    enrolled = plain(golden_shop.enrol(server, api, version))
    assert goldens.lacks(goldens.plain(version, "enrol-answer"), enrolled) == []
    assert (enrolled["v"], enrolled["incarnation"]) == (version, str(examples.INCARNATION))
    hello = plain(api.handle("POST", "/v1/hello", {}, goldens.body(version, "hello-request")))
    assert goldens.lacks(goldens.plain(version, "hello-answer"), hello) == []
    assert hello["v"] == version

    pushed = plain(golden_shop.send(api, version, "/v1/push", goldens.body(version, "push-request")))
    golden = goldens.plain(version, "push-answer")
    assert {name: pushed[name] for name in golden} == golden
    known = [(kind, state) for by, kind, state in rows(server, tables.fact, "incarnation", "kind", "state")
             if by == examples.INCARNATION]  # fmt: skip
    kinds = ("member.registered", "sale.confirmed", "shift.closed", "shift.opened")
    assert sorted(known) == [(kind, "applied") for kind in kinds]
    assert rows(server, tables.sale, "receipt_number", "total_minor", "points_redeemed") == [(42, 3_699, 300)]
    assert count(server, tables.member_profile) == 1

    again = plain(golden_shop.send(api, version, "/v1/push", goldens.body(version, "push-request")))
    assert again == pushed
    assert count(server, tables.sale) == 1

    asked = goldens.plain(version, "pull-request")
    unknown = problem(golden_shop.send(api, version, "/v1/pull", goldens.body(version, "pull-request")))
    assert (unknown.code, unknown.epoch) == ("cursor-unknown", 1)
    pulled = plain(golden_shop.send(api, version, "/v1/pull", msgspec.msgpack.encode({**asked, "cursor": None})))
    assert goldens.lacks(goldens.plain(version, "pull-answer"), pulled) == []
    assert pulled["v"] == version
    found = pulled["rows"]
    assert isinstance(found, list)
    (member,) = [row for row in found if row[0] == "member"]
    (known,) = [row for row in goldens.plain(version, "pull-answer")["rows"] if row[0] == "member"]
    assert (member[1], member[3]) == (known[1], 3)
    needed = {"id", "number", "store_id", "masked_name", "phone_hash", "last4", "tier"}
    assert needed <= msgspec.json.decode(member[5]).keys() & msgspec.json.decode(known[5]).keys()
    on = msgspec.msgpack.encode({**asked, "cursor": pulled["cursor"]})
    assert plain(golden_shop.send(api, version, "/v1/pull", on))["rows"] == []


@pytest.mark.parametrize("version", goldens.VERSIONS)
def test_each_payload_of_each_version_is_booked(server: Server, till: Till, version: int) -> None:
    for (kind, schema), payload in sorted(goldens.payloads(version).items()):
        till.append_raw(kind, schema, payload)
    assert till.pushed().quarantined == []
    stored = select(tables.fact.c.payload).where(tables.fact.c.incarnation == till.incarnation)
    with server.reading() as connection:
        kept = [bytes(one) for one in connection.scalars(stored.order_by(tables.fact.c.number))]
    assert kept == [payload for _, payload in sorted(goldens.payloads(version).items())]


@pytest.mark.parametrize("supported", [(1,), (1, 2), (2, 3, 4)])
def test_another_version_is_refused_with_those_that_are_spoken(
    server: Server, till: Till, supported: tuple[int, ...]
) -> None:
    nonce = till.nonce()
    till.api = Api(server, supported)
    for path in till.api.paths:
        for version in (0, 5, 2**63):
            found = problem(till.send(path, msgspec.msgpack.encode({"v": version}), nonce=nonce))
            assert (found.code, found.supported) == ("unsupported-version", supported)
