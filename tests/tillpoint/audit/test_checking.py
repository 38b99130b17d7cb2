"""An auditor's checks over journals, mirrors and exports, and what they show."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared_models.domain.facts import Fact, chain_start, fact_hash, head_message
from shared_models.wire import fact_file
from shared_models.wire.fact_file import DeviceRecord, Record
from tests.pos_client.world import COLA, MILK, TillAtWork, World, import_member
from tests.tillpoint.audit.conftest import Run, mirror_to
from tillpoint.audit.checking import _first_missing

RunJson = Callable[..., tuple[int, Any]]


@pytest.fixture
def export_file(world: World, counter: TillAtWork, server_home: Path, run: Run) -> Path:
    """Of a server with two tills and an imported member."""
    lei = import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    counter.till.register_member("王芳", "13800138043", made_up=True)
    counter.sell(MILK.codes[0], member=lei)
    counter.sync()
    other = world.open("two")
    other.sync()
    other.start_day().sell(COLA.codes[0])
    other.sync()
    other.close()
    out = world.folder / "facts.tpf"
    status, said = run("journal", "export", out, "--home", server_home)
    assert (status, f"--public-key {world.server.identity.public_key.hex()}" in said) == (0, True)
    return out


def server_key(world: World) -> str:
    return world.server.identity.public_key.hex()


def test_an_export_is_checked_without_the_server(world: World, export_file: Path, run: Run, run_json: RunJson) -> None:
    status, told = run_json("journal", "verify", export_file, "--public-key", server_key(world))
    assert (status, told["ok"], told["files"], told["lanes"], told["torn"]) == (0, True, [], [], [])
    assert [(one["lane"], one["sales"], one["vouched"]) for one in told["devices"]] == [
        (0, 0, True),
        (1, 1, True),
        (2, 1, True),
    ]
    assert "王芳".encode() not in export_file.read_bytes()
    status, said = run("journal", "verify", export_file)
    assert (status, said.splitlines()[-1]) == (0, "3 devices: whole.")
    assert run("journal", "verify", export_file, "--public-key", bytes(32).hex())[0] == 1


def test_an_export_with_people_is_checked_against_what_facts_commit_to(
    world: World, export_file: Path, server_home: Path, run: Run, run_json: RunJson
) -> None:
    out = world.folder / "personal.tpf"
    assert run("journal", "export", out, "--home", server_home, "--personal")[0] == 0
    assert "王芳".encode() in out.read_bytes()
    status, told = run_json("journal", "verify", out, "--public-key", server_key(world))
    assert (status, [one["erased_sides"] for one in told["devices"]]) == (0, [0, 0, 0])
    assert run("journal", "export", out, "--home", server_home)[0] == 1  # it is there already
    assert run("journal", "export", world.folder / "new", "--home", world.folder / "nowhere")[0] == 1


def rewritten(path: Path, change: Callable[[DeviceRecord | Fact], DeviceRecord | Fact | None]) -> Path:
    """A copy of a plain file of facts in which each record was changed or, with ``None``, left out."""
    parts = [fact_file.MAGIC]
    device = None
    with path.open("rb") as file:
        for one in fact_file.records(file):
            assert isinstance(one, Record)
            if one.kind == fact_file.DEVICE:
                device = fact_file.read_device(one.body)
                changed: DeviceRecord | Fact | None = change(device)
                parts += [fact_file.device_record(changed)] if isinstance(changed, DeviceRecord) else []
            else:
                assert device is not None
                fact, sides, record = fact_file.read_fact(one.body, device.incarnation)
                changed = change(fact)
                if isinstance(changed, Fact):
                    parts.append(fact_file.fact_record(changed, sides, record.received_ms, record.state))
    altered = path.with_name("altered.tpf")
    altered.write_bytes(b"".join(parts))
    return altered


def test_a_chain_of_somebody_elses_making_is_a_forgery(world: World, export_file: Path, run_json: RunJson) -> None:
    """In itself it is whole: its record names the key that signed it. The server's chain names another."""
    forger = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public_key = forger.public_key().public_bytes_raw()
    victim: list[UUID] = []
    previous = [b""]

    def forge(one: DeviceRecord | Fact) -> DeviceRecord | Fact:
        if isinstance(one, DeviceRecord):
            if one.lane != 1:
                return one
            victim.append(one.incarnation)
            previous[0] = chain_start(one.incarnation, public_key)
            return msgspec.structs.replace(one, public_key=public_key)
        if one.incarnation not in victim:
            return one
        payload = one.payload.replace(b'"cashier_id":"c1"', b'"cashier_id":"c2"')
        hash_ = fact_hash(
            id=one.id, incarnation=one.incarnation, number=one.number, hlc=one.hlc, kind=one.kind, schema=one.schema,
            payload=payload, previous=previous[0],
        )  # fmt: skip
        signature = forger.sign(head_message(one.incarnation, one.number, hash_))
        forged = replace(one, payload=payload, previous=previous[0], hash=hash_, signature=signature)
        previous[0] = hash_
        return forged

    for options in (("--public-key", server_key(world)), ()):
        status, told = run_json("journal", "verify", rewritten(export_file, forge), *options)
        assert (status, [one["ok"] for one in told["devices"]]) == (1, [True, False, True])
        assert {problem["why"] for problem in told["devices"][1]["problems"]} == {
            "it doesn't follow the fact before it",
            "it isn't signed by the device",
        }


def test_a_fact_left_out_or_altered_is_found(world: World, export_file: Path, run_json: RunJson) -> None:
    def drop(one: DeviceRecord | Fact) -> DeviceRecord | Fact | None:
        return None if isinstance(one, Fact) and one.kind == "member.registered" else one

    status, told = run_json("journal", "verify", rewritten(export_file, drop), "--public-key", server_key(world))
    whys = {problem["why"] for one in told["devices"] for problem in one["problems"]}
    assert status == 1
    assert {"facts 2 to 2 are missing", "it doesn't follow the fact before it"} <= whys
    data = bytearray(export_file.read_bytes())
    at = data.index(b'"receipt_number":1')
    data[at + 17] ^= 3
    altered = world.folder / "bit.tpf"
    altered.write_bytes(data)
    status, told = run_json("journal", "verify", altered, "--public-key", server_key(world))
    assert (status, len(told["files"])) == (1, 1)


def test_mirrors_and_journals_of_one_lane_are_checked_together(
    world: World, counter: TillAtWork, run: Run, run_json: RunJson, server_home: Path, tmp_path: Path
) -> None:
    counter.sell(MILK.codes[0])
    counter.sync()
    old = tmp_path / "stick"
    mirror_to(counter, world, old)
    world.copy_of(counter, "copy")
    new, _ = world.renew(counter)
    new.till.sign_in("c1", "2468")
    new.sell(COLA.codes[0])
    new.sync()
    status, told = run_json("journal", "verify", old, new.home, "--server", server_home)
    assert (status, told["lanes"], [one["vouched"] for one in told["devices"]]) == (0, [], [True, True])
    clone = world.open("copy", wire=counter.wire)
    clone.till.sign_in("c1", "2468")
    clone.sell(MILK.codes[0])  # its next receipt has the new one's number
    shutil.rmtree(old)
    mirror_to(clone, world, old)
    status, told = run_json("journal", "verify", old, new.home, "--server", server_home)
    assert status == 1
    assert ["receipt 2 was used twice" in line for line in told["lanes"]] == [True]
    clone.close()
    new.close()


def test_a_cut_end_of_a_mirror_is_no_fault(world: World, counter: TillAtWork, run: Run, tmp_path: Path) -> None:
    counter.sell(MILK.codes[0])
    mirror_to(counter, world, tmp_path / "stick")
    (segment,) = (tmp_path / "stick").glob("*/*.facts")
    segment.write_bytes(segment.read_bytes()[:-5])
    status, said = run("journal", "verify", tmp_path / "stick", "--keys", counter.home)
    assert (status, "1 facts, 0 sales, whole" in said, "a write that was cut" in said) == (0, True, True)


def test_facts_are_shown_in_a_table_and_in_full(counter: TillAtWork, run: Run, run_json: RunJson) -> None:
    member = counter.till.register_member("王芳", "13800138042", made_up=True)
    counter.sell(MILK.codes[0], member=member.id)
    counter.sell(COLA.codes[0])
    status, said = run("journal", "show", counter.home)
    lines = said.splitlines()
    assert (status, len(lines)) == (0, 6)
    assert lines[0] == f"Device {counter.parts.journal.identity.incarnation}"
    assert lines[1].split() == ["number", "time", "(UTC)", "kind", "what"]
    assert lines[4].split()[:6] == ["3", "2026-11-24", "00:00:00", "sale.confirmed", "receipt", "1,"]
    for options, numbers in (
        (("--kind", "sale.confirmed"), [3, 4]),
        (("--kind", "sale.confirmed", "--kind", "shift.opened"), [1, 3, 4]),
        (("--from", 2, "--to", 3), [2, 3]),
        (("--receipt", 2), [4]),
        (("--member", member.id), [2, 3]),
        (("--kind", "nothing"), []),
    ):
        status, told = run_json("journal", "show", counter.home, *options)
        assert (status, [one["number"] for one in told]) == (0, numbers)
    status, said = run("journal", "show", counter.home, "--fact", 2)
    whole = json.loads(said)
    assert (status, whole["kind"], whole["payload"]["member_id"]) == (0, "member.registered", str(member.id))
    assert json.loads(whole["sides"]["profile"])["name"] == "王芳"
    assert run("journal", "show", counter.home, "--fact", 99) == (1, "No fact fits.\n")
    assert run("journal", "show", counter.home / "keys.json")[0] == 1


def test_a_place_is_marked_and_set(world: World, counter: TillAtWork, run: Run, tmp_path: Path) -> None:
    from pos_client import settings

    status, _ = run("journal", "mirror", tmp_path / "stick", "--till", counter.home)
    assert (status, settings.load(counter.home).mirror) == (0, str(tmp_path / "stick"))
    assert (tmp_path / "stick" / "tillpoint-mirror.txt").is_file()
    assert run("journal", "mirror", tmp_path / "stick", "--till", tmp_path / "no till")[0] == 1
    (tmp_path / "file").write_text("")
    assert run("journal", "mirror", tmp_path / "file", "--till", counter.home)[0] == 1


@pytest.mark.parametrize(
    ("begins", "retold", "missing"),
    [(5, set(), None), (7, {5, 6}, None), (7, {5}, 6), (7, set(), 5), (4, set(), None), (10**15, {5}, 6)],
)
def test_numbers_told_again_by_the_next_device_are_not_missing(
    begins: int, retold: set[int], missing: int | None
) -> None:
    assert _first_missing(5, begins, retold) == missing
