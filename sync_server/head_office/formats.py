"""Numbers, money and time as the reader's language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from gettext import NullTranslations

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_compact_decimal, format_currency, format_decimal, format_percent

from shared_models.domain.money import CURRENCIES

MINUS = "−"
_THOUSAND = 1000
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


class Formats:
    """All formats of one language and one time zone. Amounts are minor units, instants Unix milliseconds."""

    def __init__(self, language: str, zone: tzinfo | None, translations: NullTranslations) -> None:
        self.language = language
        self._locale = Locale.parse(language)
        self._zone = zone
        self._translations = translations

    def gettext(self, text: str) -> str:
        return self._translations.gettext(text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self._translations.ngettext(one, many, count)

    def money(self, minor: int, currency: str) -> str:
        known = CURRENCIES.get(currency)
        exponent = known.exponent if known else 2
        value = Decimal(minor).scaleb(-exponent)
        symbol = known.symbol if known else currency
        text: str = format_currency(abs(value), currency, locale=self._locale, format=None)
        text = text.replace(_symbol_of(currency, self._locale), symbol)
        return MINUS + text if minor < 0 else text

    def money_short(self, minor: int, currency: str) -> str:
        """For the axis of a chart: without cents, large sums in thousands or 万."""
        known = CURRENCIES.get(currency)
        value = Decimal(minor).scaleb(-(known.exponent if known else 2))
        return (known.symbol if known else "") + format_compact_decimal(value, locale=self._locale, fraction_digits=1)

    def number(self, value: int) -> str:
        text: str = format_decimal(abs(value), locale=self._locale)
        return MINUS + text if value < 0 else text

    def signed(self, value: int) -> str:
        """With a plus or a minus, as ledgers write entries."""
        return f"+{self.number(value)}" if value > 0 else self.number(value)

    def quantity(self, milli: int) -> str:
        """Thousandths as people write them: ``3``, ``0.456``."""
        text: str = format_decimal(Decimal(abs(milli)) / _THOUSAND, format="#,##0.###", locale=self._locale)
        return MINUS + text if milli < 0 else text

    def percent(self, part: int, whole: int) -> str:
        """``part`` of ``whole``; a dash if there is no whole."""
        if whole == 0:
            return "–"
        return str(format_percent(Decimal(part) / Decimal(whole), format="#,##0.0 %", locale=self._locale))

    def change(self, now: int, before: int) -> str | None:
        """``+4.2 %``; ``None`` if there is nothing to compare with."""
        if before <= 0:
            return None
        ratio = (Decimal(now) - before) / before
        text: str = format_percent(abs(ratio), format="#,##0.0 %", locale=self._locale)
        return f"{MINUS}{text}" if ratio < 0 else f"+{text}"

    def day(self, value: date | str) -> str:
        """A date with its year."""
        return str(format_date(_date(value), format=_DAY[self.language], locale=self._locale))

    def day_short(self, value: date | str) -> str:
        """Month and day, for a chart's axis and tables of one period."""
        return str(format_date(_date(value), format=_SHORT_DAY[self.language], locale=self._locale))

    def weekday(self, value: date | str) -> str:
        return str(format_date(_date(value), format="EEEE", locale=self._locale))

    def weekday_short(self, value: date | str) -> str:
        return str(format_date(_date(value), format="EEE", locale=self._locale))

    def local(self, ms: int) -> datetime:
        """The instant in head office's zone."""
        return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms)).astimezone(self._zone)

    def clock_time(self, ms: int) -> str:
        return str(format_time(self.local(ms).time(), format="HH:mm", locale=self._locale))

    def clock_time_exact(self, ms: int) -> str:
        return str(format_time(self.local(ms).time(), format="HH:mm:ss", locale=self._locale))

    def moment(self, ms: int) -> str:
        return f"{self.day(self.local(ms).date())} {self.clock_time(ms)}"

    def ago(self, ms: int, now_ms: int) -> str:
        """How long ago, in the largest unit that says it well."""
        seconds = max(0, (now_ms - ms) // 1000)
        if seconds < _MINUTE_S:
            return self.gettext("just now")
        if seconds < _HOUR_S:
            count = seconds // _MINUTE_S
            return self.ngettext("%(count)s minute ago", "%(count)s minutes ago", count) % {"count": self.number(count)}
        if seconds < _DAY_S:
            count = seconds // _HOUR_S
            return self.ngettext("%(count)s hour ago", "%(count)s hours ago", count) % {"count": self.number(count)}
        count = seconds // _DAY_S
        return self.ngettext("%(count)s day ago", "%(count)s days ago", count) % {"count": self.number(count)}

    def length(self, ms: int) -> str:
        """How long something lasted, in the largest unit that says it well."""
        minutes = max(1, ms // 60_000)
        if minutes < 2 * _HOUR_S // _MINUTE_S:
            return self.ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": self.number(minutes)}
        hours = minutes * _MINUTE_S // _HOUR_S
        if hours < 2 * _DAY_S // _HOUR_S:
            return self.ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": self.number(hours)}
        days = hours * _HOUR_S // _DAY_S
        return self.ngettext("%(count)s day", "%(count)s days", days) % {"count": self.number(days)}

    def wait(self, ms: int) -> str:
        """A time to wait, rounded up."""
        seconds = -(-ms // 1000)
        if seconds < 2 * _MINUTE_S:
            return self.ngettext("%(count)s second", "%(count)s seconds", seconds) % {"count": self.number(seconds)}
        count = -(-seconds // _MINUTE_S)
        return self.ngettext("%(count)s minute", "%(count)s minutes", count) % {"count": self.number(count)}


_DAY = {"en": "d MMM y", "zh_Hans": "y年M月d日", "zh_Hant": "y年M月d日"}
_SHORT_DAY = {"en": "d MMM", "zh_Hans": "M月d日", "zh_Hant": "M月d日"}


def _date(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _symbol_of(currency: str, locale: Locale) -> str:
    return str(locale.currency_symbols.get(currency, currency))
