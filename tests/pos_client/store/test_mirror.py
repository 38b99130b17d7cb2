"""The journal's second copy: complete, unreadable to strangers, and never in anybody's way."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pos_client.store.database import Files
from pos_client.store.keys import FileKeys
from pos_client.store.mirror import (
    MARKER,
    Mirror,
    MirrorAhead,
    MirrorAway,
    MirrorFull,
    NoMirrorPlace,
    prepare,
    segments,
)
from pos_client.sync.enrolment import JOURNAL_FILE
from pos_client.sync.mirroring import AWAY, BEHIND, GOOD, Mirroring, MirrorThread
from shared_models.domain.facts import Fact, Side
from shared_models.wire import fact_file
from shared_models.wire.fact_file import Record, Seal
from tests.pos_client.world import COLA, MILK, Chance, TillAtWork, World

KEEP_DAYS = 60
DAY_MS = 86_400_000


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    place = tmp_path / "stick"
    prepare(place)
    return place


def mirror_of(till: TillAtWork, world: World, place: Path) -> Mirror:
    keys = FileKeys(till.home).load()
    return Mirror(
        place, till.home / JOURNAL_FILE, keys.database, keys.pepper, Files(), world.clock, Chance(9), KEEP_DAYS
    )


@pytest.fixture
def mirror(counter: TillAtWork, world: World, stick: Path) -> Iterator[Mirror]:
    made = mirror_of(counter, world, stick)
    yield made
    made.close()


def fill(mirror: Mirror) -> None:
    while mirror.step():
        pass


def mirrored(till: TillAtWork, stick: Path) -> list[tuple[Fact, list[Side]]]:
    """What can be read from the stick with the till's key."""
    incarnation = till.parts.journal.identity.incarnation
    seal = Seal(fact_file.mirror_key(FileKeys(till.home).load().pepper, incarnation), incarnation)
    found = []
    for segment in segments(stick / str(incarnation)):
        with segment.open("rb") as file:
            for one in fact_file.records(file):
                if isinstance(one, Record) and one.kind == fact_file.SEALED:
                    fact, sides, _ = fact_file.read_fact(seal.open(one.body), incarnation)
                    found.append((fact, sides))
    return found


def numbers(till: TillAtWork, stick: Path) -> list[int]:
    return [fact.number for fact, _ in mirrored(till, stick)]


def test_every_fact_is_there_with_its_side_records(counter: TillAtWork, mirror: Mirror, stick: Path) -> None:
    counter.till.register_member("王芳", "13800138042", made_up=True)
    counter.sell(MILK.codes[0])
    fill(mirror)
    counter.sell(COLA.codes[0])
    fill(mirror)
    batch = counter.parts.outbox.batch(0, 100, 10**9)
    found = mirrored(counter, stick)
    assert [fact for fact, _ in found] == batch.facts
    assert [side for _, sides in found for side in sides] == batch.sides
    assert len(batch.sides) == 1
    assert mirror.behind() == 0


def test_a_lost_stick_gives_nothing_away(counter: TillAtWork, mirror: Mirror, stick: Path) -> None:
    member = counter.till.register_member("王芳", "13800138042", made_up=True)
    fill(mirror)
    keys = FileKeys(counter.home).load()
    whole = b"".join(file.read_bytes() for file in stick.rglob("*") if file.is_file())
    secrets = (
        "王芳".encode(), b"13800138042", str(member.id).encode(), b"member.registered", keys.pepper, keys.database,
        keys.device,
    )  # fmt: skip
    for secret in secrets:
        assert secret not in whole


def test_a_write_that_was_cut_is_made_good(counter: TillAtWork, world: World, stick: Path) -> None:
    """Cut around each record's ends and at many bytes between; ``test_fact_file`` reads what is left at every byte."""
    first = mirror_of(counter, world, stick)
    fill(first)
    counter.sell(MILK.codes[0])
    fill(first)
    first.close()
    segment = segments(stick / str(counter.parts.journal.identity.incarnation))[0]
    whole = segment.read_bytes()
    with segment.open("rb") as file:
        ends = [one.end for one in fact_file.records(file) if isinstance(one, Record)]
    cuts = {end + offset for end in (0, *ends) for offset in range(-3, 12)} | set(range(0, len(whole), 97))
    for cut in sorted(cuts & set(range(len(whole)))):
        segment.write_bytes(whole[:cut])
        again = mirror_of(counter, world, stick)
        fill(again)
        again.close()
        assert numbers(counter, stick) == [1, 2], cut
        with segment.open("rb") as file:
            assert all(isinstance(one, Record) for one in fact_file.records(file)), cut


def test_a_stick_that_is_pulled_and_put_back_catches_up(counter: TillAtWork, mirror: Mirror, stick: Path) -> None:
    fill(mirror)
    away = stick.with_name("pocket")
    stick.rename(away)
    counter.sell(MILK.codes[0])
    with pytest.raises(MirrorAway):
        mirror.step()
    stick.mkdir()
    with pytest.raises(MirrorAway):  # an empty mount point is no stick
        mirror.step()
    assert list(stick.iterdir()) == []
    stick.rmdir()
    counter.sell(MILK.codes[0])
    away.rename(stick)
    fill(mirror)
    assert numbers(counter, stick) == [1, 2, 3]


def test_sticks_may_be_swapped(counter: TillAtWork, mirror: Mirror, stick: Path, tmp_path: Path) -> None:
    """Each goes on from where it stood."""
    other, pocket = tmp_path / "other", tmp_path / "pocket"
    prepare(other)
    fill(mirror)
    stick.rename(pocket)
    other.rename(stick)
    counter.sell(MILK.codes[0])
    with pytest.raises(MirrorAway):  # the file that was written to is gone
        mirror.step()
    fill(mirror)
    assert numbers(counter, stick) == [1, 2]
    stick.rename(other)
    pocket.rename(stick)
    counter.sell(MILK.codes[0])
    with pytest.raises(MirrorAway):
        mirror.step()
    fill(mirror)
    assert numbers(counter, stick) == [1, 2, 3]


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """The system lets no file grow further: what a full disk does, by other means."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_stick_is_told_and_goes_on_when_there_is_room(counter: TillAtWork, mirror: Mirror, stick: Path) -> None:
    fill(mirror)
    for _ in range(60):
        counter.sell(*[MILK.codes[0]] * 3)
    size = segments(stick / str(counter.parts.journal.identity.incarnation))[0].stat().st_size
    with no_file_above(size + 20_001), pytest.raises(MirrorFull):
        fill(mirror)
    part = numbers(counter, stick)
    assert part == list(range(1, len(part) + 1))
    assert 1 < len(part) < 61
    fill(mirror)
    assert numbers(counter, stick) == list(range(1, 62))


def test_another_tills_mirror_is_left_alone(counter: TillAtWork, world: World, mirror: Mirror, stick: Path) -> None:
    fill(mirror)
    other = world.open("two")
    other.sync()
    other.start_day()
    beside = mirror_of(other, world, stick)
    fill(beside)
    beside.close()
    other.close()
    assert (numbers(counter, stick), numbers(other, stick)) == ([1], [1])
    own = stick / str(counter.parts.journal.identity.incarnation)
    shutil.rmtree(own)
    shutil.copytree(stick / str(other.parts.journal.identity.incarnation), own)
    before = [file.read_bytes() for file in segments(own)]
    counter.sell(MILK.codes[0])
    stale = mirror_of(counter, world, stick)
    with pytest.raises(MirrorAhead):
        stale.step()
    stale.close()
    assert [file.read_bytes() for file in segments(own)] == before


def test_a_mirror_that_knows_more_than_the_till_is_kept(counter: TillAtWork, world: World, stick: Path) -> None:
    """Somebody put an old image of the till's disk back."""
    world.copy_of(counter, "image")
    first = mirror_of(counter, world, stick)
    for _ in range(3):
        counter.sell(MILK.codes[0])
    fill(first)
    first.close()
    restored = world.open("image")
    restored.start_day()
    late = mirror_of(restored, world, stick)
    with pytest.raises(MirrorAhead):
        late.step()
    restored.sell(COLA.codes[0])  # another fact 2
    with pytest.raises(MirrorAhead):
        late.step()
    late.close()
    restored.close()
    assert numbers(counter, stick) == [1, 2, 3, 4]


def test_what_the_server_has_goes_after_some_weeks(
    counter: TillAtWork, world: World, mirror: Mirror, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pos_client.store.mirror.SEGMENT_BYTES", 1)

    def sell_and_fill() -> None:
        counter.sell(MILK.codes[0])
        fill(mirror)

    fill(mirror)
    sell_and_fill()
    world.clock.ms += (KEEP_DAYS + 1) * DAY_MS
    sell_and_fill()
    assert numbers(counter, stick) == [1, 2, 3]  # nothing is sent yet
    counter.sync()
    sell_and_fill()
    assert numbers(counter, stick) == [2, 3, 4]  # what follows fact 2 is too new
    world.clock.ms += (KEEP_DAYS + 1) * DAY_MS
    sell_and_fill()
    assert numbers(counter, stick) == [4, 5]  # fact 4 isn't sent yet


def test_a_new_stick_gets_the_last_weeks_and_all_that_is_unsent(
    counter: TillAtWork, world: World, tmp_path: Path
) -> None:
    for _ in range(5):
        counter.sell(COLA.codes[0])
    counter.sync()
    world.clock.ms += 50 * DAY_MS
    for _ in range(4):
        counter.sell(COLA.codes[0])
    counter.sync()
    for name, days, first in (("a", 0, 1), ("b", 15, 7), ("c", 100, 11)):
        world.clock.ms += days * DAY_MS
        prepare(tmp_path / name)
        made = mirror_of(counter, world, tmp_path / name)
        if first == 11:
            counter.sell(COLA.codes[0])
        fill(made)
        made.close()
        assert numbers(counter, tmp_path / name)[:1] == [first]


def test_a_place_that_can_be_no_mirror_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoMirrorPlace, match="file"):
        prepare(tmp_path / "file")


def test_the_status_says_how_the_copy_stands(counter: TillAtWork, mirror: Mirror, stick: Path) -> None:
    around = counter.parts.surroundings
    mirroring = Mirroring(mirror, around)
    assert counter.till.status().mirror.state == "none"
    mirroring.step()
    assert (around.mirror_state, around.mirror_behind) == (GOOD, 0)
    marker = stick / MARKER
    marker.rename(stick / "gone")
    counter.sell(MILK.codes[0])
    mirroring.step()
    shown = counter.till.status().mirror
    assert (shown.state, shown.waiting, shown.notice and shown.notice.code) == (AWAY, 2, "mirror_away")
    (stick / "gone").rename(marker)
    assert mirroring.step() == 0
    assert counter.till.status().mirror.state == GOOD


def test_a_copy_far_behind_is_told_until_it_has_caught_up(
    counter: TillAtWork, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pos_client.store.mirror.PIECE_FACTS", 2)
    monkeypatch.setattr("pos_client.sync.mirroring.BEHIND_FROM", 4)
    for _ in range(6):
        counter.sell(COLA.codes[0])
    mirroring, around = Mirroring(mirror, counter.parts.surroundings), counter.parts.surroundings
    seen = []
    while mirroring.step():
        seen.append((around.mirror_state, around.mirror_behind))
    assert seen == [(BEHIND, 5), (BEHIND, 3), (BEHIND, 1)]
    assert (around.mirror_state, around.mirror_behind) == (GOOD, 0)


def test_the_thread_ends_when_told(counter: TillAtWork, mirror: Mirror, stick: Path) -> None:
    thread = MirrorThread(Mirroring(mirror, counter.parts.surroundings))
    thread.start()
    counter.sell(MILK.codes[0])
    thread.soon()
    thread.stop(10_000)
    assert numbers(counter, stick) in ([1], [1, 2])
