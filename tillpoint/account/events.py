"""What happens to a member, as ``docs/programme/README.md`` says it is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.money import MAX_AMOUNT_MINOR
from shared_models.domain.programme import Programme
from tillpoint.errors import CommandError
from tillpoint.pricing.case import read_programme

MAX_EVENTS = 100_000


@dataclass(frozen=True, slots=True)
class Purchase:
    """``minor`` is the bill; ``points`` pay part of it."""

    on: date
    minor: int
    points: int


@dataclass(frozen=True, slots=True)
class WholeReturn:
    """All of the purchase that is event ``of``, counted from 1."""

    on: date
    of: int


@dataclass(frozen=True, slots=True)
class Act:
    on: date
    act: str


@dataclass(frozen=True, slots=True)
class Referral:
    on: date


@dataclass(frozen=True, slots=True)
class Granted:
    on: date
    tier: str
    until: date
    by: str


@dataclass(frozen=True, slots=True)
class Stored:
    """``what`` is ``load``, ``spend`` or ``cash_out`` of stored value."""

    on: date
    what: str
    minor: int


Event: TypeAlias = Purchase | WholeReturn | Act | Referral | Granted | Stored
_KINDS = ("purchase", "return", "act", "referral", "grant", "load", "spend", "cash_out")


@dataclass(frozen=True, slots=True)
class Life:
    """``on`` is the day to look at the account, the last event's if none is given."""

    programme: Programme
    events: tuple[Event, ...]
    on: date
    expect: dict[str, Any]


def read_life(plain: object, on: date | None = None) -> Life:
    """Raise ``CommandError`` naming the field."""
    fields = Fields(plain, "", strict=True)
    assert isinstance(plain, dict)
    try:
        programme = read_programme(fields, plain)
        events = tuple(_event(each) for each in fields.children("events", MAX_EVENTS))
        for place in range(1, len(events)):
            if events[place].on < events[place - 1].on:
                raise BadProgramme(field=f"events[{place}].on", problem="it is before the event above it")
        day = fields.day_or_none("on")
        fields.child("expect", optional=True)
        fields.prose("name")
        if not events:
            raise BadProgramme(field="events", problem="there must be at least one")
        return fields.finish(Life(programme, events, on or day or events[-1].on, plain.get("expect", {})))
    except BadProgramme as error:
        raise CommandError(f"This can't be played. {error.values['field']}: {error.values['problem']}.") from error


def _event(fields: Fields) -> Event:
    on, what = fields.day("on"), fields.choice("what", _KINDS)
    event: Event
    match what:
        case "purchase":
            minor = fields.integer("minor", 0, MAX_AMOUNT_MINOR)
            event = Purchase(on, minor, fields.integer("points", 0, MAX_AMOUNT_MINOR, default=0))
        case "return":
            event = WholeReturn(on, fields.integer("of", 1, MAX_EVENTS))
        case "act":
            event = Act(on, fields.text("act"))
        case "referral":
            event = Referral(on)
        case "grant":
            event = Granted(on, fields.text("tier"), fields.day("until"), fields.text("by"))
        case _:
            event = Stored(on, what, fields.integer("minor", 1, MAX_AMOUNT_MINOR))
    return fields.finish(event)
