"""What the server itself does, as facts of the server's own device."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CatalogueImported:
    """Kind ``catalogue.imported``. ``sha256`` is over the ``count`` products' documents, in the order imported."""

    count: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class ProgrammePublished:
    """Kind ``programme.published``. ``sha256`` is that of the published document's bytes."""

    version: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class DeviceEnrolled:
    """Kind ``device.enrolled``: a new journal of the lane begins. ``public_key`` is the raw Ed25519 key, 32 bytes."""

    incarnation: UUID
    store_id: str
    lane: int
    public_key: bytes


@dataclass(frozen=True, slots=True)
class DeviceRevoked:
    """Kind ``device.revoked``: from here on the device gets nothing; what it still tells is kept, with an alert."""

    incarnation: UUID


@dataclass(frozen=True, slots=True)
class DeviceRetired:
    """Kind ``device.retired``: another device took its lane over.

    It goes on telling what it has, and redeems nothing."""

    incarnation: UUID
    successor: UUID


@dataclass(frozen=True, slots=True)
class DeviceFrozen:
    """Kind ``device.frozen``: two different facts ``number`` of it exist. What was accepted of it stays."""

    incarnation: UUID
    number: int


@dataclass(frozen=True, slots=True)
class DeviceWrittenOff:
    """Kind ``device.written_off``: nobody expects the device to report again. What it held counts as spent."""

    incarnation: UUID


@dataclass(frozen=True, slots=True)
class FactSolved:
    """Kind ``fact.solved``: head office dealt by hand with fact ``number`` of a device, which nobody could read."""

    incarnation: UUID
    number: int
    note: str


@dataclass(frozen=True, slots=True)
class EpochRaised:
    """Kind ``epoch.raised``: the server was restored from a backup. The first fact of its new journal.

    The journal before it, ``incarnation``, is known up to fact ``number`` with ``hash``; what the server did after
    that is forgotten, though others may hold it.
    """

    epoch: int
    before: int
    incarnation: UUID
    number: int
    hash: bytes
