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
class SegmentPublished:
    """Kind ``segment.published``: from here on ``count`` members are in the segment. ``sha256`` is that of the
    published document's bytes; of no bytes if the segment is no more."""

    code: str
    count: int
    sha256: bytes
