"""What the server has to say itself once a batch is booked: links between members, gifts, partings."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(slots=True)
class After:
    """``links``: pairs that may be one person, the lower id first. ``welcome``: members of whom it is to be seen
    whether a welcome gift is due, or one too many. ``partings``: some that waited for tills may be due."""

    links: list[tuple[UUID, UUID]] = field(default_factory=list)
    welcome: set[UUID] = field(default_factory=set)
    partings: bool = False
