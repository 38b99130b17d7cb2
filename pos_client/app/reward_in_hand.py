"""The reward that a member chose and doesn't have yet. It is not stored: a restart begins it anew."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RewardInHand:
    """``units`` of ``reward`` (its id) for the member of the sale in hand. ``id`` is that of the redemption to be."""

    id: UUID
    member_id: UUID
    reward: str
    units: int
