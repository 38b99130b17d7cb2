"""Files of earlier versions: migrations only add to them, and going back to the version before keeps selling."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DatabaseError
from sqlcipher3 import dbapi2

from pos_client.store.database import Database, Durability, Files, NewerDatabase, connect
from pos_client.store.journal import Journal
from pos_client.store.migrating import upgrade
from pos_client.store.outbox import Outbox
from pos_client.store.schema import JOURNAL, REPLICA, Schema, make_current
from pos_client.store.verify import verify_journal
from pos_client.system import ClockIds
from shared_models.domain.effects import effect_of
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.shift import ShiftOpened
from shared_models.wire import messages
from shared_models.wire.facts import decode
from tests.pos_client.store import old_journals
from tests.pos_client.store.books import KEY
from tests.pos_client.world import Chance, StillClock, TillAtWork, World
from tests.shared_models.wire import examples, goldens

Columns = dict[str, dict[str, tuple[Any, ...]]]


def columns(database: Database) -> Columns:
    """Of each table: name → type, not null, default, place in the key."""
    tables = database.all(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_terms%' ESCAPE '\\'"
    )
    return {
        table: {row[1]: row[2:] for row in database.all(f"PRAGMA table_info({table})")} for (table,) in sorted(tables)
    }


def unique(database: Database) -> set[tuple[str, str]]:
    """Table and columns of what must be unique."""
    found = set()
    for table in columns(database):
        for index in database.all(f"PRAGMA index_list({table})"):
            if index[2]:
                names = ",".join(row[2] for row in database.all(f"PRAGMA index_info('{index[1]}')"))
                found.add((table, names))
    return found


@pytest.mark.parametrize("schema", [JOURNAL, REPLICA])
def test_each_revision_only_adds(schema: Schema, tmp_path: Path) -> None:
    """What an earlier version's statements name is there as before, and what is new needs no value from them."""
    database = Files().open(tmp_path / "file.db", KEY, Durability.FULL)
    upgrade(database, schema.name, schema.revisions[0])
    for revision in schema.revisions[1:]:
        before, format_, uniques = columns(database), database.one("PRAGMA user_version"), unique(database)
        upgrade(database, schema.name, revision)
        after = columns(database)
        for table, known in before.items():
            assert {name: after[table].get(name) for name in known} == known, (revision, table)
            for name in after[table].keys() - known.keys():
                _, not_null, default, key = after[table][name]
                assert not key, (revision, table, name)
                assert not not_null or default is not None, (revision, table, name)
        assert {one for one in unique(database) if one[0] in before} == uniques, revision
        assert database.one("PRAGMA user_version") == format_ == (schema.format,)
    database.close()


@pytest.fixture(params=JOURNAL.revisions)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """The revision, and a journal that a till of it left behind."""
    old_journals.write(tmp_path / "journal.db", request.param)
    return request.param, tmp_path / "journal.db"


@pytest.fixture
def updated(old: tuple[str, Path]) -> Iterator[Database]:
    """The same journal opened by this version."""
    database = Files().open(old[1], KEY, Durability.FULL)
    make_current(database, JOURNAL)
    yield database
    database.close()


def journal_of(database: Database) -> Journal:
    clock = StillClock()
    return Journal(database, examples.KEY.sign, clock, ClockIds(clock, Chance(1)))


def test_a_journal_of_each_revision_is_read_whole(old: tuple[str, Path], updated: Database) -> None:
    journal = journal_of(updated)
    head = journal.head
    assert (head.number, head.receipt_number, head.z_number) == (4, 42, 9)
    push = messages.decode(goldens.body(1, "push-request"), messages.PushRequest)
    batch = Outbox(journal).batch(0, 500, 10**7)
    assert [messages.fact_message(fact) for fact in batch.facts] == push.facts
    assert [messages.side_message(side) for side in batch.sides] == push.sides
    (effect,) = journal.effects.of(examples.MEMBER, counted=0)
    sale = decode(old_journals.golden_facts()[2])
    assert isinstance(sale, SaleConfirmed)
    assert effect == effect_of(sale)
    assert updated.one("SELECT id, state, doc FROM open_sale") == (bytes(16), "entering", b"{}")
    assert updated.one("SELECT count(*) FROM print_job WHERE state = 'queued'") == (1,)
    assert updated.one("SELECT sales, takings_minor, closed_number FROM shift") == (1, 3_399, 4)
    journal.append(ShiftOpened(UUID(int=9), "s1", 3, "c1", examples.DAY, "CNY", 0))
    assert verify_journal(old[1], KEY).ok


def test_going_back_keeps_unsent_sales_and_sells_on(old: tuple[str, Path], updated: Database) -> None:
    """The version before finds its format and a revision that it doesn't know, and works with what it knows."""
    revision, path = old
    before = Schema(JOURNAL.name, JOURNAL.format, JOURNAL.revisions[: JOURNAL.revisions.index(revision) + 1])
    make_current(updated, before)
    assert updated.one("SELECT version_num FROM alembic_version") == (JOURNAL.revisions[-1],)
    facts = updated.all("SELECT number, payload, hash FROM fact ORDER BY number")
    assert facts == [(fact.number, fact.payload, fact.hash) for fact in old_journals.golden_facts()]
    sold = old_journals.next_sale(old_journals.golden_facts()[-1])
    old_journals.add(updated, revision, sold)
    make_current(updated, JOURNAL)
    journal = journal_of(updated)
    assert (journal.head.number, journal.head.receipt_number) == (5, 43)
    assert len(journal.effects.of(examples.MEMBER, counted=0)) == 2
    report = verify_journal(path, KEY)
    assert (report.ok, report.facts, report.sales) == (True, 5, 2)


@pytest.mark.parametrize("schema", [JOURNAL, REPLICA])
def test_a_newer_format_is_refused_and_left_as_it_is(schema: Schema, tmp_path: Path) -> None:
    path = tmp_path / f"{schema.name}.db"
    database = Files().open(path, KEY, Durability.FULL)
    make_current(database, schema)
    database.run(f"PRAGMA user_version = {schema.format + 1}")
    before = columns(database)
    with pytest.raises(NewerDatabase, match=rf"{path.name} was written by a newer version of Tillpoint\. Install that"):
        make_current(database, schema)
    assert columns(database) == before
    database.close()


def test_a_till_does_not_start_on_a_newer_journal(world: World, counter: TillAtWork) -> None:
    counter.parts.journal.database.run(f"PRAGMA user_version = {JOURNAL.format + 1}")
    counter.close()
    with pytest.raises(NewerDatabase):
        world.open("one")


@pytest.mark.parametrize(("schema", "last"), [(JOURNAL, "own_receipt"), (REPLICA, "receipt")])
def test_an_upgrade_that_breaks_off_changed_nothing(tmp_path: Path, schema: Schema, last: str) -> None:
    """Else a power cut would leave a file that no upgrade can finish."""
    database = Database(connect(tmp_path / "some.db", KEY, Durability.FULL), tmp_path / "some.db")
    database.connection.set_authorizer(lambda _act, name, *_: dbapi2.SQLITE_DENY if name == last else dbapi2.SQLITE_OK)
    with pytest.raises(DatabaseError):
        make_current(database, schema)
    assert database.all("SELECT name FROM sqlite_master") == []
    database.connection.set_authorizer(None)
    make_current(database, schema)
    assert database.all("SELECT version_num FROM alembic_version") == [(schema.revisions[-1],)]
    database.close()
