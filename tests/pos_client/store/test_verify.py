"""The auditor's check says what is wrong with a journal, and where."""

from __future__ import annotations

import shutil

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_client.store.damaged_pages import pages_in_log
from pos_client.store.database import Corrupt, Durability, Files, WrongKey
from pos_client.store.verify import verify_journal
from shared_models.domain.facts import commitment
from shared_models.domain.member import MemberRegistered, Profile
from shared_models.domain.profile_edit import ConsentChoice, MemberEdited, ProfileChange
from shared_models.wire.facts import encode_change, encode_profile
from tests.pos_client.store.books import IDENTITY, INCARNATION, KEY, MEMBER, ON, Books, sale

SALT = b"s" * 32
BODY = encode_profile(Profile("王芳", "8613800138042"))


@pytest.fixture
def full(books: Books) -> Books:
    for _ in range(4):
        books.journal.append(sale(books))
    registered = MemberRegistered(MEMBER, "9000", "A", commitment(SALT, BODY), "1", (), "till", ON)
    books.journal.append(registered, sides=(("profile", SALT, BODY),))
    books.journal.append(sale(books))
    return books


def test_a_whole_journal_verifies_while_it_is_open(full: Books) -> None:
    report = verify_journal(full.path, KEY, IDENTITY.public_key)
    assert report.ok
    assert (report.incarnation, report.facts, report.sales, report.erased_sides) == (INCARNATION, 6, 5, 0)
    assert report.head_hash == full.journal.head.hash


def test_erasing_a_person_breaks_nothing(full: Books) -> None:
    full.database.run("DELETE FROM side")
    report = verify_journal(full.path, KEY)
    assert (report.ok, report.erased_sides) == (True, 1)


def test_the_personal_data_of_an_edit_are_checked_too(full: Books) -> None:
    body = encode_change(ProfileChange(name="王小芳"))
    edited = MemberEdited(MEMBER, "A", "c1", commitment(SALT, body))
    consents = MemberEdited(MEMBER, "A", "c1", None, (ConsentChoice("marketing", given=False),))
    full.journal.append(edited, sides=(("profile", SALT, body),))
    full.journal.append(consents)
    report = verify_journal(full.path, KEY)
    assert (report.ok, report.erased_sides) == (True, 0)
    assert full.database.run("UPDATE side SET body = X'7b7d' WHERE number = 7") == 1
    (problem,) = verify_journal(full.path, KEY).problems
    assert (problem.number, problem.why) == (7, "its personal data isn't what it commits to")


@pytest.mark.parametrize(
    ("damage", "number", "why"),
    [
        ("UPDATE fact SET payload = X'7b7d' WHERE number = 2", 2, "its hash isn't that of its content"),
        ("DELETE FROM fact WHERE number = 2", 3, "facts 2 to 2 are missing"),
        ("UPDATE fact SET hlc = hlc - 999999 WHERE number = 3", 3, "its clock doesn't rise"),
        ("UPDATE fact SET signature = zeroblob(64) WHERE number = 4", 4, "it isn't signed by the device"),
        ("UPDATE side SET body = X'7b7d'", 5, "its personal data isn't what it commits to"),
        ("UPDATE fact SET kind = 'shift.opened' WHERE number = 1", 1, "its hash isn't that of its content"),
    ],
)
def test_damage_is_named(full: Books, damage: str, number: int, why: str) -> None:
    assert full.database.run(damage) == 1
    report = verify_journal(full.path, KEY)
    assert (number, why) in {(problem.number, problem.why) for problem in report.problems}


def test_a_chain_signed_by_somebody_else_is_a_forgery(full: Books) -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    report = verify_journal(full.path, KEY, other)
    assert "it isn't signed by the device" in {problem.why for problem in report.problems}


def test_files_that_are_no_journal_are_told_so(full: Books) -> None:
    with pytest.raises(WrongKey):
        verify_journal(full.path, bytes(32))
    other = full.folder / "other.db"
    empty = Files().open(other, KEY, Durability.FULL)
    empty.run("CREATE TABLE anything (x)")
    empty.close()
    with pytest.raises(Corrupt, match="no journal"):
        verify_journal(other, KEY)


def test_a_page_torn_while_the_log_was_written_back_is_no_damage(full: Books) -> None:
    """The power went in the middle of a checkpoint: the page is whole in the log, which SQLite reads first."""
    full.database.one("PRAGMA wal_checkpoint(TRUNCATE)")
    full.journal.append(sale(full))
    home = full.folder / "after the cut"
    home.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(f"{full.path}{suffix}", home)
    path = home / full.path.name
    logged = pages_in_log(path)
    assert 0 < len(logged) < path.stat().st_size // 4096
    for page in range(2, path.stat().st_size // 4096 + 1):
        whole = path.read_bytes()
        with path.open("r+b") as file:
            file.seek((page - 1) * 4096 + 2048)
            file.write(bytes(2048))
        if page in logged:
            assert verify_journal(path, KEY).ok, page
        else:
            with pytest.raises((Corrupt, AssertionError)):
                assert verify_journal(path, KEY).ok, page
        path.write_bytes(whole)
    log = path.with_name(path.name + "-wal")
    data = bytearray(log.read_bytes())
    data[-1] ^= 1
    log.write_bytes(data)
    assert pages_in_log(path) < logged
