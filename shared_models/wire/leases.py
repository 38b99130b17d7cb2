"""The JSON text of a lease, which the server signs and a device keeps and shows as it is."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec
from msgspec import Struct

from shared_models.domain.leases import Lease, LentLot
from shared_models.domain.spending_rules import Resource, ResourceKind


class LentLotDoc(Struct, frozen=True, array_like=True):
    id: UUID
    amount: int
    expires_on: date


class LeaseDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """See ``domain.leases.Lease``."""

    id: UUID
    incarnation: UUID
    kind: ResourceKind
    key: str
    amount: int
    lots: list[LentLotDoc] = []
    epoch: int


_DECODER = msgspec.json.Decoder(LeaseDoc)


def encode(lease: Lease) -> bytes:
    return msgspec.json.encode(
        LeaseDoc(
            id=lease.id,
            incarnation=lease.incarnation,
            kind=lease.resource.kind,
            key=lease.resource.key,
            amount=lease.amount,
            lots=[LentLotDoc(lot.id, lot.amount, lot.expires_on) for lot in lease.lots],
            epoch=lease.epoch,
        )
    )


def decode(doc: bytes) -> Lease:
    """Raise ``msgspec.DecodeError``."""
    found = _DECODER.decode(doc)
    lots = tuple(LentLot(lot.id, lot.amount, lot.expires_on) for lot in found.lots)
    return Lease(found.id, found.incarnation, Resource(found.kind, found.key), found.amount, lots, found.epoch)
