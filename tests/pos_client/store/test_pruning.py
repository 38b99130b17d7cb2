"""What the server has signed for and nobody needs any more goes; what stays still verifies."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_client.store.journal import Journal
from pos_client.store.keys import FileKeys
from pos_client.store.outbox import Standing
from pos_client.store.pruning import ANCHOR, Anchor, prune
from pos_client.store.verify import verify_journal
from pos_client.sync.enrolment import JOURNAL_FILE
from shared_models.domain.facts import commitment
from shared_models.domain.leases import LeaseReturned
from shared_models.domain.member import MemberRegistered
from tests.pos_client.conftest import counter, shop, world
from tests.pos_client.store.books import IDENTITY, INCARNATION, KEY, MEMBER, ON, Books, sale
from tests.pos_client.world import MILK, TillAtWork, World

__all__ = ["counter", "shop", "world"]

SERVER = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
SERVER_KEY = SERVER.public_key().public_bytes_raw()
DAY_MS = 86_400_000
KEEP_DAYS = 400


def anchor_at(books: Books, number: int, key: Ed25519PrivateKey = SERVER) -> None:
    """The server acknowledged the facts up to ``number`` and signed it."""
    row = books.database.one("SELECT hash FROM fact WHERE number = ?", (number,))
    assert row is not None
    signed = b"tillpoint.ack.1\0" + INCARNATION.bytes + number.to_bytes(8, "big") + row[0] + (1).to_bytes(8, "big")
    anchor = Anchor(acknowledged=number, hash=row[0], epoch=1, signature=key.sign(signed))
    with books.database.transaction():
        books.journal.meta.put(ANCHOR, msgspec.msgpack.encode(anchor))


@pytest.fixture
def old(books: Books) -> Books:
    """A registration and four sales, 401 days later two more."""
    registered = MemberRegistered(MEMBER, "9000", "A", commitment(b"s" * 32, b"{}"), "1", (), "till", ON)
    books.journal.append(registered, sides=(("profile", b"s" * 32, b"{}"),))
    for _ in range(4):
        books.journal.append(sale(books))
    books.clock.ms += (KEEP_DAYS + 1) * DAY_MS
    for _ in range(2):
        books.journal.append(sale(books))
    return books


def numbers(books: Books) -> list[int]:
    return [row[0] for row in books.database.all("SELECT number FROM fact ORDER BY number")]


def prune_all(books: Books) -> None:
    while prune(books.database, SERVER_KEY, KEEP_DAYS, books.clock.ms):
        pass


def test_old_facts_that_the_server_signed_for_go(old: Books) -> None:
    anchor_at(old, 6)
    prune_all(old)
    assert numbers(old) == [6, 7]
    assert old.database.all("SELECT * FROM side") == []
    report = verify_journal(old.path, KEY, IDENTITY.public_key, SERVER_KEY)
    assert (report.ok, report.facts, report.sales) == (True, 2, 2)
    again = Journal(old.database, lambda _: bytes(64), old.clock, old.journal._ids)
    assert (again.head.number, again.head.receipt_number) == (7, 106)


def test_leases_go_with_the_facts_that_ended_them(books: Books) -> None:
    ids = [UUID(int=number) for number in (1, 2, 3)]
    for id_ in ids[:2]:
        books.journal.append(LeaseReturned(id_, None))
    books.clock.ms += (KEEP_DAYS + 1) * DAY_MS
    books.journal.append(LeaseReturned(ids[2], None))
    anchor_at(books, 3)
    prune_all(books)
    assert (numbers(books), [books.journal.leases.is_ended(id_) for id_ in ids]) == ([3], [False, False, True])


def test_what_is_young_or_unsigned_stays(old: Books) -> None:
    prune_all(old)
    assert numbers(old) == [1, 2, 3, 4, 5, 6, 7]
    anchor_at(old, 3)
    prune_all(old)
    assert numbers(old) == [3, 4, 5, 6, 7]
    anchor_at(old, 7)
    old.clock.ms -= 2 * DAY_MS
    prune_all(old)
    assert numbers(old) == [3, 4, 5, 6, 7]


def test_a_foreign_signature_or_another_hash_prunes_nothing(old: Books) -> None:
    anchor_at(old, 6, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    prune_all(old)
    anchor_at(old, 6)
    kept = msgspec.msgpack.decode(old.journal.meta.blob(ANCHOR) or b"", type=Anchor)
    for other in (
        msgspec.structs.replace(kept, acknowledged=5),
        msgspec.structs.replace(kept, epoch=2),
        msgspec.structs.replace(kept, hash=bytes(32)),
        msgspec.structs.replace(kept, acknowledged=2**63),
    ):
        old.database.run("UPDATE meta SET value = ? WHERE key = 'proof'", (msgspec.msgpack.encode(other),))
        prune_all(old)
    old.database.run("UPDATE meta SET value = X'c1' WHERE key = 'proof'")
    prune_all(old)
    assert numbers(old) == [1, 2, 3, 4, 5, 6, 7]


def test_a_beginning_that_nobody_signed_for_is_missing(old: Books) -> None:
    anchor_at(old, 6)
    old.database.run("DELETE FROM fact WHERE number <= 2")
    assert verify_journal(old.path, KEY, IDENTITY.public_key, SERVER_KEY).ok
    for server_key in (None, bytes(31) + b"\1", IDENTITY.public_key):
        report = verify_journal(old.path, KEY, IDENTITY.public_key, server_key)
        assert "facts 1 to 2 are missing" in {problem.why for problem in report.problems}
    old.database.run("DELETE FROM meta WHERE key = 'proof'")
    assert not verify_journal(old.path, KEY, IDENTITY.public_key, SERVER_KEY).ok


def test_it_goes_in_small_pieces(old: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pos_client.store.pruning.PIECE_FACTS", 2)
    anchor_at(old, 6)
    assert [prune(old.database, SERVER_KEY, KEEP_DAYS, old.clock.ms) for _ in range(4)] == [2, 2, 1, 0]


def test_the_servers_own_word_lets_facts_go(world: World, counter: TillAtWork) -> None:
    """What the till kept of a push is the anchor; what stays verifies, and the till sells and syncs on."""
    for _ in range(3):
        counter.sell(MILK.codes[0])
    counter.sync()
    database, server_key = counter.parts.journal.database, FileKeys(counter.home).load().server
    world.clock.ms += (KEEP_DAYS + 1) * DAY_MS
    assert prune(database, server_key, KEEP_DAYS, world.clock.ms) == 3
    held = [row[0] for row in database.all("SELECT number FROM fact")]
    assert held == [4]
    report = verify_journal(counter.home / JOURNAL_FILE, FileKeys(counter.home).load().database, None, server_key)
    assert (report.ok, report.facts) == (True, 1), report.problems
    counter.sell(MILK.codes[0])
    counter.sync()
    assert (counter.parts.outbox.unsent(), counter.parts.outbox.standing()) == (0, Standing.GOOD)
    again, renewed = world.renew(counter)
    assert (renewed.retold, renewed.missing) == (0, 0)
    again.close()
