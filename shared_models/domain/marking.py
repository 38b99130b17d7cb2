"""What the code on goods says of these very pieces: their batch, and until when they may be sold.

After a sell-by date goods "should not be merchandised", an expiration date is "the limit of consumption or use", best
before speaks of quality (GS1 General Specifications, chapter 3, AIs 15 to 17 and 7003). The last day counts as good.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_


class NotForSale(DomainError):
    """``date`` is the last day on which the goods could be sold, ``YYYY-MM-DD``, with a time where the code has one."""

    code = "goods_expired"
    template = N_("{name} expired on {date}. Don't sell it, put it aside.")


class SellByPassed(NotForSale):
    code = "sell_by_passed"
    template = N_("{name} was to be sold by {date}. Don't sell it, put it aside.")


class BestBeforePassed(NotForSale):
    code = "best_before_passed"
    template = N_("{name} was best before {date}. It may not be sold, put it aside.")


@dataclass(frozen=True, slots=True)
class Marking:
    """Pieces of another batch or date get a line of their own. ``expires_at`` is in the store's zone."""

    batch: str = ""
    best_before: date | None = None
    sell_by: date | None = None
    expires: date | None = None
    expires_at: datetime | None = None

    def check_dates(self, name: str, now: datetime, *, past_best: bool) -> None:
        """Raise ``NotForSale`` if the goods may not be sold at ``now`` in the store's zone. ``past_best``: they may be
        past their best-before date.

        The calendar counts, not the business date: after midnight yesterday's goods have expired, however late the
        shop's day ends.
        """
        on = now.date()
        if self.expires is not None and self.expires < on:
            raise NotForSale(name=name, date=self.expires)
        if self.expires_at is not None and self.expires_at < now.replace(tzinfo=None):
            raise NotForSale(name=name, date=self.expires_at.isoformat(" ", "minutes"))
        if self.sell_by is not None and self.sell_by < on:
            raise SellByPassed(name=name, date=self.sell_by)
        if not past_best and self.best_before is not None and self.best_before < on:
            raise BestBeforePassed(name=name, date=self.best_before)


UNMARKED = Marking()
