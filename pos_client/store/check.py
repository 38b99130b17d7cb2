"""Looking over a journal before the till trusts it. Bounded, so that the till starts in time."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pos_client.store.database import Corrupt, Database
from pos_client.store.journal import SELECT_FACTS, Identity, fact_of_row
from shared_models.domain.facts import BrokenChain, chain_start, check_link, head_message

TAIL_FACTS: Final = 100
WHOLE_FILE_BYTES: Final = 64 * 1024 * 1024
"""Files up to this size have each page's authentication checked at start (a quarter of a second); others by
``tillpoint journal verify``."""


def check_journal(database: Database, identity: Identity) -> None:
    """Raise ``Corrupt`` if pages, the end of the chain or its last signature don't hold.

    The log is folded in first: the check of the pages looks past it, and the power may have gone in the middle of a
    page that is whole in the log.
    """
    if database.path.exists() and database.path.stat().st_size <= WHOLE_FILE_BYTES:
        database.one("PRAGMA main.wal_checkpoint(TRUNCATE)")
        wrong = database.all("PRAGMA cipher_integrity_check")
        if wrong:
            raise Corrupt(file=database.path.name, why=str(wrong[0][0]))
    check_tail(database, identity)


def check_tail(database: Database, identity: Identity) -> None:
    """Raise ``Corrupt`` unless the last facts follow each other and the last one is signed by this device."""
    rows = database.all(SELECT_FACTS + " ORDER BY number DESC LIMIT ?", (TAIL_FACTS + 1,))
    facts = [fact_of_row(row, identity.incarnation) for row in reversed(rows)]
    if not facts:
        return
    try:
        if facts[0].number == 1:
            check_link(facts[0], chain_start(identity.incarnation, identity.public_key), 1)
        for before, fact in pairwise(facts):
            check_link(fact, before.hash, before.number + 1)
        last = facts[-1]
        Ed25519PublicKey.from_public_bytes(identity.public_key).verify(
            last.signature, head_message(last.incarnation, last.number, last.hash)
        )
    except BrokenChain as error:
        raise Corrupt(file=database.path.name, why=str(error)) from error
    except InvalidSignature:
        raise Corrupt(file=database.path.name, why="its last fact isn't signed by this till") from None
