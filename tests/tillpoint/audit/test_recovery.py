"""A till's disk is gone or damaged: its unsent sales reach the server, each exactly once."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from pos_client.store.database import Durability, Files
from pos_client.store.keys import FileKeys
from pos_client.store.salvage import Wreck
from pos_client.sync.enrolment import JOURNAL_FILE, enrol_device, public_key_of
from pos_client.sync.renewal import _read_old
from shared_models.orm.server import alert, device, fact, member_profile, sale
from sync_server import setup
from sync_server.enrolment import RECEIPT_ROOM
from tests.pos_client.world import BREAD, COLA, MILK, Chance, TillAtWork, World, import_member
from tests.tillpoint.audit.conftest import Run, mirror_to
from tillpoint.audit.keys import KeyRing
from tillpoint.audit.recovery import gather

RunJson = Callable[..., tuple[int, Any]]


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    return tmp_path / "stick"


def sales(world: World) -> list[int]:
    with world.server.reading() as connection:
        return list(connection.scalars(select(sale.c.receipt_number).order_by(sale.c.receipt_number)))


def facts(world: World, incarnation: object) -> int:
    with world.server.reading() as connection:
        chosen = select(func.count()).select_from(fact).where(fact.c.incarnation == incarnation)
        return connection.scalar(chosen) or 0


def sell_some(world: World, counter: TillAtWork) -> None:
    """Two sales that the server has, and five facts that it lacks, one of them a new member."""
    counter.sell(MILK.codes[0])
    counter.sell(BREAD.codes[0])
    counter.sync()
    member = counter.till.register_member("王芳", "13800138042", made_up=True)
    for _ in range(4):
        counter.sell(COLA.codes[0], member=member.id)


def test_a_lost_disk_loses_no_sale(
    world: World, counter: TillAtWork, stick: Path, server_home: Path, run_json: RunJson, run: Run, tmp_path: Path
) -> None:
    sell_some(world, counter)
    mirror_to(counter, world, stick)
    incarnation = counter.parts.journal.identity.incarnation
    shutil.move(counter.home, tmp_path / "on the scrap heap")
    status, told = run_json("journal", "recover", stick, "--server", server_home, "--send")
    assert status == 0
    (only,) = told["devices"]
    assert (only["ok"], only["facts"], only["runs"]) == (True, 8, [[1, 8]])
    assert only["sent"] == {"head": 8, "new": 5, "quarantined": [], "stopped": ""}
    assert sales(world) == [1, 2, 3, 4, 5, 6]
    with world.server.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(member_profile)) == 1
        assert connection.scalars(select(alert.c.kind).where(alert.c.incarnation == incarnation)).all() == ["recovered"]
    status, told = run_json("journal", "recover", stick, "--server", server_home, "--send")
    assert (status, told["devices"][0]["sent"]["new"]) == (0, 0)
    assert (sales(world), facts(world, incarnation)) == ([1, 2, 3, 4, 5, 6], 8)

    home = world.folder / "new"
    home.mkdir()
    code = setup.new_enrolment_code(world.server, "A", 1)
    enrol_device(home, code, FileKeys(home), counter.wire, Files(), Chance(77), world.clock, "test")
    new = world.open("new", wire=counter.wire)
    new.sync()
    new.till.sign_in("c1", "2468")
    new.till.open_shift(0)
    assert new.sell(MILK.codes[0]).receipt_number == 6 + RECEIPT_ROOM + 1
    new.sync()
    new.close()
    out = tmp_path / "facts.tpf"
    assert run("journal", "export", out, "--home", server_home)[0] == 0
    status, told = run_json("journal", "verify", out, "--public-key", world.server.identity.public_key.hex())
    assert [one["facts"] for one in told["devices"]][1:] == [8, 2]
    assert (status, ["receipt 7 is missing" in line for line in told["lanes"]]) == (1, [True]), "the room is shown"


@pytest.mark.parametrize("state", ["active", "frozen", "revoked"])
def test_what_became_of_the_device_does_not_matter(
    world: World, counter: TillAtWork, stick: Path, server_home: Path, run_json: RunJson, state: str
) -> None:
    sell_some(world, counter)
    mirror_to(counter, world, stick)
    with world.server.acting() as act:
        act.connection.execute(device.update().where(device.c.lane == 1).values(state=state))
    status, _ = run_json("journal", "recover", stick, "--server", server_home, "--send")
    assert (status, sales(world)) == (0, [1, 2, 3, 4, 5, 6])


def test_recovered_facts_can_be_carried_in_a_file(
    world: World, counter: TillAtWork, stick: Path, server_home: Path, run: Run, tmp_path: Path
) -> None:
    sell_some(world, counter)
    mirror_to(counter, world, stick)
    out = tmp_path / "till.facts"
    status, told = run("journal", "recover", stick, counter.home, "--keys", counter.home, "--out", out)
    assert (status, "8 whole facts: 1 to 8" in told) == (0, True)
    assert "王芳".encode() not in out.read_bytes()
    assert out.stat().st_mode & 0o077 == 0
    assert run("journal", "recover", stick, "--keys", counter.home, "--out", out)[0] == 1  # it exists
    assert run("journal", "verify", out, "--server", server_home)[0] == 0
    assert run("journal", "recover", out, "--server", server_home, "--send")[0] == 0
    assert sales(world) == [1, 2, 3, 4, 5, 6]


def test_a_damaged_journal_is_sent_with_the_tills_own_keys(
    world: World, counter: TillAtWork, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell_some(world, counter)
    counter.parts.journal.database.one("PRAGMA main.wal_checkpoint(TRUNCATE)")
    monkeypatch.setattr("pos_client.sync.network.HttpNetwork.post", lambda _, *request: counter.wire.post(*request))
    status, told = run("journal", "recover", counter.home, "--keys", counter.home, "--send", "--url", "http://shop")
    assert (status, "The server lacked 5 of them and now has all up to 8" in told) == (0, True), told
    assert sales(world) == [1, 2, 3, 4, 5, 6]


def test_missing_facts_are_named_and_the_rest_is_kept(
    world: World, counter: TillAtWork, stick: Path, server_home: Path, run: Run, run_json: RunJson
) -> None:
    sell_some(world, counter)
    mirror_to(counter, world, stick)
    (segment,) = stick.glob("*/*.facts")
    data = bytearray(segment.read_bytes())
    at = int(len(data) * 0.7)
    data[at : at + 8] = bytes(8)
    segment.write_bytes(data)
    status, told = run_json("journal", "recover", stick, "--server", server_home, "--send")
    (only,) = told["devices"]
    ((missing, last),) = only["missing"]
    assert (status, only["ok"], only["facts"], missing, only["sent"]["head"]) == (1, False, 7, last, missing - 1)
    assert len(told["damage"]) == 1
    _, said = run("journal", "recover", stick, "--server", server_home, "--send")
    assert f"MISSING: facts {missing} to {missing}." in said
    assert "the server can't take them" in said


def test_strangers_files_are_told_so(
    world: World, counter: TillAtWork, stick: Path, server_home: Path, run: Run, tmp_path: Path
) -> None:
    sell_some(world, counter)
    mirror_to(counter, world, stick)
    other = world.open("two")
    assert "aren't signed" not in run("journal", "recover", stick, "--keys", other.home)[1]
    status, said = run("journal", "recover", stick, "--keys", other.home)
    assert (status, "doesn't open with this key" in said, "No whole fact" in said) == (1, True, True)
    other.close()
    status, said = run("journal", "recover", stick)
    assert (status, "A mirror is encrypted" in said) == (1, True)
    with world.server.acting() as act:
        act.connection.execute(device.delete().where(device.c.lane == 1))
    status, said = run("journal", "recover", stick, "--server", server_home)
    assert (status, "doesn't know device" in said) == (1, True)
    for name in ("nothing", "."):
        status, said = run("journal", "recover", tmp_path / name)
        assert (status, "holds no journal, no mirror" in said) == (1, True)


def test_a_copied_till_is_told(
    world: World, counter: TillAtWork, stick: Path, server_home: Path, run_json: RunJson, tmp_path: Path
) -> None:
    world.copy_of(counter, "clone")
    clone = world.open("clone", seed=8)
    clone.start_day()
    clone.sell(COLA.codes[0])
    mirror_to(clone, world, tmp_path / "other")
    clone.close()
    counter.sell(MILK.codes[0])
    mirror_to(counter, world, stick)
    status, told = run_json("journal", "recover", stick, tmp_path / "other", "--server", server_home)
    assert (status, told["devices"][0]["forked"]) == (1, [2])
    assert run_json("journal", "recover", stick, "--server", server_home, "--send")[0] == 0
    status, told = run_json("journal", "recover", tmp_path / "other", "--server", server_home, "--send")
    assert status == 1
    assert "another fact 2 is known" in told["devices"][0]["sent"]["stopped"]
    assert sales(world) == [1]


def test_a_journal_gives_up_what_its_damaged_pages_do_not_hold(
    world: World, counter: TillAtWork, server_home: Path
) -> None:
    """Whatever page is destroyed, all facts are found but the one or two in it."""
    lei = import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    for round_ in range(25):
        counter.sell(*[MILK.codes[0]] * (1 + round_ % 4), *[BREAD.codes[0]] * (round_ % 3), member=lei)
    counter.till.register_member("王芳", "13800138043", made_up=True)
    counter.parts.journal.database.one("PRAGMA main.wal_checkpoint(TRUNCATE)")
    home = world.folder / "damaged"
    home.mkdir()
    shutil.copy(counter.home / "keys.json", home)
    whole = (counter.home / JOURNAL_FILE).read_bytes()
    ring = KeyRing(server=world.server)
    chance = random.Random(3)
    pages = len(whole) // 4096
    touched = without_profile = 0
    for page in range(pages):
        data = bytearray(whole)
        data[page * 4096 : (page + 1) * 4096] = chance.randbytes(4096)
        (home / JOURNAL_FILE).write_bytes(data)
        found = gather([home], ring).devices[counter.parts.journal.identity.incarnation]
        assert found.facts.keys() <= set(range(1, 28))
        lost = 27 - len(found.facts)
        touched += lost > 0
        assert lost <= 2, page
        registered = [told for told in found.facts.values() if told.fact.kind == "member.registered"]
        without_profile += sum(not told.sides for told in registered)
    assert 0 < touched < pages
    assert without_profile == 1  # where the profile's own page is gone


def test_facts_still_in_the_write_ahead_log_are_found(world: World, counter: TillAtWork, tmp_path: Path) -> None:
    for _ in range(5):
        counter.sell(MILK.codes[0])
    home = tmp_path / "copy"
    shutil.copytree(counter.home, home)
    assert (home / (JOURNAL_FILE + "-wal")).stat().st_size > 4096
    data = bytearray((home / JOURNAL_FILE).read_bytes())
    data[:4096] = bytes(4096)
    (home / JOURNAL_FILE).write_bytes(data)
    found = gather([home], KeyRing()).devices[counter.parts.journal.identity.incarnation]
    assert found.runs() == [(1, 6)]


def test_a_journal_that_forgot_whose_it_is_is_known_by_its_signatures(
    world: World, counter: TillAtWork, tmp_path: Path
) -> None:
    counter.sell(MILK.codes[0])
    database = counter.parts.journal.database
    incarnation = counter.parts.journal.identity.incarnation
    database.run("DELETE FROM meta")
    database.one("PRAGMA main.wal_checkpoint(TRUNCATE)")
    database.run("VACUUM")
    database.one("PRAGMA main.wal_checkpoint(TRUNCATE)")
    home = tmp_path / "copy"
    shutil.copytree(counter.home, home)
    found = gather([home], KeyRing(server=world.server))
    assert list(found.devices) == [incarnation]
    assert found.devices[incarnation].runs() == [(1, 2)]


def alert_kinds(world: World) -> list[str]:
    with world.server.reading() as connection:
        return sorted(connection.scalars(select(alert.c.kind)))


@pytest.mark.parametrize("copy_first", [True, False])
def test_what_is_told_again_and_brought_from_a_copy_is_booked_once(
    world: World, counter: TillAtWork, stick: Path, server_home: Path, run_json: RunJson, copy_first: bool
) -> None:
    lei = import_member(world, 42, "李雷", "13900139000")
    sell_some(world, counter)
    earned = counter.sell(MILK.codes[0], member=lei).points_earned
    mirror_to(counter, world, stick)
    world.copy_of(counter, "copy")
    counter.close()
    old = counter.home / JOURNAL_FILE
    with old.open("r+b") as file:
        file.seek(4096 * 2)
        file.write(bytes(4096))

    def bring() -> None:
        status, told = run_json("journal", "recover", stick, "--server", server_home, "--send")
        assert (status, told["devices"][0]["sent"]["new"]) == (0, 6)

    if copy_first:
        bring()
    again, renewed = world.renew_home(counter.home, counter.wire)
    assert (renewed.retold, renewed.missing) == (6, 0)
    again.sync()
    if not copy_first:
        bring()
        again.sync()
    assert (sales(world), again.balance(lei)) == ([1, 2, 3, 4, 5, 6, 7], earned)
    with world.server.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(member_profile)) == 2, "one of them registered here"
    assert alert_kinds(world) == ["numbers-unknown", "recovered", "retold"]
    again.close()


def test_a_till_set_up_anew_tells_all_that_can_be_recovered(world: World, counter: TillAtWork, tmp_path: Path) -> None:
    """Any page of its journal may be gone, also the first: without that SQLite reads nothing at all."""
    for _ in range(6):
        counter.sell(MILK.codes[0])
    counter.till.register_member("王芳", "13800138042", made_up=True)
    incarnation = counter.parts.journal.identity.incarnation
    counter.close()
    whole = (counter.home / JOURNAL_FILE).read_bytes()
    ring = KeyRing(server=world.server)
    keys = FileKeys(counter.home).load()
    nothing_from_sqlite = 0
    for page in range(len(whole) // 4096):
        data = bytearray(whole)
        data[page * 4096 : (page + 1) * 4096] = bytes(4096)
        path = tmp_path / f"{page}.db"
        path.write_bytes(data)
        shutil.copy(counter.home / "keys.json", tmp_path)
        opened = partial(Files().open, path, keys.database, Durability.FULL)
        wreck = Wreck(opened, path, keys.database, damaged=True)
        old = _read_old(wreck, public_key_of(keys))
        nothing_from_sqlite += not wreck.rows("meta", "key")
        wreck.close()
        path.write_bytes(data)
        path.rename(tmp_path / JOURNAL_FILE)
        found = gather([tmp_path], ring).devices[incarnation].facts
        if old.identity is None:  # the page with the journal's own name
            continue
        assert [one.number for one in old.salvaged.facts] == sorted(found), page
        assert not old.whole
        sides = [side for one in found.values() for side in one.sides]
        assert old.salvaged.sides == sides, page
    assert nothing_from_sqlite > 0
