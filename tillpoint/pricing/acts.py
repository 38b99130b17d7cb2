"""What happens to a case after it is priced: it is paid, and parts of it come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shared_models.domain.document_fields import Fields
from shared_models.domain.money import MAX_AMOUNT_MINOR
from shared_models.domain.quantity import parse_quantity
from shared_models.domain.return_record import ReturnPolicy
from shared_models.domain.sale import TenderKind

_POLICIES = (ReturnPolicy.SHARE_GOES_BACK, ReturnPolicy.REPRICE_KEPT)


@dataclass(frozen=True, slots=True)
class PaidWith:
    """``amount_minor`` is what is handed over, 0 for all that is due; points say how many instead."""

    kind: TenderKind
    amount_minor: int = 0
    points: int = 0
    bonus_minor: int = 0


@dataclass(frozen=True, slots=True)
class Return:
    """``lines`` are (line from 1, thousandths); ``on`` is the business date, ``None`` for that of the sale."""

    lines: tuple[tuple[int, int], ...]
    policy: ReturnPolicy
    on: date | None


def read_paid(fields: Fields) -> PaidWith:
    return fields.finish(
        PaidWith(
            kind=TenderKind(fields.choice("kind", tuple(TenderKind))),
            amount_minor=fields.integer("amount_minor", 0, MAX_AMOUNT_MINOR, default=0),
            points=fields.integer("points", 0, MAX_AMOUNT_MINOR, default=0),
            bonus_minor=fields.integer("bonus_minor", 0, MAX_AMOUNT_MINOR, default=0),
        )
    )


def read_return(fields: Fields) -> Return:
    """``quantity`` is text as typed at a till; ``policy`` is ``share_goes_back`` or ``reprice_kept``."""
    lines = []
    for line in fields.children("lines", 1_000):
        number = line.integer("line", 1, 10_000)
        lines.append(line.finish((number, parse_quantity(line.text_or_empty("quantity") or "1"))))
    policy = ReturnPolicy(fields.choice_or("policy", _POLICIES, ReturnPolicy.SHARE_GOES_BACK))
    return fields.finish(Return(tuple(lines), policy, fields.day_or_none("on")))
