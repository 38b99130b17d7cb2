"""Becoming a device, also when the answer is lost or the machine dies on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_client.bootstrap import NotEnrolled, Ports, assemble
from pos_client.settings import Settings
from pos_client.store.database import Files, WrongKey
from pos_client.store.keys import FileKeys, Keys
from pos_client.sync.client import Unreachable
from pos_client.sync.enrolment import AlreadyEnrolled, CodeInvalid, enrol_device
from pos_client.system import AtOnce, ClockIds
from sync_server import setup
from sync_server.enrolment import RECEIPT_ROOM, Z_ROOM
from tests.pos_client.world import MILK, Chance, Wire, World


def enrol(world: World, home: Path, code: str, wire: Wire) -> None:
    home.mkdir(exist_ok=True)
    enrol_device(home, code, FileKeys(home), wire, Files(), Chance(9), world.clock, "test")


def ports(world: World) -> Ports:
    chance = Chance(10)
    return Ports(world.clock, ClockIds(world.clock, chance), chance, Files(), AtOnce())


def test_a_lost_answer_costs_nothing(world: World) -> None:
    home, wire = world.folder / "new", Wire(world.api)
    code = setup.new_enrolment_code(world.server, "A", 1)
    wire.lose_answers = 1
    with pytest.raises(Unreachable):
        enrol(world, home, code, wire)
    with pytest.raises(NotEnrolled):
        assemble(home, FileKeys(home), Settings(), ports(world), wire)
    enrol(world, home, code, wire)
    parts = assemble(home, FileKeys(home), Settings(), ports(world), wire)
    assert (parts.journal.identity.store_id, parts.journal.identity.lane) == ("A", 1)
    parts.close()
    with pytest.raises(AlreadyEnrolled):
        enrol(world, home, code, wire)


def test_a_wrong_code_is_told_and_another_one_works(world: World) -> None:
    home, wire = world.folder / "new", Wire(world.api)
    with pytest.raises(CodeInvalid):
        enrol(world, home, "ABCD-1234", wire)
    enrol(world, home, setup.new_enrolment_code(world.server, "A", 1), wire)


def test_a_replaced_till_goes_on_with_the_lanes_numbers(world: World) -> None:
    first = world.open("one")
    first.sync()
    first.start_day()
    first.sell(MILK.codes[0])
    first.till.close_shift(200_00)
    first.sync()
    first.close()
    world.lanes = 0
    second = world.open("replacement")
    second.sync()
    assert second.start_day().sell(MILK.codes[0]).receipt_number == 1 + RECEIPT_ROOM + 1, (
        "nobody knows what the one before sold since it was heard"
    )
    assert second.till.close_shift(200_00).z_number == 1 + Z_ROOM + 1
    second.close()


def test_keys_of_another_till_open_nothing(world: World) -> None:
    till = world.open("one")
    till.close()
    keys = FileKeys(till.home)
    mine = keys.load()
    keys.save(Keys(mine.database, bytes(32), mine.pepper, mine.phone, mine.server))
    with pytest.raises(WrongKey):
        assemble(till.home, keys, Settings(), ports(world), till.wire)
    keys.save(Keys(bytes(32), mine.device, mine.pepper, mine.phone, mine.server))
    with pytest.raises(WrongKey):
        assemble(till.home, keys, Settings(), ports(world), till.wire)
