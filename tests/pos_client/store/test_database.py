"""Files that aren't what they should be."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pos_client.store.check import check_journal
from pos_client.store.database import Corrupt, Durability, Files, NewerDatabase, WrongKey
from pos_client.store.only_one import AlreadyRunning, OnlyOne
from pos_client.store.schema import JOURNAL, make_current
from tests.pos_client.store.books import IDENTITY, KEY, Books, cursor, product_row, sale


def test_nothing_of_the_journal_is_readable_without_the_key(books: Books) -> None:
    books.journal.append(sale(books))
    for file in books.folder.iterdir():
        assert b"SQLite format" not in file.read_bytes()
        assert "鲜牛奶".encode() not in file.read_bytes()


def test_a_wrong_key_is_said_and_changes_nothing(books: Books) -> None:
    books.database.close()
    before = books.path.read_bytes()
    for wrong in (bytes(32), b"short"):
        with pytest.raises(WrongKey, match=r"journal\.db"):
            Files().open(books.path, wrong, Durability.FULL)
    assert books.path.read_bytes() == before


def test_a_newer_format_is_refused_and_left_alone(books: Books) -> None:
    books.database.one("PRAGMA user_version = 2")
    with pytest.raises(NewerDatabase):
        make_current(books.database, JOURNAL)
    assert books.database.one("PRAGMA user_version") == (2,)


def test_a_later_revision_of_the_same_format_is_used_as_it_is(books: Books) -> None:
    """An older version is installed again: unsent sales stay readable."""
    books.journal.append(sale(books))
    books.database.run("UPDATE alembic_version SET version_num = 'j999'")
    books.database.run("ALTER TABLE fact ADD COLUMN later TEXT")
    make_current(books.database, JOURNAL)
    assert books.database.one("SELECT version_num FROM alembic_version") == ("j999",)
    books.journal.append(sale(books))
    assert books.journal.head.number == 2


def test_a_flipped_byte_in_the_file_is_found_at_start(books: Books) -> None:
    for _ in range(20):
        books.journal.append(sale(books, lines=20))
    books.database.close()
    content = bytearray(books.path.read_bytes())
    content[len(content) * 2 // 3] ^= 1
    books.path.write_bytes(content)
    again = Files().open(books.path, KEY, Durability.FULL)
    with pytest.raises(Corrupt):
        check_journal(again, IDENTITY)
    again.close()


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ("UPDATE fact SET payload = X'7b7d' WHERE number = 3", "hash"),
        ("DELETE FROM fact WHERE number = 3", "expected number 3"),
        ("UPDATE fact SET signature = zeroblob(64) WHERE number = 5", "signed"),
    ],
)
def test_a_broken_end_of_the_chain_is_found_at_start(books: Books, damage: str, why: str) -> None:
    for _ in range(5):
        books.journal.append(sale(books))
    check_journal(books.database, IDENTITY)
    books.database.run(damage)
    with pytest.raises(Corrupt, match=why):
        check_journal(books.database, IDENTITY)


def test_a_puller_in_the_middle_of_writing_never_makes_the_cashier_wait(books: Books) -> None:
    """The replica is attached read-only: a connection that could write it would wait for the puller's lock."""
    books.generations.start(1)
    replica = books.generations.open_current()
    replica.apply([product_row(1)], cursor(1))
    writing, done = threading.Event(), threading.Event()

    def write() -> None:
        with replica._database.transaction():
            replica._database.run("UPDATE product SET version = 9")
            writing.set()
            assert done.wait(30)

    thread = threading.Thread(target=write)
    thread.start()
    assert writing.wait(30)
    books.database.run("PRAGMA busy_timeout = 0")
    books.journal.append(sale(books))
    assert books.database.one("SELECT version FROM replica.product") == (1,)
    done.set()
    thread.join()
    assert books.database.one("SELECT version FROM replica.product") == (9,)
    replica.close()


def test_one_home_has_one_till(tmp_path: Path) -> None:
    first = OnlyOne(tmp_path)
    with pytest.raises(AlreadyRunning):
        OnlyOne(tmp_path)
    first.close()
    OnlyOne(tmp_path).close()
