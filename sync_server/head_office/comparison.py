"""What a period is compared with, in words: "+4.2 % to last Tuesday by this time"."""

from __future__ import annotations

from dataclasses import dataclass

from sync_server.head_office.filters import Filter
from sync_server.head_office.formats import Formats
from sync_server.head_office.office import Desk
from sync_server.head_office.period import Span
from sync_server.head_office.queries.scope import Scope


@dataclass(frozen=True, slots=True)
class Comparison:
    """``this`` and ``that`` name the two periods; ``to`` is how a sentence goes on after a change."""

    scope: Scope
    this: str
    that: str
    to: str
    nothing: str
    formats: Formats

    @classmethod
    def of(cls, chosen: Filter, desk: Desk) -> Comparison:
        scope = chosen.scope.before(desk.now_ms, chosen.today_is_running)
        this, that = _names(chosen, desk), _name_before(scope, chosen, desk)
        to = desk.words("to %(period)s, by this time") if chosen.today_is_running else desk.words("to %(period)s")
        nothing = desk.words("nothing to compare with: no figures for %(period)s")
        named = {"period": that}
        return cls(scope, this, that, to % named, nothing % named, desk.formats)

    def change(self, now: int, before: int) -> str:
        """``+4.2 % to last Tuesday``, or that there is nothing to compare with."""
        change = self.formats.change(now, before)
        return self.nothing if change is None else f"{change} {self.to}"


def _names(chosen: Filter, desk: Desk) -> str:
    period, formats = chosen.period, desk.formats
    if period.span is Span.TODAY:
        return desk.words("Today")
    if period.span is Span.YESTERDAY:
        return desk.words("Yesterday")
    if period.is_one_day:
        return formats.day(period.first)
    return f"{formats.day_short(period.first)} – {formats.day_short(period.last)}"


def _name_before(scope: Scope, chosen: Filter, desk: Desk) -> str:
    period, formats = scope.period, desk.formats
    if chosen.period.span is Span.TODAY:
        return desk.words("last %(weekday)s") % {"weekday": formats.weekday(period.first)}
    if period.is_one_day:
        named = {"weekday": formats.weekday(period.first), "date": formats.day_short(period.first)}
        return desk.words("%(weekday)s, %(date)s") % named
    return f"{formats.day_short(period.first)} – {formats.day_short(period.last)}"
