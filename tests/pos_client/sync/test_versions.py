"""A till of this version and servers of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
import zstandard

from pos_client.app.ports import Response
from pos_client.bootstrap import Ports, assemble
from pos_client.settings import Settings
from pos_client.store.database import Durability, Files
from pos_client.store.keys import FileKeys, Keys
from pos_client.store.outbox import Standing
from pos_client.sync.client import ServerOutdated, TillOutdated, UpdateNeeded
from pos_client.sync.enrolment import JOURNAL_FILE, enrol_device
from pos_client.system import AtOnce, ClockIds
from shared_models.wire import facts as wire_facts
from shared_models.wire import messages
from sync_server.api.endpoints import Api
from sync_server.ingest.quarantine import read_again
from tests.pos_client.store import old_journals
from tests.pos_client.store.books import KEY
from tests.pos_client.world import MILK, Chance, StillClock, TillAtWork, Wire, World
from tests.shared_models.wire import examples, goldens

NOT_YET = {"enrol": {"at.predecessor"}, "hello": set(), "push": {"at.proof"}, "pull": {"at.cursor"}}
"""What a till doesn't have in its first round."""

HEADERS = {"content-type": messages.MEDIA_TYPE}


def refusal(supported: tuple[int, ...]) -> Response:
    problem = messages.Problem(
        type="/problems/unsupported-version", title="Another version", status=400, supported=supported
    )
    return Response(400, {"content-type": messages.PROBLEM_MEDIA_TYPE}, messages.encode_problem(problem))


@dataclass
class GoldenServer:
    """Answers with the golden files of one version, and takes no other."""

    version: int
    says: tuple[int, ...] = ()
    taken: list[tuple[str, bytes]] = field(default_factory=list)

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        if headers.get("content-encoding") == "zstd":
            body = zstandard.decompress(body)
        if messages.version_of(body) != self.version:
            return refusal(self.says)
        name = path.rpartition("/")[2]
        self.taken.append((name, body))
        return Response(200, HEADERS, goldens.body(self.version, f"{name}-answer"))


@pytest.mark.parametrize("version", messages.SUPPORTED)
def test_a_till_lives_on_the_golden_answers_of_each_version(tmp_path: Path, version: int) -> None:
    """Its journal is that of the examples; of the first version's servers, none says which versions it speaks."""
    server = GoldenServer(version, says=() if version == messages.FIRST_VERSION else (version,))
    keys, clock, chance = FileKeys(tmp_path), StillClock(), Chance(1)
    keys.save(Keys(KEY, bytes(range(32))))
    enrol_device(tmp_path, "7KQ4-M2XW-9TRB", keys, server, Files(), chance, clock, "0.1.0")
    database = Files().open(tmp_path / JOURNAL_FILE, KEY, Durability.FULL)
    for fact in old_journals.golden_facts():
        old_journals.add(database, "j002", fact)
    push = messages.decode(goldens.body(1, "push-request"), messages.PushRequest)
    for side in push.sides:
        with database.transaction():
            database.run("INSERT INTO side VALUES (?, ?, ?, ?)", (side.number, side.name, side.salt, side.body))
    database.close()
    ports = Ports(clock, ClockIds(clock, chance), chance, Files(), AtOnce())
    parts = assemble(tmp_path, keys, Settings(), ports, server)
    assert parts.cycle is not None
    parts.cycle.run()
    gives_back = [] if version == messages.FIRST_VERSION else ["push"]  # the lease that the answer calls back
    assert [name for name, _ in server.taken] == ["enrol", "hello", "push", *gives_back, "pull"]
    for name, body in [*server.taken[:3], server.taken[-1]]:
        lacking = goldens.lacks(goldens.plain(version, f"{name}-request"), msgspec.msgpack.decode(body), "at")
        assert {each.partition(":")[0] for each in lacking} <= NOT_YET[name]
    sent = messages.decode(server.taken[2][1], messages.PushRequest)
    assert (sent.facts, sent.sides) == (push.facts, push.sides)
    assert (parts.outbox.unsent(), parts.outbox.standing()) == (0, Standing.GOOD)
    shop = parts.counter.books.shop
    assert [product.id for product in shop.products_by_code("0400000000018")] == ["p-milk"]
    member = shop.member(examples.MEMBER)
    assert member is not None
    assert (sum(lot.points for lot in member.account.lots), member.own) == (33, ())
    parts.cycle.close()
    parts.close()


def only(wire: Wire, world: World, *supported: int, quiet: bool = False) -> None:
    """From now on the server speaks only these versions; a ``quiet`` one doesn't say which."""
    api = wire.api = Api(world.server, supported)

    def instead(path: str, headers: Mapping[str, str], body: bytes) -> Response | None:
        answer = api.handle("POST", path, headers, body)
        refused = b"unsupported-version" in answer.body
        return refusal(()) if refused and quiet else Response(answer.status, answer.headers, answer.body)

    wire.instead = instead


@pytest.mark.parametrize("quiet", [True, False])
def test_a_new_till_steps_down_to_an_old_server_and_up_again(world: World, counter: TillAtWork, quiet: bool) -> None:
    only(counter.wire, world, 1, quiet=quiet)
    counter.sell(MILK.codes[0])
    counter.wire.requests.clear()
    counter.sync()
    assert counter.wire.requests == ["/v1/hello", "/v1/hello", "/v1/push", "/v1/pull"]
    assert counter.till.status().unsent == 0
    only(counter.wire, world, 1, 2)
    counter.wire.requests.clear()
    counter.sync()
    assert counter.wire.requests == ["/v1/hello", "/v1/push", "/v1/pull"]


def test_a_new_till_enrols_at_an_old_server(world: World) -> None:
    wire = Wire(world.api)
    only(wire, world, 1)
    till = world.open("two", wire=wire)
    till.sync()
    assert till.start_day().sell(MILK.codes[0]).receipt_number == 1
    till.close()


@pytest.mark.parametrize(
    ("supported", "error"),
    [((3, 4, 5), TillOutdated), ((0,), ServerOutdated), ((2,), UpdateNeeded), ((1, 5), UpdateNeeded)],
)
def test_without_a_common_version_the_till_says_who_needs_an_update(
    counter: TillAtWork, supported: tuple[int, ...], error: type[UpdateNeeded]
) -> None:
    """A server that refuses what it says it speaks is asked once more at most."""
    counter.sell(MILK.codes[0])
    unsent = counter.till.status().unsent
    counter.wire.instead = lambda *_: refusal(supported)
    counter.wire.requests.clear()
    with pytest.raises(UpdateNeeded) as refused:
        counter.sync()
    assert type(refused.value) is error
    assert len(counter.wire.requests) <= 2
    assert counter.till.status().unsent == unsent
    assert counter.sell(MILK.codes[0]).receipt_number == 2
    counter.wire.instead = lambda *_: None
    counter.sync()
    assert counter.till.status().unsent == 0


def test_the_status_says_it_in_words(counter: TillAtWork) -> None:
    counter.wire.instead = lambda *_: refusal((7,))
    assert counter.parts.round is not None
    counter.parts.round.run()
    problem = counter.parts.surroundings.problem
    assert problem is not None
    assert (problem.code, problem.sentence(str)) == (
        "till_outdated",
        "The server no longer understands this till's version. Sales are kept; have the till updated.",
    )


def test_a_server_replaced_by_an_older_one_within_a_round(world: World, counter: TillAtWork) -> None:
    def instead(path: str, _headers: Mapping[str, str], _body: bytes) -> Response | None:
        return refusal((1,)) if path == "/v1/push" and counter.wire.requests.count(path) == 1 else None

    counter.wire.instead = instead
    counter.sell(MILK.codes[0])
    counter.wire.requests.clear()
    with pytest.raises(UpdateNeeded):
        counter.sync()
    only(counter.wire, world, 1)
    counter.sync()
    assert counter.till.status().unsent == 0


def test_an_old_server_keeps_kinds_it_does_not_know(
    world: World, counter: TillAtWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They delay nothing, and are booked once the server knows them."""
    decoders = {name: one for name, one in wire_facts._DECODERS.items() if name[0] != "sale.confirmed"}
    sold = counter.sell(MILK.codes[0])
    with monkeypatch.context() as old:
        old.setattr(wire_facts, "_DECODERS", decoders)
        counter.sync()
        read_again(world.server)
        assert _sales(world) == []
    assert counter.till.status().unsent == 0
    assert read_again(world.server) == 1
    assert _sales(world) == [sold.receipt_number]
    assert read_again(world.server) == 0


def _sales(world: World) -> list[int]:
    with world.server.reading() as connection:
        return [number for (number,) in connection.exec_driver_sql("SELECT receipt_number FROM sale")]
