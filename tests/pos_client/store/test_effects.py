"""An effect is read back as it was booked; a version before this one still finds what it knows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from pos_client.store.database import Durability, Files
from pos_client.store.effects import Effects
from pos_client.store.schema import JOURNAL, make_current
from shared_models.domain.member import Effect, Lot
from tests.pos_client.store.books import KEY, MEMBER, ON, Books
from tests.pos_client.store.test_own_effects import fresh

lots = st.builds(
    Lot, st.uuids(), st.integers(1, 10**9), st.dates(), st.none() | st.dates(),
)  # fmt: skip
effects = st.builds(
    Effect,
    st.just(MEMBER),
    st.dates(),
    earned=st.none() | lots,
    redeemed_points=st.integers(0, 10**9),
    growth=st.integers(-(10**9), 10**9),
    spend_minor=st.integers(-(10**12), 10**12),
    visits=st.integers(-1, 1),
    taken_back=st.integers(0, 10**9),
    given_back=st.lists(lots, max_size=3).map(tuple),
    bought_on=st.none() | st.dates(),
    interactions=st.integers(0, 3),
    referrals=st.integers(0, 1),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(effects, min_size=1, max_size=4))
def test_an_effect_reads_back_whole(template: Path, booked: list[Effect]) -> None:
    with fresh(template) as books:
        for number, effect in enumerate(booked, 1):
            books.journal.effects.book(number, effect)
            books.journal.effects.book(number, effect)
        assert books.journal.effects.of(MEMBER, 0) == booked
        assert books.journal.effects.of(MEMBER, 1) == booked[1:]


BOOKED_BY_THE_FIRST_VERSION = (
    "INSERT OR IGNORE INTO effect (number, member_id, booked_on, lot_id, earned_points, expires_on,"
    " redeemed_points, growth, spend_minor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
OF_OLD = (7, MEMBER.bytes, "2026-11-24", UUID(int=1).bytes, 12, "2027-12-31", 100, 34, 34_63)
AS_UNDERSTOOD = Effect(MEMBER, ON, Lot(UUID(int=1), 12, date(2027, 12, 31)), 100, 34, 34_63, visits=1)


def test_a_version_before_this_one_writes_and_reads_beside_it(books: Books) -> None:
    books.database.run(BOOKED_BY_THE_FIRST_VERSION, OF_OLD)
    assert books.journal.effects.of(MEMBER, 0) == [AS_UNDERSTOOD]
    books.journal.effects.book(8, Effect(MEMBER, ON, growth=-5, spend_minor=-5_00, visits=-1, taken_back=6))
    read_by_it = books.database.all("SELECT lot_id, redeemed_points, growth, spend_minor FROM effect WHERE number = 8")
    assert read_by_it == [(None, 0, -5, -5_00)]


def test_a_journal_of_the_first_version_keeps_its_effects(tmp_path: Path) -> None:
    database = Files().open(tmp_path / "journal.db", KEY, Durability.FULL)
    make_current(database, JOURNAL)
    database.run("ALTER TABLE effect DROP COLUMN doc")
    database.run("DROP TABLE lease")
    database.run("DROP TABLE value_effect")
    database.run("DROP TABLE own_receipt")
    for column in ("returns", "refunds_minor", "paid_in_minor", "paid_out_minor", "dropped_minor", "openings"):
        database.run(f"ALTER TABLE shift DROP COLUMN {column}")
    database.run("UPDATE alembic_version SET version_num = 'j001'")
    database.run(BOOKED_BY_THE_FIRST_VERSION, OF_OLD)
    make_current(database, JOURNAL)
    assert Effects(database).of(MEMBER, 0) == [AS_UNDERSTOOD]
    assert database.one("PRAGMA user_version") == (1,), "the first version can still work with it"
    database.close()
