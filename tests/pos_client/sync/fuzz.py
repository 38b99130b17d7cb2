"""Hostile answers to every request of a real till: ``python -m tests.pos_client.sync.fuzz --minutes N``.

Whatever comes back: syncing ends with a trouble that has a sentence, the cashier sells on, and the files stay whole.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import zstandard

from pos_client.app.ports import Response
from pos_client.store.keys import FileKeys
from pos_client.store.verify import verify_journal
from pos_client.sync.loop import KNOWN_TROUBLE
from shared_models.domain.errors import DomainError
from shared_models.wire import messages
from tests.hostile.mutation import TEXT_OF_JSON, garbled, mutated
from tests.pos_client.world import (
    BREAD,
    MILK,
    TillAtWork,
    World,
    found_shop,
    import_member,
    open_world,
)

MOST_REQUESTS = 60
"""Of one round, whatever the server says: no answer keeps a till asking for ever."""


@dataclass
class Target:
    """A till at work whose server's answers can be changed."""

    world: World
    till: TillAtWork
    found: dict[str, int] = field(default_factory=dict)
    opened: int = 0

    def count(self, what: str) -> None:
        self.found[what] = self.found.get(what, 0) + 1

    def again(self) -> None:
        """A new till in place of the one that heard so much nonsense."""
        self.till.close()
        self.opened += 1
        self.till = open_till(self.world, f"till {self.opened}")


def open_till(world: World, name: str) -> TillAtWork:
    till = world.open(name)
    till.sync()
    return till.start_day()


def open_target(shop: Path, folder: Path) -> Target:
    """The caller closes the till and the world's server."""
    world = next(open_world(shop, folder))
    import_member(world, 42, "李雷", "13800138042")
    return Target(world, open_till(world, "till"))


def hostile_document(chance: Random, plain: Any) -> Any:
    """Rows of a page with something wrong inside their documents."""
    rows = []
    for kind, key, version, counted, deleted, doc in plain["rows"]:
        if doc and chance.randint(0, 1):
            doc = json.dumps(mutated(chance, json.loads(doc), TEXT_OF_JSON)).encode("utf-8", "surrogatepass")
        if chance.randint(0, 9) == 0:
            kind = chance.choice(("moon", "member", "product", "store", "staff", "programme", "", "later:staff"))
        rows.append([kind, key, version, counted, deleted, doc])
    return {**plain, "rows": rows}


def hostile(chance: Random, answer: Response) -> Response:
    """``answer`` changed in its documents, its structure, its bytes or its headers."""
    headers = dict(answer.headers)
    body = answer.body
    if headers.pop("content-encoding", "") == "zstd":
        body = zstandard.ZstdDecompressor().stream_reader(body).read()
    read = msgspec.msgpack.decode if answer.status == 200 else msgspec.json.decode
    plain: Any = read(body)
    how = chance.choice(("documents",) * 5 + ("structure", "structure", "bytes", "problem", "headers", "random"))
    if how == "documents" and answer.status == 200:
        plain = hostile_document(chance, plain) if "rows" in plain else mutated(chance, plain)
    elif how == "structure":
        plain = mutated(chance, plain)
    elif how == "problem":
        problem = {"type": f"/problems/{chance.choice(CODES)}", "title": "No", "status": 409, "expected": 1,
                   "number": 1, "epoch": 1, "detail": "x" * 9_000, "supported": [1]}  # fmt: skip
        problem = mutated(chance, problem, TEXT_OF_JSON) if chance.randint(0, 1) else problem
        body = json.dumps(problem).encode("utf-8", "surrogatepass")
        return Response(chance.choice((400, 401, 403, 409, 500, 200)), PROBLEM, body)
    elif how == "headers":
        name = chance.choice(("content-type", "content-encoding", "retry-after"))
        headers[name] = chance.choice(("", "text/html", "zstd", "é", "application/problem+json", "x" * 9_000))
    elif how == "random":
        return Response(chance.choice((200, 204, 302, 404, 500, 999)), headers, chance.randbytes(chance.randint(0, 99)))
    packing: dict[str, str] = {}
    body = msgspec.msgpack.encode(plain) if answer.status == 200 else json.dumps(plain).encode()
    if how == "bytes":
        packing, body = garbled(chance, body)
    return Response(answer.status, {**headers, **packing}, body)


PROBLEM = {"content-type": messages.PROBLEM_MEDIA_TYPE}
CODES = (
    "bad-message", "unsupported-version", "too-large", "nonce-expired", "signature-invalid", "device-unknown",
    "device-revoked", "code-invalid", "gap", "broken-chain", "forked", "cursor-unknown", "not-found", "internal", "new",
)  # fmt: skip


def attack(target: Target, chance: Random) -> None:
    """A round whose answers may be changed, then a sale, then an honest round."""
    if len(target.till.wire.requests) > 300:
        target.again()
    till, asked = target.till, len(target.till.wire.requests)

    def instead(path: str, headers: Mapping[str, str], body: bytes) -> Response | None:
        assert len(till.wire.requests) - asked < MOST_REQUESTS, "the till asks without end"
        answer = till.wire.api.handle("POST", path, headers, body)
        honest = Response(answer.status, answer.headers, answer.body)
        return hostile(chance, honest) if path == chosen and chance.randint(0, 3) else honest

    chosen = chance.choice(sorted(set(till.wire.requests)))
    if chance.randint(0, 1):
        forget_cursor(till)
    till.wire.instead = instead
    target.count(round_of(till))
    till.wire.instead = lambda *_: None
    use(till)
    target.count(f"then {round_of(till)}")
    check_files(till)


def forget_cursor(till: TillAtWork) -> None:
    """Have the till ask for all rows again."""
    replica = till.parts.generations.open_current()
    replica.apply([], messages.Cursor(1, 0, b""))
    replica.close()


def round_of(till: TillAtWork) -> str:
    """How a round of syncing ended; any other exception is a fault."""
    found: DomainError | None = None
    try:
        till.sync()
    except KNOWN_TROUBLE as trouble:
        found = trouble
    if found is None:
        return "well"
    assert found.sentence(str)
    assert len(str(found)) < 500
    return found.code


def use(till: TillAtWork) -> None:
    """What a cashier does: it works, or is refused in a sentence."""
    acts: tuple[Callable[[], object], ...] = (
        till.till.status, till.till.staff, till.till.quick_keys,
        lambda: till.till.open_shift(100), lambda: till.till.find_members("8042"),
        lambda: till.till.find_members("lei"),
        lambda: till.till.search_products("m"), lambda: till.till.enter(MILK.codes[0]),
        lambda: till.till.enter(BREAD.codes[0]), lambda: attach(till), till.till.sale, till.till.start_payment,
        lambda: till.till.redeem_points(100), lambda: till.pay(10**7), till.till.status, till.till.void_sale,
    )  # fmt: skip
    before = till.parts.journal.head.receipt_number
    for act in acts:
        with suppress(DomainError):
            act()
    assert till.parts.journal.head.receipt_number in (before, before + 1)


def attach(till: TillAtWork) -> None:
    for hit in till.till.find_members("8042"):
        till.till.attach_member(hit.id)


def check_files(till: TillAtWork) -> None:
    report = verify_journal(till.home / "journal.db", FileKeys(till.home).load().database)
    assert report.ok, report.problems
    assert till.parts.journal.database.one("PRAGMA main.quick_check") == ("ok",)
    assert till.parts.journal.database.one("PRAGMA replica.quick_check") == ("ok",)


def run(target: Target, times: int, seed: int) -> None:
    """``times`` rounds; the first that breaks a rule is raised."""
    chance = Random(seed)
    for _ in range(times):
        attack(target, chance)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    until, start = time.monotonic() + asked.minutes * 60, asked.seed
    with tempfile.TemporaryDirectory() as shop:
        found_shop(Path(shop))
        while time.monotonic() < until:
            with tempfile.TemporaryDirectory() as folder:
                target = open_target(Path(shop), Path(folder))
                run(target, 25, start)
                target.till.close()
                target.world.server.engine.dispose()
            sys.stdout.write(f"seed {start}: {dict(sorted(target.found.items()))}\n")
            sys.stdout.flush()
            start += 1


if __name__ == "__main__":
    main()
