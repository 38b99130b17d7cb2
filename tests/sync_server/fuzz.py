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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

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
    return Target(server, api, *tills)


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


@st.composite
def bodies(draw: st.DrawFn, golden: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """A message of that form, changed in structure and bytes, or just bytes."""
    if draw(st.integers(0, 9)) == 0:
        return draw(garbled(draw(st.binary(max_size=200))))
    plain = draw(st.one_of(st.just(golden), mutated(golden), mutated(golden), mutated(golden)))
    return draw(garbled(msgspec.msgpack.encode(plain)))


SIGNED = ("tillpoint-incarnation", "tillpoint-nonce", "tillpoint-signature")
TEXTS = st.one_of(
    st.sampled_from(("", "x", "0" * 100_000, "====", "é", "\0", "null", "/" * 88)),
    st.binary(max_size=80).map(lambda raw: base64.b64encode(raw).decode()),
)


@st.composite
def headers(draw: st.DrawFn, good: dict[str, str]) -> dict[str, str]:
    """Mostly those that a till sends, else some missing, strange or too long."""
    if draw(st.integers(0, 3)):
        return good
    changed = {**good, draw(st.sampled_from(SIGNED)): draw(TEXTS)}
    if draw(st.booleans()):
        changed.pop(draw(st.sampled_from(sorted(changed))))
    changed["accept-encoding"] = draw(st.sampled_from(("zstd", "", "zstd;q=0", "é", "," * 1_000)))
    return changed


def signed(till: Till, path: str, nonce: bytes, body: bytes) -> dict[str, str]:
    message = messages.request_message("POST", path, nonce, hashlib.sha256(body).digest())
    return {
        "tillpoint-incarnation": str(till.incarnation),
        "tillpoint-nonce": base64.b64encode(nonce).decode(),
        "tillpoint-signature": base64.b64encode(till.key.sign(message)).decode(),
    }


def attack_messages(target: Target, draw: Callable[[Any], Any]) -> None:
    """One request to one endpoint, sent twice: the second changes nothing more."""
    path = draw(st.sampled_from(paths(target)))
    packing, body = draw(bodies(draw(st.sampled_from((example(path), own(target, path))))))
    sent = {**draw(headers(signed(target.till, path, target.till.nonce(), body))), **packing}
    method = draw(st.sampled_from(("POST",) * 9 + ("GET", "PUT", "HEAD", "FOO", "")))
    target.attack(lambda: target.api.handle(method, path, sent, body))
    between = target.state()
    target.attack(lambda: target.api.handle(method, path, sent, body))
    assert target.state() == between


def attack_payloads(target: Target, draw: Callable[[Any], Any]) -> None:
    """A till whose chain and signatures are right and whose payloads say anything: each is taken, none delays the
    next."""
    if len(target.till.facts) > 60:
        target.till = target.fresh_till()
    till = target.till
    for _ in range(draw(st.integers(1, 3))):
        kind, schema = draw(st.sampled_from(sorted(goldens.payloads(messages.VERSION))))
        plain = json.loads(goldens.payloads(messages.VERSION)[kind, schema])
        if draw(st.integers(0, 3)):
            plain = draw(mutated(plain, TEXT_OF_JSON))
        _, payload = draw(garbled(json.dumps(plain).encode("utf-8", "surrogatepass")))
        if len(payload) < 100_000:
            till.append_raw(draw(st.sampled_from((kind, kind, kind, "of.tomorrow", "é"))), schema, payload)
    answer = target.attack(lambda: till.send("/v1/push", till.batch(till.facts[-3:], [])))
    assert answer.status == 200
    taken = messages.decode(answer.body, messages.PushAnswer)
    assert (taken.acknowledged, taken.hash) == (till.facts[-1].number, till.facts[-1].hash)


ATTACKS = (attack_messages, attack_payloads)


def run(target: Target, attack: Callable[[Target, Callable[[Any], Any]], None], examples: int, start: int) -> None:
    """``examples`` attacks of one sort; the first that breaks a rule is raised, made as small as possible."""

    @seed(start)
    @settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,), print_blob=False,
    )  # fmt: skip
    @given(st.data())
    def once(data: st.DataObject) -> None:
        attack(target, data.draw)

    once()


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
                run(target, attack, 200, start)
            target.server.engine.dispose()
        sys.stdout.write(f"seed {start}: {dict(sorted(target.found.items()))}\n")
        sys.stdout.flush()
        start += 1


if __name__ == "__main__":
    main()
