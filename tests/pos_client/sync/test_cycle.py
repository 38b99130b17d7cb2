"""A till and the real server, with a network that loses, repeats and answers nonsense."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from pos_client.app.ports import Response
from pos_client.app.refusals import RedeemingStopped
from pos_client.store.keys import FileKeys
from pos_client.store.outbox import Standing
from pos_client.store.verify import verify_journal
from pos_client.sync.client import NotOurServer, Refused, ServerTrouble, Unreachable
from shared_models.orm.server import fact, sale
from shared_models.wire import messages
from sync_server import setup
from tests.pos_client.world import BREAD, COLA, MILK, TillAtWork, World, import_member, open_world


def sales_at_server(world: World) -> int:
    with world.server.reading() as connection:
        return connection.scalar(select(func.count()).select_from(sale)) or 0


def test_an_answer_lost_after_the_push_sells_nothing_twice(world: World, counter: TillAtWork) -> None:
    counter.sell(MILK.codes[0])
    counter.wire.lose_answers = 1
    with pytest.raises(Unreachable):
        counter.sync()
    assert (sales_at_server(world), counter.till.status().unsent) == (1, 2)
    counter.sync()
    assert (sales_at_server(world), counter.till.status().unsent) == (1, 0)


def test_many_facts_go_up_in_batches(world: World, counter: TillAtWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pos_client.sync.cycle.MAX_FACTS", 4)
    for _ in range(9):
        counter.sell(COLA.codes[0])
    counter.wire.requests.clear()
    counter.sync()
    assert counter.wire.requests.count("/v1/push") == 3
    assert sales_at_server(world) == 9


def test_a_batch_is_bounded_in_bytes_but_never_empty(counter: TillAtWork) -> None:
    for _ in range(3):
        counter.sell(COLA.codes[0])
    outbox = counter.parts.outbox
    assert [len(outbox.batch(0, 200, size).facts) for size in (1, 2_500, 10**6)] == [1, 2, 4]


def test_a_gap_makes_the_till_tell_again_what_the_server_lost(world: World, counter: TillAtWork) -> None:
    """The server was restored from a backup of before these sales."""
    lei = import_member(world, 42, "李雷", "13800138042")
    backup = world.backup()
    counter.sync()
    for _ in range(3):
        counter.sell(BREAD.codes[0], member=lei)
    counter.sync()
    assert counter.balance(lei) == 21
    world.restore(backup, counter.wire)
    counter.sync()
    assert sales_at_server(world) == 3
    assert counter.balance(lei) == 21
    assert counter.till.status().unsent == 0


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Response(200, {"content-type": "text/html"}, b"<html>Please sign in</html>"), NotOurServer),
        (Response(302, {"location": "http://portal"}, b""), NotOurServer),
        (Response(200, {"content-type": messages.MEDIA_TYPE}, b"\xc1garbage"), NotOurServer),
        (Response(200, {"content-type": messages.MEDIA_TYPE, "content-encoding": "zstd"}, b"garbage"), NotOurServer),
        (Response(200, {"content-type": messages.MEDIA_TYPE, "content-encoding": "br"}, b"garbage"), NotOurServer),
        (Response(409, {"content-type": messages.PROBLEM_MEDIA_TYPE}, b"not json"), NotOurServer),
        (Response(500, {"content-type": "text/plain"}, b"Internal Server Error"), ServerTrouble),
        (Response(502, {"content-type": "text/html"}, b"<html>Bad gateway</html>"), ServerTrouble),
        (
            Response(
                500, {"content-type": messages.PROBLEM_MEDIA_TYPE},
                b'{"type":"/problems/internal","title":"Internal","status":500}',
            ),
            ServerTrouble,
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("at", ["/v1/hello", "/v1/push", "/v1/pull"])
def test_nonsense_from_the_network_changes_nothing(
    world: World, counter: TillAtWork, answer: Response, error: type[Exception], at: str
) -> None:
    counter.sell(MILK.codes[0])

    def instead(path: str, _headers: Mapping[str, str], _body: bytes) -> Response | None:
        return answer if path == at else None

    counter.wire.instead = instead
    unsent = counter.till.status().unsent
    with pytest.raises(error):
        counter.sync()
    assert counter.till.status().unsent == (0 if at == "/v1/pull" else unsent)
    counter.wire.instead = lambda *_: None
    counter.sync()
    assert counter.till.status().unsent == 0
    assert sales_at_server(world) == 1


def test_an_old_nonce_is_renewed_within_the_round(world: World, counter: TillAtWork) -> None:
    def instead(path: str, _headers: Mapping[str, str], _body: bytes) -> Response | None:
        if path == "/v1/pull" and counter.wire.requests.count("/v1/pull") == 1:
            world.clock.ms += 3_600_000
        return None

    counter.wire.instead = instead
    counter.wire.requests.clear()
    counter.sync()
    assert counter.wire.requests == ["/v1/hello", "/v1/push", "/v1/pull", "/v1/hello", "/v1/pull"]


def test_a_revoked_till_sells_and_redeems_nothing(world: World, counter: TillAtWork) -> None:
    lei = import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    setup.revoke(world.server, counter.parts.journal.identity.incarnation)
    counter.sell(BREAD.codes[0], member=lei)
    with pytest.raises(Refused) as refused:
        counter.sync()
    assert refused.value.problem.code == "device-revoked"
    assert counter.parts.outbox.standing() is Standing.REVOKED
    counter.till.enter(BREAD.codes[0])
    counter.till.attach_member(lei)
    counter.till.start_payment()
    with pytest.raises(RedeemingStopped):
        counter.till.redeem_points(100)
    counter.pay(10_00)


def test_another_hash_under_our_number_is_found_out(counter: TillAtWork) -> None:
    counter.sell(MILK.codes[0])
    head, outbox = counter.parts.journal.head, counter.parts.outbox
    outbox.acknowledge(head.number, 0, head.hash)
    assert outbox.standing() is Standing.GOOD
    outbox.acknowledge(head.number, 0, bytes(32))
    assert outbox.standing() is Standing.FORKED


def test_a_till_rolled_back_to_an_old_copy_is_found_out(world: World, counter: TillAtWork) -> None:
    """Somebody restored the till's disk: the server has more of its journal than it has."""
    counter.sell(MILK.codes[0])
    counter.sync()
    copy = world.copy_of(counter, "copy")
    counter.sell(MILK.codes[0])
    counter.sync()
    old = world.open("copy")
    old.sync()
    assert old.parts.outbox.standing() is Standing.FORKED
    old.start_day()
    old.sell(BREAD.codes[0])
    with pytest.raises(Refused) as refused:
        old.sync()
    assert refused.value.problem.code in ("forked", "gap")
    assert old.parts.outbox.standing() is Standing.FORKED
    assert any(notice.code == "redeeming_stopped" for notice in old.till.status().limits)
    assert verify_journal(copy / "journal.db", FileKeys(copy).load().database).ok
    old.close()


def test_a_cursor_the_server_does_not_know_brings_a_new_generation(world: World, counter: TillAtWork) -> None:
    before = counter.parts.generations.current
    backup = world.backup()
    import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    world.restore(backup, counter.wire)
    import_member(world, 43, "王芳", "13800138043")
    counter.sync()
    assert counter.parts.generations.current.number == before.number + 1
    assert [hit.last4 for hit in counter.till.find_members("8043")] == ["8043"]
    assert counter.till.find_members("8042") == ()
    assert counter.till.enter(MILK.codes[0]).line_id == 1


def test_a_new_generation_interrupted_in_the_middle_goes_on_later(world: World, counter: TillAtWork) -> None:
    """The cashier sells on the old replica until the new one is whole."""
    backup = world.backup()
    import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    world.restore(backup, counter.wire)
    for number in range(20):
        import_member(world, 100 + number, "王芳", f"139001390{number:02d}")
    old = counter.parts.generations.current
    pulls = 0

    def instead(path: str, _headers: Mapping[str, str], _body: bytes) -> Response | None:
        nonlocal pulls
        pulls += path == "/v1/pull"
        if pulls == 3:
            raise Unreachable
        return None

    counter.wire.instead = instead
    assert counter.parts.cycle is not None
    counter.parts.cycle.page_rows = 5
    with pytest.raises(Unreachable):
        counter.sync()
    assert counter.parts.generations.current == old
    assert counter.sell(MILK.codes[0]).receipt_number == 1
    counter.wire.instead = lambda *_: None
    counter.sync()
    assert counter.parts.generations.current.number == old.number + 1
    assert len(counter.till.find_members("wf")) == 20


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(st.sampled_from(["a", "b", "sync a", "sync b", "lose a", "restart a"]), min_size=8, max_size=20))
def test_points_are_conserved_whatever_the_network_loses(
    shop: Path, tmp_path_factory: pytest.TempPathFactory, acts: list[str]
) -> None:
    """Two tills sell to one member; in the end both show what all sales earned less all that was redeemed."""
    folder = tmp_path_factory.mktemp(f"w{crc32(''.join(acts).encode())}")
    worlds = open_world(shop, folder)
    world = next(worlds)
    lei = import_member(world, 42, "李雷", "13800138042")
    tills = {}
    for name in ("a", "b"):
        tills[name] = world.open(name)
        tills[name].sync()
        tills[name].start_day()
    earned = 0
    seeds = count(100)
    for act in acts:
        name = act[-1]
        till = tills[name]
        if act in ("a", "b"):
            earned += till.sell(MILK.codes[0], member=lei).points_earned
        elif act.startswith("sync"):
            till.sync()
        elif act.startswith("lose"):
            till.wire.lose_answers = 1
            with pytest.raises(Unreachable):
                till.sync()
            till.wire.lose_answers = 0
        else:
            till.close()
            tills[name] = world.open(name, seed=next(seeds)).start_day()
    for till in (*tills.values(), *tills.values()):
        till.sync()
    assert {till.balance(lei) for till in tills.values()} == {earned}
    with world.server.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(fact).where(fact.c.kind == "sale.confirmed")) == (
            sum(till.parts.journal.head.receipt_number for till in tills.values())
        )
    for till in tills.values():
        till.close()
        assert verify_journal(till.home / "journal.db", FileKeys(till.home).load().database).ok
    worlds.close()
