"""What the programme says about stored value (SV-1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SpendOrder(StrEnum):
    """What pays first. Only with ``PRO_RATA`` is nobody paid out a principal whose bonus is used up already. With
    ``BONUS_FIRST`` it takes a purchase for that, with ``PRINCIPAL_FIRST`` a second one, the first being returned."""

    PRINCIPAL_FIRST = "principal_first"
    BONUS_FIRST = "bonus_first"
    PRO_RATA = "pro_rata"


class Forfeit(StrEnum):
    """How much of the bonus is lost when principal is paid out. With the last of the principal it is all of it."""

    IN_PROPORTION = "in_proportion"
    WHOLLY = "wholly"


@dataclass(frozen=True, slots=True)
class LoadStep:
    """A load of at least ``from_minor`` brings ``bonus_minor`` on top."""

    from_minor: int
    bonus_minor: int


@dataclass(frozen=True, slots=True)
class StoredValueRule:
    """``steps`` rise in both figures. A bonus is good for ``bonus_days`` after the day of its load, ``None`` for ever;
    what was paid in never expires. ``most_bonuses`` loads of a member bring a bonus, ``None`` for any number.

    The law limits what a card may hold, ``None`` for no limit: ``most_load_minor`` is of one load without its bonus,
    ``most_balance_minor`` of all that can be spent after a load, with its bonus.
    """

    steps: tuple[LoadStep, ...] = ()
    spend_order: SpendOrder = SpendOrder.PRO_RATA
    bonus_days: int | None = None
    most_load_minor: int | None = None
    most_balance_minor: int | None = None
    most_bonuses: int | None = None
    forfeit: Forfeit = Forfeit.IN_PROPORTION

    def bonus_of(self, load_minor: int) -> int:
        """The bonus of the highest step that ``load_minor`` reaches."""
        return max((step.bonus_minor for step in self.steps if step.from_minor <= load_minor), default=0)
