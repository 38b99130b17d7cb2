"""Members edited at a till, and members who turned out to be one, as tills show them."""

from __future__ import annotations

from uuid import UUID

import pytest

from pos_client.app.refusals import BadName, NotForCashiers, PhoneIsTaken, UnknownMember
from shared_models.domain.facts import commitment
from shared_models.domain.phone import BadPhone
from shared_models.domain.profile_edit import MemberEdited, ProfileChange
from shared_models.wire.facts import decode, decode_change
from sync_server import people
from tests.pos_client.world import MANAGER, MILK, PIN, RICE, TillAtWork, World, import_member


def at_the_desk(counter: TillAtWork) -> TillAtWork:
    """The shift's cashier makes room for somebody of the service desk."""
    counter.till.lock()
    counter.till.sign_in(MANAGER, PIN)
    return counter


def names(counter: TillAtWork, typed: str) -> list[str]:
    return [hit.masked_name for hit in counter.till.find_members(typed)]


def test_an_edit_shows_at_once_and_searching_follows(world: World, counter: TillAtWork) -> None:
    member_id = import_member(world, 1, "李雷", "13800138001")
    counter.sync()
    desk = at_the_desk(counter)
    desk.wire.cut = True
    hit = desk.till.edit_member(member_id, "韩梅梅", "13900139042", consents={"marketing": True})
    assert (hit.masked_name, hit.last4) == ("韩**", "9042")
    for typed in ("9042", "13900139042", "39042", "hmm", "韩梅", "00000001"):
        assert names(desk, typed) == ["韩**"], typed
    for typed in ("8001", "13800138001", "lilei", "李雷"):
        assert names(desk, typed) == [], typed
    desk.wire.cut = False
    desk.sync()
    assert desk.parts.journal.database.all("SELECT * FROM own_edit") == []
    for typed in ("9042", "13900139042", "39042", "hmm", "韩梅", "00000001"):
        assert names(desk, typed) == ["韩**"], typed
    assert names(desk, "8001") == []
    other = world.open("two")
    other.sync()
    assert names(other, "9042") == ["韩**"]
    other.close()


def test_a_member_registered_here_is_edited_before_anybody_knows(world: World, counter: TillAtWork) -> None:
    desk = at_the_desk(counter)
    desk.wire.cut = True
    new = desk.till.register_member("王芳", "13800138042")
    desk.till.edit_member(new.id, phone="13900139042")
    assert [hit.last4 for hit in desk.till.find_members("wf")] == ["9042"]
    desk.wire.cut = False
    desk.sync()
    assert [(hit.last4, hit.pending) for hit in desk.till.find_members("wf")] == [("9042", False)]


def test_the_fact_names_only_what_changed_and_says_nothing_of_it(world: World, counter: TillAtWork) -> None:
    member_id = import_member(world, 1, "李雷", "13800138001")
    counter.sync()
    desk = at_the_desk(counter)
    desk.till.edit_member(member_id, "李雷", "13800138001")
    number = desk.parts.journal.head.number
    desk.till.edit_member(member_id, "李雷", "13800138001", "05-31")
    batch = desk.parts.outbox.batch(number, 10, 10**6)
    (fact,), (side,) = batch.facts, batch.sides
    edited = decode(fact)
    assert isinstance(edited, MemberEdited)
    assert (edited.member_id, edited.by, edited.profile) == (member_id, MANAGER, commitment(side.salt, side.body))
    assert decode_change(side.body) == ProfileChange(birthday="05-31")
    assert side.body == b'{"birthday":"05-31"}'
    assert b"05-31" not in fact.payload


def test_a_later_edit_is_later_than_what_was_seen(world: World, counter: TillAtWork) -> None:
    """This till's clock is behind that of whoever edited before."""
    member_id = import_member(world, 1, "李雷", "13800138001")
    people.edit(world.server, member_id, "head", ProfileChange(name="Head"))
    desk = at_the_desk(counter)
    desk.sync()
    world.clock.ms -= 60_000
    desk.till.edit_member(member_id, "Desk")
    desk.sync()
    assert names(desk, "desk") == ["D**"]


def test_who_may_not_edit_or_says_nonsense_changes_nothing(world: World, counter: TillAtWork) -> None:
    member_id = import_member(world, 1, "李雷", "13800138001")
    import_member(world, 2, "王芳", "13800138002")
    counter.sync()
    head = counter.parts.journal.head
    with pytest.raises(NotForCashiers):
        counter.till.edit_member(member_id, "X")
    desk = at_the_desk(counter)
    head = desk.parts.journal.head
    with pytest.raises(PhoneIsTaken):
        desk.till.edit_member(member_id, phone="13800138002")
    with pytest.raises(BadPhone):
        desk.till.edit_member(member_id, phone="1")
    with pytest.raises(BadName):
        desk.till.edit_member(member_id, "x" * 65)
    with pytest.raises(UnknownMember):
        desk.till.edit_member(UUID(int=3), "X")
    assert desk.parts.journal.head == head


def test_joined_members_are_found_and_sold_to_as_one(world: World, counter: TillAtWork) -> None:
    other = world.open("two")
    other.sync()
    other.start_day()
    here, there = (till.till.register_member("王芳", "13800138042") for till in (counter, other))
    counter.sell(MILK.codes[0], member=here.id)
    other.sell(RICE.codes[0], member=there.id)
    for till in (counter, other, counter):
        till.sync()
    both = sum(hit.balance for hit in counter.till.find_members("8042"))
    assert len(counter.till.find_members("8042")) == 2
    people.join(world.server, here.id, there.id, "ann")
    other.sell(RICE.codes[0], member=there.id)
    apart = other.balance(there.id)
    for till in (other, counter):
        till.sync()
    hits = other.till.find_members("8042")
    assert [(hit.id, hit.balance) for hit in hits] == [(here.id, counter.balance(here.id))]
    assert other.balance(there.id) == counter.balance(here.id) > both
    other.wire.cut = True
    earned = other.sell(MILK.codes[0], member=there.id).points_earned
    assert other.balance(there.id) == counter.balance(here.id) + earned
    people.part(world.server, here.id, there.id, "ann")
    other.wire.cut = False
    other.sync()
    assert {hit.id: hit.balance for hit in other.till.find_members("8042")} == {
        here.id: counter.balance(here.id) - apart + earned, there.id: apart,
    }  # fmt: skip
    other.close()
