"""The return that isn't confirmed yet. It is not stored: nothing was paid out, and a restart begins it anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ReturnInHand:
    """``code`` is the receipt's. By the number of the sale's line, in thousandths: ``wanted``, all that was left of it,
    which the server may have to lend; and ``goods``, what is to come back."""

    id: UUID
    code: str
    sale_id: UUID
    wanted: Mapping[int, int]
    goods: Mapping[int, int] = field(default_factory=dict)
