"""Hostile requests to every endpoint of a real server: ``python -m tests.sync_server.fuzz --minutes N``.

Each is answered as agreed or refused with a known problem that says nothing of the inside; what is refused has changed
nothing. Endpoints and messages are those there are: new ones are attacked without a change here.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from shared_models.domain.programme import default_programme, to_plain
from shared_models.orm import server as tables
from shared_models.wire import messages
from sync_server import setup
from sync_server.api.endpoints import Api
from sync_server.api.problems import _STATUS, Answer
from sync_server.server import Server, open_server
from sync_server.store import new_keys, open_engine, upgrade
from tests.hostile.mutation import TEXT_OF_JSON, garbled, mutated
from tests.shared_models.wire import goldens
from tests.sync_server import acts
from tests.sync_server.conftest import store_doc
from tests.sync_server.ports import SeededRandomness, seeded_ports
from tests.sync_server.tables import rows
from tests.sync_server.till import Till

SLOWEST_S = 5.0
INSIDE = (b"Traceback", b'File "', b"sqlite", b"sqlalchemy", b"psycopg", b"SELECT ", b"INSERT ", b".py")
TAKES_EVIDENCE = frozenset(("forked",))
"""Problems that are answered after something was written down."""


@dataclass
class Target:
    """A server with two tills that have sold a little."""

    server: Server
    api: Api
    till: Till
    other: Till
    found: dict[str, int] = field(default_factory=dict)

    def state(self) -> dict[str, Any]:
        return {name: rows(self.server, table) for name, table in tables.server.tables.items()}

    def attack(self, send: Callable[[], Answer]) -> Answer:
        """Send, and check all that must hold whatever it was."""
        before, start = self.state(), time.monotonic()
        answer = send()
        assert time.monotonic() - start < SLOWEST_S
        if answer.status == 200:
            self.count("200")
            return answer
        assert answer.headers["content-type"] == messages.PROBLEM_MEDIA_TYPE
        problem = messages.decode_problem(answer.body)
        assert _STATUS[problem.code][0] == answer.status == problem.status
        assert problem.code != "internal", problem
        assert not any(word in answer.body for word in INSIDE), answer.body
        assert len(answer.body) < 2_000
        assert problem.code in TAKES_EVIDENCE or self.state() == before
        self.count(problem.code)
        return answer

    def count(self, what: str) -> None:
        self.found[what] = self.found.get(what, 0) + 1

    def fresh_till(self) -> Till:
        lanes = len(rows(self.server, tables.device))
        return Till.enrolled(self.api, setup.new_enrolment_code(self.server, "A", lanes), lanes)


def open_target(folder: Path) -> Target:
    keys = new_keys(SeededRandomness(99))
    engine = open_engine(f"sqlcipher:///{folder / 'server.db'}", keys.database)
    upgrade(engine)
    server = open_server(engine, keys.data, seeded_ports())
    setup.create_store(server, store_doc("A"))
    setup.publish_programme(server, to_plain(default_programme()))
    api = Api(server)
    tills = []
    for lane in (1, 2):
        till = Till.enrolled(api, setup.new_enrolment_code(server, "A", lane))
        member = acts.member(till, f"M{lane}")
        till.register(member, acts.profile(phone=f"861380013800{lane}"))
        till.append(acts.sale(till, 1, member_id=member.member_id, earned=10))
        till.pushed()
        tills.append(till)
    return Target(server, api, tills[0], tills[1])


def paths(target: Target) -> list[str]:
    return sorted(target.api.paths)


def example(path: str) -> dict[str, Any]:
    """The golden request of an endpoint; a bare one where there is none."""
    name = f"{path.rpartition('/')[2]}-request"
    golden: dict[str, Any] = {"v": messages.VERSION}
    if name in goldens.names(messages.VERSION):
        golden = goldens.plain(messages.VERSION, name)
    return golden


def own(target: Target, path: str) -> dict[str, Any]:
    """The same as this target's own till would send it now."""
    golden = example(path)
    if "incarnation" in golden:
        golden["incarnation"] = str(target.till.incarnation)
    if "facts" in golden:
        last = target.till.facts[-1]
        golden["facts"] = msgspec.msgpack.decode(target.till.batch([last], []))["facts"]
    if "cursor" in golden:
        golden["cursor"] = None
    return golden


def bodies(chance: Random, golden: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """A message of that form, changed in structure and bytes, or just bytes."""
    if not chance.randint(0, 9):
        return garbled(chance, chance.randbytes(chance.randint(0, 200)))
    return garbled(chance, msgspec.msgpack.encode(mutated(chance, golden) if chance.randint(0, 3) else golden))


SIGNED = ("tillpoint-incarnation", "tillpoint-nonce", "tillpoint-signature")
TEXTS = ("", "x", "0" * 100_000, "====", "é", "\0", "null", "/" * 88)
ENCODINGS = ("zstd", "", "zstd;q=0", "é", "," * 1_000)


def headers(chance: Random, good: dict[str, str]) -> dict[str, str]:
    """Mostly those that a till sends, else some missing, strange or too long."""
    if chance.randint(0, 3):
        return good
    random = base64.b64encode(chance.randbytes(chance.randint(0, 80))).decode()
    changed = {**good, chance.choice(SIGNED): chance.choice((*TEXTS, random))}
    if chance.randint(0, 1):
        changed.pop(chance.choice(sorted(changed)))
    return {**changed, "accept-encoding": chance.choice(ENCODINGS)}


def signed(till: Till, path: str, nonce: bytes, body: bytes) -> dict[str, str]:
    message = messages.request_message("POST", path, nonce, hashlib.sha256(body).digest())
    return {
        "tillpoint-incarnation": str(till.incarnation),
        "tillpoint-nonce": base64.b64encode(nonce).decode(),
        "tillpoint-signature": base64.b64encode(till.key.sign(message)).decode(),
    }


METHODS = ("POST",) * 15 + ("GET", "PUT", "HEAD", "FOO", "")


def attack_messages(target: Target, chance: Random) -> None:
    """One request to one endpoint, sent twice: the second changes nothing more."""
    path = chance.choice(paths(target))
    packing, body = bodies(chance, chance.choice((example(path), own(target, path))))
    sent = {**headers(chance, signed(target.till, path, target.till.nonce(), body)), **packing}
    method = chance.choice(METHODS)
    target.attack(lambda: target.api.handle(method, path, sent, body))
    between = target.state()
    target.attack(lambda: target.api.handle(method, path, sent, body))
    assert target.state() == between


def attack_chains(target: Target, chance: Random) -> None:
    """A batch whose facts are cut, mixed up, repeated, altered or signed anew: taken or refused as a whole."""
    if len(target.till.facts) > 30:
        target.till = target.fresh_till()
    till = target.till
    for _ in range(3):
        till.append(acts.sale(till, len(till.facts) + 1))
    facts = list(till.facts[-chance.randint(1, 6) :])
    for _ in range(chance.randint(0, 2)):
        place = chance.randrange(len(facts))
        one = facts[place]
        facts[place] = chance.choice((
            one, till.sealed_fact(replace(one, hlc=one.hlc + 1)), replace(one, signature=bytes(64)),
            replace(one, payload=one.payload + b" "), replace(one, previous=bytes(32)), chance.choice(till.facts),
            till.sealed_fact(replace(one, number=one.number + 1)), replace(one, number=chance.getrandbits(63)),
        ))  # fmt: skip
    if not chance.randint(0, 3):
        chance.shuffle(facts)
    target.attack(lambda: till.send("/v1/push", till.batch(facts, [])))
    held = target.attack(lambda: till.send("/v1/push", till.batch([], [])))
    assert messages.decode(held.body, messages.PushAnswer).acknowledged <= len(till.facts)
    target.attack(lambda: till.send("/v1/push", till.batch(sides=[])))
    if messages.decode(till.send("/v1/push", till.batch([], [])).body, messages.PushAnswer).hash != till.facts[-1].hash:
        target.till = target.fresh_till()  # a fork: this one is frozen


def attack_payloads(target: Target, chance: Random) -> None:
    """A till whose chain and signatures are right and whose payloads say anything: each is taken, none delays the
    next."""
    if len(target.till.facts) > 30:
        target.till = target.fresh_till()
    till = target.till
    for _ in range(chance.randint(1, 3)):
        kind, schema = chance.choice(sorted(goldens.payloads(messages.VERSION)))
        plain = json.loads(goldens.payloads(messages.VERSION)[kind, schema])
        if chance.randint(0, 3):
            plain = mutated(chance, plain, TEXT_OF_JSON)
        _, payload = garbled(chance, json.dumps(plain).encode("utf-8", "surrogatepass"))
        if len(payload) < 100_000:
            till.append_raw(chance.choice((kind,) * 9 + ("of.tomorrow", "é")), schema, payload)
    if not till.facts:
        return
    answer = target.attack(lambda: till.send("/v1/push", till.batch(sides=[])))
    assert answer.status == 200, answer.body
    taken = messages.decode(answer.body, messages.PushAnswer)
    assert (taken.acknowledged, taken.hash) == (till.facts[-1].number, till.facts[-1].hash)


Attack = Callable[[Target, Random], None]
ATTACKS: tuple[Attack, ...] = (attack_messages, attack_chains, attack_payloads)


def run(target: Target, attack: Attack, times: int, seed: int) -> None:
    """``times`` attacks of one sort; the first that breaks a rule is raised."""
    chance = Random(f"{attack.__name__} {seed}")
    for _ in range(times):
        attack(target, chance)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    until, start = time.monotonic() + asked.minutes * 60, asked.seed
    while time.monotonic() < until:
        with tempfile.TemporaryDirectory() as folder:
            target = open_target(Path(folder))
            for attack in ATTACKS:
                run(target, attack, 100, start)
            target.server.engine.dispose()
        sys.stdout.write(f"seed {start}: {dict(sorted(target.found.items()))}\n")
        sys.stdout.flush()
        start += 1


if __name__ == "__main__":
    main()
