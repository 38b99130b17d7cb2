"""Rules for a segment apply at the till, to exactly those who are in it."""

from __future__ import annotations

from uuid import UUID

import msgspec

from shared_models.domain.programme import default_programme, to_plain
from sync_server import segments, setup
from tests.pos_client.world import BREAD, TillAtWork, World, import_member

OFFER = {
    "id": "back", "names": {"en": "Welcome back"}, "benefit": {"kind": "percent_off", "percent": "50"},
    "goods": {"products": ["P2"]}, "valid_from": "2026-01-01", "segments": ["sleepers"],
}  # fmt: skip


def publish(world: World) -> None:
    plain = msgspec.to_builtins(to_plain(default_programme()))
    plain |= {"version": default_programme().version + 1, "offers": [OFFER], "format": 3}
    setup.publish_programme(world.server, plain)


def due(counter: TillAtWork, member: UUID | None) -> int:
    counter.till.enter(BREAD.codes[0])
    if member is not None:
        counter.till.attach_member(member)
    total = counter.till.start_payment().due_minor
    counter.till.back_to_sale()
    counter.till.void_sale()
    return total


def test_an_offer_for_a_segment(world: World, counter: TillAtWork) -> None:
    publish(world)
    lei, fang = (import_member(world, 40 + n, name, f"1380013804{n}") for n, name in enumerate(("李雷", "王芳")))
    counter.sync()
    without = due(counter, lei)
    assert due(counter, fang) == without
    segments.set_segment(world.server, "sleepers", ["00000041"])
    counter.sync()
    assert due(counter, lei) == without
    assert due(counter, fang) == 3_80
    assert due(counter, None) == 8_00
    counter.sell(BREAD.codes[0], member=fang)
    row = counter.parts.journal.database.one("SELECT payload FROM fact ORDER BY number DESC LIMIT 1")
    assert row is not None
    assert msgspec.json.decode(row[0])["inputs"]["segments"] == ["sleepers"]
    segments.remove_segment(world.server, "sleepers")
    counter.sync()
    assert due(counter, fang) == without


def test_who_just_registered_is_in_no_segment(world: World, counter: TillAtWork) -> None:
    publish(world)
    member = import_member(world, 40, "李雷", "13800138040")
    segments.set_segment(world.server, "sleepers", ["00000040"])
    counter.sync()
    assert due(counter, member) == 3_80
    new = counter.till.register_member("新人", "13700137000", "", ())
    assert due(counter, new.id) > 3_80
