"""A database restored from a copy, on both databases; and two workers that find out at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy.engine import make_url

from shared_models.orm import server as tables
from shared_models.wire import messages as wire
from sync_server import setup
from sync_server.api.endpoints import Api
from sync_server.server import Server, open_server
from sync_server.store import open_engine
from tests import postgres
from tests.sync_server import acts
from tests.sync_server.conftest import KEYS
from tests.sync_server.ports import seeded_ports
from tests.sync_server.tables import count, rows
from tests.sync_server.till import Till, problem, read

Restore = Callable[[], Server]


@pytest.fixture
def restored(server: Server, database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Restore]:
    """Copies the database as it is now; the result opens that copy as the server restored from it."""
    opened: list[Server] = []
    made: list[tuple[postgres.Cluster, str]] = []

    def back_up() -> Server:
        server.engine.dispose()
        if database_url.startswith("postgresql"):
            cluster: postgres.Cluster = request.getfixturevalue("postgres_cluster")
            name = cluster.create(str(make_url(database_url).database))
            made.append((cluster, name))
            url = cluster.url(name)
        else:
            with server.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            server.engine.dispose()
            shutil.copy(tmp_path / "server.db", tmp_path / "backup.db")
            url = f"sqlcipher:///{tmp_path / 'backup.db'}"
        opened.append(open_server(open_engine(url, KEYS.database), KEYS.data, seeded_ports(50)))
        return opened[-1]

    yield back_up
    for one in opened:
        one.engine.dispose()
    for cluster, name in made:
        cluster.drop(name)


def proven(till: Till, answer: wire.PushAnswer, facts: int = 0) -> wire.PushAnswer:
    """Push facts from number ``facts`` + 1 on with the proof that ``answer`` is."""
    proof = wire.Acknowledgement(
        acknowledged=answer.acknowledged, hash=answer.hash, epoch=answer.epoch, signature=answer.signature
    )
    message = structs.replace(wire.decode(till.batch(till.facts[facts:]), wire.PushRequest), proof=proof)
    return read(till.send("/v1/push", wire.encode(message)), wire.PushAnswer)


def test_a_server_that_sees_its_own_signature_over_more_begins_a_new_epoch(
    server: Server, till: Till, restored: Restore
) -> None:
    till.append(acts.sale(till, 1))
    till.pushed()
    backup = restored()
    till.append(acts.sale(till, 2))
    answer = till.pushed()
    with backup.reading() as connection:
        old = backup.incarnation(connection)
    there = replace(till, api=Api(backup))
    after = proven(there, answer)
    assert after.acknowledged == 2
    assert after.epoch == backup.ports.clock.now_ms() // 1_000
    again = proven(there, answer)
    assert (again.epoch, again.acknowledged) == (after.epoch, 2)
    assert [kind for (kind,) in rows(backup, tables.alert, "kind")] == ["epoch-raised"]
    setup.revoke(backup, till.incarnation)
    with backup.reading() as connection:
        own = backup.incarnation(connection)
    assert own != old
    found = rows(backup, tables.fact, "incarnation", "number", "kind")
    assert [(number, kind) for of, number, kind in found if of == own] == [(1, "epoch.raised"), (2, "device.revoked")]
    assert problem(there.pull()).code == "device-revoked"


def test_a_device_enrolled_after_the_backup_is_taken_in_again(
    server: Server, enrol: Callable[..., Till], restored: Restore
) -> None:
    first = enrol("A", 4)
    backup = restored()
    late = enrol("A", 4)
    late.append(acts.sale(late, 1))
    late.pushed()
    api = Api(backup)
    there = replace(late, api=api)
    hello = wire.encode(wire.HelloRequest(incarnation=late.incarnation))
    assert problem(api.handle("POST", "/v1/hello", {}, hello)).code == "device-unknown"
    certificate = late.identity.certificate
    assert certificate is not None
    pepper = late.identity.pepper
    message = wire.again_message(wire.certificate_message(certificate), pepper)
    good = wire.AgainRequest(certificate=certificate, pepper=pepper, signature=late.key.sign(message))
    for bad in (
        structs.replace(good, pepper=bytes(32)),
        structs.replace(good, certificate=structs.replace(certificate, lane=5)),
        structs.replace(good, certificate=structs.replace(certificate, lane=-5)),
        structs.replace(good, certificate=structs.replace(certificate, public_key=b"short")),
        structs.replace(good, signature=bytes(64)),
    ):
        assert problem(api.handle("POST", "/v1/enrol/again", {}, wire.encode(bad))).code == "device-unknown"
    assert count(backup, tables.alert) == 0
    answer = read(api.handle("POST", "/v1/enrol/again", {}, wire.encode(good)), wire.AgainAnswer)
    assert answer.epoch > 1
    assert read(api.handle("POST", "/v1/enrol/again", {}, wire.encode(good)), wire.AgainAnswer) == answer
    assert there.pushed().acknowledged == 1
    states = dict(rows(backup, tables.device, "incarnation", "state"))
    assert (states[first.incarnation], states[late.incarnation]) == ("retired", "active")
    assert there.pushed([]).standing == "good"
    assert replace(first, api=api).pushed([]).standing == "retired"


def test_workers_that_find_out_at_once_begin_one_epoch(
    server: Server, enrol: Callable[..., Till], restored: Restore
) -> None:
    tills = [enrol("A", lane) for lane in range(1, 5)]
    backup = restored()
    answers = []
    for till in tills:
        till.append(acts.sale(till, 1))
        answers.append(till.pushed())
    api = Api(backup)
    with ThreadPoolExecutor(4) as pool:
        after = list(pool.map(lambda one: proven(replace(one[0], api=api), one[1]), zip(tills, answers, strict=True)))
    assert len({answer.epoch for answer in after}) == 1
    assert [answer.acknowledged for answer in after] == [1, 1, 1, 1]
    assert [kind for (kind,) in rows(backup, tables.alert, "kind")] == ["epoch-raised"]
    assert count(backup, tables.sale) == 4
