"""Registering a member with no network."""

from __future__ import annotations

import pytest

from pos_client.app.refusals import BadBirthday, BadName, NotSignedIn, PhoneIsTaken
from shared_models.domain.facts import commitment
from shared_models.domain.member import MemberRegistered
from shared_models.domain.phone import BadPhone
from shared_models.wire.facts import decode, decode_profile
from tests.pos_client.world import MILK, RICE, TillAtWork, World, import_member


def test_a_new_member_buys_at_once_and_is_known_everywhere_later(world: World, counter: TillAtWork) -> None:
    counter.wire.cut = True
    hit = counter.till.register_member(" 王芳  ", "138-0013-8042", "05-31", ["marketing"], made_up=True)
    assert (hit.masked_name, hit.last4, hit.tier, hit.balance, hit.pending) == ("王**", "8042", "basic", 0, True)
    assert len(hit.number) == 16
    done = counter.sell(MILK.codes[0], member=hit.id)
    assert done.points_balance == 11
    for typed in ("8042", "13800138042", hit.number, "wf", "王"):
        assert [(found.id, found.balance) for found in counter.till.find_members(typed)] == [(hit.id, 11)]

    counter.wire.cut = False
    counter.sync()
    known = counter.till.find_members("8042")
    assert [(found.id, found.balance, found.pending) for found in known] == [(hit.id, 11, False)]
    assert counter.parts.journal.database.all("SELECT * FROM own_member") == []
    other = world.open("two")
    other.sync()
    assert [(found.id, found.balance) for found in other.till.find_members("wf")] == [(hit.id, 11)]
    other.close()


def test_the_fact_says_nothing_about_who_it_is(counter: TillAtWork) -> None:
    counter.till.register_member("王芳", "13800138042", "1990-05-31", ["marketing", "marketing", "care"])
    batch = counter.parts.outbox.batch(1, 10, 10**6)
    registered = decode(batch.facts[0])
    assert isinstance(registered, MemberRegistered)
    for secret in ("王芳", "13800138042", "8042", "05-31"):
        assert secret.encode() not in batch.facts[0].payload
    side = batch.sides[0]
    assert commitment(side.salt, side.body) == registered.profile
    profile = decode_profile(side.body)
    assert (profile.name, profile.phone, profile.birthday) == ("王芳", "8613800138042", "1990-05-31")
    assert (registered.consents, registered.notice_version) == (("care", "marketing"), "2026-01")


def test_of_two_with_one_phone_none_is_hidden(world: World, counter: TillAtWork) -> None:
    """Two tills registered somebody while apart. Until both are looked at, the cashier is asked which is meant."""
    other = world.open("two")
    other.sync()
    other.start_day()
    here, there = (till.till.register_member("王芳", "13800138042") for till in (counter, other))
    counter.sell(RICE.codes[0], member=here.id)
    other.sync()
    for _ in range(2):
        counter.sync()
        found = {hit.id: hit.balance for hit in counter.till.find_members("138 0013 8042")}
        assert found == {here.id: 285, there.id: 0}
        other.sync()
    assert {hit.id for hit in other.till.find_members("13800138042")} == {here.id, there.id}
    other.close()


@pytest.mark.parametrize("synced", [False, True])
def test_a_phone_belongs_to_one_member(counter: TillAtWork, synced: bool) -> None:
    first = counter.till.register_member("王芳", "13800138042")
    if synced:
        counter.sync()
    head = counter.parts.journal.head
    with pytest.raises(PhoneIsTaken) as taken:
        counter.till.register_member("李雷", "+86 138 0013 8042")
    assert taken.value.member.id == first.id
    assert counter.parts.journal.head == head


@pytest.mark.parametrize(
    ("name", "phone", "birthday", "error"),
    [
        ("", "13800138042", "", BadName),
        ("x" * 65, "13800138042", "", BadName),
        ("a\x00b", "13800138042", "", BadName),
        ("王芳", "12345", "", BadPhone),
        ("王芳", "", "", BadPhone),
        ("王芳", "13800138042", "02-30", BadBirthday),
        ("王芳", "13800138042", "31.05.1990", BadBirthday),
        ("王芳", "13800138042", "W01-1", BadBirthday),
        ("王芳", "13800138042", "19900531", BadBirthday),
        ("王芳", "13800138042", "2023-02-29", BadBirthday),
    ],
)
def test_what_cannot_be_true_is_refused(
    counter: TillAtWork, name: str, phone: str, birthday: str, error: type[Exception]
) -> None:
    head = counter.parts.journal.head
    with pytest.raises(error):
        counter.till.register_member(name, phone, birthday)
    assert counter.parts.journal.head == head
    assert counter.parts.journal.database.all("SELECT * FROM own_member") == []


def test_who_was_born_on_a_leap_day_is_welcome(counter: TillAtWork) -> None:
    counter.till.register_member("王芳", "13800138042", "02-29")
    counter.till.lock()
    with pytest.raises(NotSignedIn):
        counter.till.register_member("李雷", "13800138043")


def test_the_name_is_shown_where_the_till_may_hold_it_and_is_in_contact(world: World, counter: TillAtWork) -> None:
    import_member(world, 42, "李雷", "13800138042")
    counter.sync()
    counter.till.enter(MILK.codes[0])
    counter.till.attach_member(counter.till.find_members("8042")[0].id)
    member = counter.till.sale().member
    assert member is not None
    assert (member.name, member.last4, member.balance, member.pending) == ("李雷", "8042", 0, False)
    world.clock.ms += 14 * 24 * 3_600 * 1_000 + 1
    member = counter.till.sale().member
    assert member is not None
    assert member.name == "李**"
