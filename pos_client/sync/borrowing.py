"""Leases on the wire: given back, asked for, and shown to a server that was restored."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Final, Protocol, TypeVar
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pos_client.app.ports import Executor
from pos_client.store.journal import Journal
from pos_client.store.leases import Asked
from pos_client.store.outbox import Outbox
from pos_client.sync.client import Client, NotOurServer, Refused
from shared_models.domain.leases import Lease, lease_message
from shared_models.wire import leases as wire
from shared_models.wire.messages import MAX_DECLARED, LeaseAnswer, SignedLease

_DECLARED: Final = "declared_epoch"
_FIRST_EPOCH: Final = 1
_MOST_EPOCHS: Final = 3
_NOTHING_LENT: Final = frozenset({"not-lendable", "not-declared", "not-found", "bad-message", "unsupported-version"})
"""Refusals of one lease; also what a server says that knows no leases yet."""

Result = TypeVar("Result")


class Lender(Protocol):
    """``app.lending.Lending``: on the cashier's thread."""

    def asked(self) -> list[Asked]: ...
    def received(self, lease: Lease, doc: bytes, signature: bytes) -> None: ...
    def refused(self, asked: Asked) -> None: ...
    def give_back(self, recalled: Collection[UUID] = ()) -> int: ...


class Borrowing:
    """On the puller's thread. ``server_key`` is the server's public key, empty if this till was enrolled without it."""

    def __init__(
        self, client: Client, executor: Executor, journal: Journal, outbox: Outbox, lender: Lender, server_key: bytes
    ) -> None:
        self._client = client
        self._executor = executor
        self._journal = journal
        self._outbox = outbox
        self._lender = lender
        self._server_key = server_key
        self._shown: set[UUID] = set()

    def give_back(self, recalled: Collection[UUID] = ()) -> int:
        return self._ask(lambda: self._lender.give_back(recalled))

    def borrow(self) -> None:
        """Ask for what is wanted. A lost answer leaves the question, which the next round repeats."""
        for asked in self._ask(self._lender.asked):
            try:
                answer = self._client.lease(asked.id, asked.resource.kind, asked.resource.key, asked.amount)
            except Refused as refused:
                if refused.problem.code not in _NOTHING_LENT:
                    raise
                self._ask(partial(self._lender.refused, asked))
                continue
            lease = self._checked(asked, answer)
            self._ask(partial(self._lender.received, lease, answer.lease, answer.signature))

    def needs_declaring(self, epoch: int) -> bool:
        return epoch != self._ask(lambda: self._journal.meta.number(_DECLARED, _FIRST_EPOCH))

    def declare(self, epoch: int | None) -> None:
        """Show the server, which was restored, all that it may have forgotten to have lent. ``None``: in the epoch it
        is in, which it will say."""
        wanted = epoch or self._ask(lambda: self._journal.meta.number(_DECLARED, _FIRST_EPOCH))
        try:
            for _ in range(_MOST_EPOCHS):
                said = self._declare_in(wanted)
                if said == wanted:
                    self._ask(partial(self._note_declared, wanted))
                    return
                wanted = said
        except Refused as refused:
            if refused.problem.code not in _NOTHING_LENT | {"device-revoked"}:
                raise
            return
        raise NotOurServer

    def _declare_in(self, epoch: int) -> int:
        shown = self._ask(lambda: self._journal.leases.to_declare(self._outbox.acknowledged()))
        leases = [SignedLease(doc, signature) for doc, signature in shown]
        for start in range(0, max(1, len(leases)), MAX_DECLARED):
            page, rest = leases[start : start + MAX_DECLARED], leases[start + MAX_DECLARED :]
            said = self._client.declare(epoch, page, more=bool(rest)).epoch
            if said != epoch:
                return said
        return epoch

    def show(self, epoch: int, unknown: Collection[UUID]) -> None:
        """Show a server in ``epoch`` leases that our facts name and it has forgotten; once each while this till runs.
        Whether they have ended or not: it knows that by the facts."""
        wanted = [each for each in unknown if each not in self._shown][:MAX_DECLARED]
        shown = self._ask(partial(self._journal.leases.shown, wanted)) if wanted else []
        try:
            if shown:
                self._client.declare(epoch, [SignedLease(*each) for each in shown], more=True)
        except Refused as refused:
            if refused.problem.code not in _NOTHING_LENT | {"device-revoked"}:
                raise
        self._shown |= set(wanted)

    def _note_declared(self, epoch: int) -> None:
        with self._journal.database.transaction():
            self._journal.meta.put(_DECLARED, epoch)

    def _checked(self, asked: Asked, answer: LeaseAnswer) -> Lease:
        """Raise ``NotOurServer`` for anything but what was asked for, or a part of it, signed."""
        try:
            if self._server_key:
                key = Ed25519PublicKey.from_public_bytes(self._server_key)
                key.verify(answer.signature, lease_message(answer.lease))
            lease = wire.decode(answer.lease)
        except (InvalidSignature, msgspec.DecodeError):
            raise NotOurServer from None
        mine = (lease.id, lease.incarnation, lease.resource) == (
            asked.id, self._journal.identity.incarnation, asked.resource,
        )  # fmt: skip
        whole = not lease.lots or sum(lot.amount for lot in lease.lots) == lease.amount
        if not mine or not whole or not 0 < lease.amount <= asked.amount:
            raise NotOurServer
        return lease

    def _ask(self, work: Callable[[], Result]) -> Result:
        return self._executor.submit(work).result()
