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
    """``this`` and ``that`` name the two periods; the other texts are sentences to fill."""

    scope: Scope
    this: str
    that: str
    against: str
    nothing: str
    from_: str
    then: str
    formats: Formats

    @classmethod
    def of(cls, chosen: Filter, desk: Desk) -> Comparison:
        scope = chosen.scope.before(desk.now_ms, chosen.today_is_running)
        this, that = _names(chosen, desk), _name_before(scope, chosen, desk)
        against = desk.gettext("%(change)s to %(period)s")
        if chosen.today_is_running:
            against = desk.gettext("%(change)s to %(period)s, by this time")
        nothing = desk.gettext("nothing to compare with: no figures for %(period)s")
        return cls(
            scope, this, that, against, nothing % {"period": that}, desk.gettext("%(change)s from %(before)s"),
            desk.gettext("%(before)s then"), desk.formats,
        )  # fmt: skip

    def short(self, now: int, before: int, shown: str) -> str:
        """``+4.2 % from 78``; ``shown`` is ``before`` as the page writes it."""
        change = self.formats.change(now, before)
        return self.then % {"before": shown} if change is None else self.from_ % {"change": change, "before": shown}

    def change(self, now: int, before: int) -> str:
        """``+4.2 % to last Tuesday``, or that there is nothing to compare with."""
        change = self.formats.change(now, before)
        return self.nothing if change is None else self.against % {"change": change, "period": self.that}


def _names(chosen: Filter, desk: Desk) -> str:
    period, formats = chosen.period, desk.formats
    if period.span is Span.TODAY:
        return desk.gettext("Today")
    if period.span is Span.YESTERDAY:
        return desk.gettext("Yesterday")
    if period.is_one_day:
        return formats.day(period.first)
    return f"{formats.day_short(period.first)} – {formats.day_short(period.last)}"


def _name_before(scope: Scope, chosen: Filter, desk: Desk) -> str:
    period, formats = scope.period, desk.formats
    if chosen.period.span is Span.TODAY:
        return desk.gettext("last %(weekday)s") % {"weekday": formats.weekday(period.first)}
    if period.is_one_day:
        named = {"weekday": formats.weekday(period.first), "date": formats.day_short(period.first)}
        return desk.gettext("%(weekday)s, %(date)s") % named
    return f"{formats.day_short(period.first)} – {formats.day_short(period.last)}"
