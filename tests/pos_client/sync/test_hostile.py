"""Hostile answers: a bounded part of ``tests.pos_client.sync.fuzz``, and some that chance wouldn't find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import zstandard

from pos_client.app.ports import Response
from pos_client.store.outbox import Standing
from pos_client.sync.client import NotOurServer, Refused
from pos_client.sync.loop import KNOWN_TROUBLE
from shared_models.wire import messages
from shared_models.wire.messages import Cursor, PullAnswer, RowMessage
from tests.pos_client.sync import fuzz
from tests.pos_client.world import MILK, TillAtWork

HEADERS = {"content-type": messages.MEDIA_TYPE}


def test_whatever_is_answered_the_till_sells_and_its_files_are_whole(shop: Path, tmp_path: Path) -> None:
    target = fuzz.open_target(shop, tmp_path / "world")
    fuzz.run(target, 25, seed=20_261_124)
    target.till.close()
    target.world.server.engine.dispose()


def page(rows: list[RowMessage], cursor: Cursor, *, more: bool = False) -> Response:
    answer = PullAnswer(rows=rows, cursor=cursor, more=more, acknowledged=0)
    return Response(200, HEADERS, messages.encode(answer))


def product(number: int, version: int, doc: bytes) -> RowMessage:
    return RowMessage("product", f"P{number}", version, 0, False, doc)


GONE = [RowMessage(kind, "never there", 9_001, 0, True, b"") for kind in ("product", "store", "staff", "moon", "")]
DOC = b'{"id":"P1","codes":["1"],"names":{},"price_minor":%s,"tax":"standard","category":"c","rank":%s}'
PAGES: dict[str, Callable[[Cursor], Response]] = {
    "a cursor that stands still": lambda at: page([product(1, 1, b"{}")], at, more=True),
    "a cursor that goes back": lambda at: page([], Cursor(at.epoch, at.version - 1, at.tag)),
    "more, without rows": lambda at: page([], Cursor(at.epoch, at.version + 1, at.tag), more=True),
    "a member who is no member": lambda at: page([RowMessage("member", "x", 1, 0, False, b"{}")], at),
    "rows of kinds to come": lambda at: page([RowMessage("moon", "\0" * 99, 1, 9, False, b"\xff")] * 99, at),
    "rows that go and never were": lambda at: page(GONE, Cursor(at.epoch, 9_001, b"")),
    "an enormous price": lambda at: page([product(1, 1, DOC % (b"9" * 400, b"1"))], at),
    "an enormous rank": lambda at: page([product(1, 1, DOC % (b"1", b"9" * 18))], at),
    "numbers beyond the file": lambda at: page([product(1, 2**64 - 1, b"{}")], at),
    "an enormous page": lambda at: page([product(n, n, DOC % (b"1", b"1")) for n in range(100_000)], at),
    "a bomb": lambda _: Response(200, {**HEADERS, "content-encoding": "zstd"}, zstandard.compress(bytes(1 << 28))),
    "the answer to another request": lambda _: Response(
        200, HEADERS, messages.encode(messages.HelloAnswer(nonce=b"n", valid_s=1, server_ms=1))
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(PAGES))
def test_a_page_of_nonsense_ends_the_round_and_no_sale(counter: TillAtWork, what: str) -> None:
    at = counter.parts.generations.open_current()
    cursor = at.cursor()
    at.close()
    assert cursor is not None
    counter.wire.requests.clear()

    def instead(path: str, _headers: Mapping[str, str], _body: bytes) -> Response | None:
        return PAGES[what](cursor) if path == "/v1/pull" else None

    counter.wire.instead = instead
    ended = fuzz.round_of(counter)
    assert ended in ("well", "not_our_server")
    assert len(counter.wire.requests) < 5
    assert counter.parts.counter.books.shop.store() is not None
    sold = counter.till.search_products("牛奶")
    counter.till.void_sale()
    if sold and "enormous" not in what:
        counter.sell(MILK.codes[0])
    fuzz.check_files(counter)
    counter.wire.instead = lambda *_: None
    assert fuzz.round_of(counter) == "well"


def test_a_gap_of_before_the_first_fact(counter: TillAtWork) -> None:
    def instead(path: str, _headers: Mapping[str, str], _body: bytes) -> Response | None:
        problem = messages.Problem(type="/problems/gap", title="Gap", status=409, expected=0)
        refused = Response(409, {"content-type": messages.PROBLEM_MEDIA_TYPE}, messages.encode_problem(problem))
        return refused if path == "/v1/push" else None

    counter.sell(MILK.codes[0])
    counter.wire.instead = instead
    with pytest.raises(Refused):
        counter.sync()
    assert counter.parts.outbox.acknowledged() == 0
    counter.wire.instead = lambda *_: None
    counter.sync()
    assert (counter.till.status().unsent, counter.parts.outbox.standing()) == (0, Standing.GOOD)


def test_a_refusals_words_are_shown_short_and_on_one_line(counter: TillAtWork) -> None:
    problem = messages.Problem(type="/problems/new", title="T", status=409, detail="a\nb\x1b[2J\u202e" + "x" * 10**6)
    refused = Response(409, {"content-type": messages.PROBLEM_MEDIA_TYPE}, messages.encode_problem(problem))
    counter.wire.instead = lambda *_: refused
    with pytest.raises(KNOWN_TROUBLE) as trouble:
        counter.sync()
    shown = str(trouble.value)
    assert len(shown) < 250
    assert shown.isprintable()


def test_every_known_trouble_has_a_sentence() -> None:
    for one in (*KNOWN_TROUBLE, NotOurServer):
        assert one.template or one.__subclasses__()
