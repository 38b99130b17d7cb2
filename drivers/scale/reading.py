"""What a scale says, and why it says nothing that may be sold by.

Weights are integers: thousandths of a kilogram or of a pound, as the scale shows them. Nothing is rounded or converted
here: legal-for-trade weighing asks that the weight on the receipt is the one that was on the scale's display.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from drivers.ports import DeviceFault
from shared_models.domain.text import N_


class Unit(StrEnum):
    KILOGRAM = "kg"
    POUND = "lb"


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight at rest. ``net``: a tare is taken off. ``unit_price_minor`` and ``total_minor`` are those that a scale
    with prices has shown; ``None`` of one that only weighs."""

    milli: int
    unit: Unit
    net: bool = False
    unit_price_minor: int | None = None
    total_minor: int | None = None


class WeighingFault(DeviceFault):
    """There is no weight that may be sold by."""

    code = "weighing"


class InMotion(WeighingFault):
    code = "scale_in_motion"
    template = N_("The weight isn't at rest. Let go of the goods and weigh again.")


class Overloaded(WeighingFault):
    code = "scale_overloaded"
    template = N_("That is too heavy for the scale.")


class BelowZero(WeighingFault):
    code = "scale_below_zero"
    template = N_("The scale is below zero. Put its plate on, or set it to zero.")


class NothingOnScale(WeighingFault):
    code = "scale_empty"
    template = N_("There is nothing on the scale.")


class NotZeroed(WeighingFault):
    """It was switched on with something on it, or can't find its zero."""

    code = "scale_not_zeroed"
    template = N_("The scale can't find its zero. Take everything off, then switch it off and on.")


class AnswerFault(StrEnum):
    CHECKSUM = "checksum"
    NOT_A_WEIGHT = "not_a_weight"
    TOO_LONG = "too_long"
    HALF = "half"
    REFUSED = "refused"


_SENTENCES: Final = {
    AnswerFault.CHECKSUM: N_("The scale's answer was garbled. Check its cable."),
    AnswerFault.NOT_A_WEIGHT: N_("What the scale answers is no weight. Check which protocol it is set to."),
    AnswerFault.TOO_LONG: N_("What the scale answers is no weight. Check which protocol it is set to."),
    AnswerFault.HALF: N_("Only a part of the scale's answer came. Check its cable."),
    AnswerFault.REFUSED: N_("The scale refuses to answer. Check which protocol it is set to."),
}


class BadAnswer(WeighingFault):
    """``raw`` holds at most the first 64 bytes."""

    code: ClassVar[str] = "scale_answer"

    def __init__(self, device: str, why: AnswerFault, raw: bytes) -> None:
        self.template = _SENTENCES[why]
        super().__init__(device)
        self.why = why
        self.raw = raw[:64]
