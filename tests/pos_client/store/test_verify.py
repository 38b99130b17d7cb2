"""The auditor's check says what is wrong with a journal, and where."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_client.store.database import Corrupt, Durability, Files, WrongKey
from pos_client.store.verify import verify_journal
from shared_models.domain.facts import commitment
from shared_models.domain.member import MemberRegistered, Profile
from shared_models.wire.facts import encode_profile
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
