"""How the screens say things: words by gettext, figures by Babel, for one language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from pos_client.locale import catalogue
from shared_models.domain.catalogue import EACH
from shared_models.domain.money import CURRENCIES, Currency
from shared_models.domain.sale_receipt import UNITS
from shared_models.domain.text import N_

MINUS = "−"

_UNITS = {EACH: N_("pc"), **UNITS}
_CURRENCY_FALLBACK_EXPONENT = 2


class Language:
    """Words, sums and times as people read them in ``code`` (``en``, ``zh_Hans``, ``zh_Hant``)."""

    def __init__(self, code: str) -> None:
        self.code = code
        self._catalogue = catalogue(code)
        self._locale = Locale.parse(code)

    def words(self, text: str) -> str:
        """The gettext look-up; an empty text stays empty."""
        return self._catalogue.gettext(text) if text else ""

    def ngettext(self, one: str, many: str, number: int) -> str:
        """``one`` or ``many`` in this language, with ``{number}`` filled in."""
        return self._catalogue.ngettext(one, many, number).format(number=self.number(number))

    def sentences(self, said: Iterable[str]) -> str:
        """One after another; Chinese ones have no blank between them."""
        return ("" if self._locale.language == "zh" else " ").join(said)

    def number(self, number: int) -> str:
        return self._minus(format_decimal(number, locale=self._locale))

    def money(self, minor: int, currency: str) -> str:
        """``minor`` with sign, symbol and this language's separators: ``−¥1,234.50``."""
        return _money(self._locale, minor, currency)

    def figures(self, minor: int, currency: str) -> str:
        """The same without the symbol: what stands on a display of few letters."""
        return _figures(self._locale, minor, currency)

    def quantity(self, quantity_milli: int) -> str:
        """Thousandths as people write them: ``3``, ``0.455``."""
        return self._minus(format_decimal(Decimal(quantity_milli).scaleb(-3), format="#,##0.###", locale=self._locale))

    def unit(self, unit: str) -> str:
        return self.words(_UNITS[unit]) if unit in _UNITS else unit

    def clock(self, at_ms: int, timezone: str) -> str:
        """Hours and minutes in the store's zone."""
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(_zone(timezone))
        return format_time(local.time(), format="HH:mm", locale=self._locale)

    def day(self, day: date) -> str:
        """Month and day; the year is clear to whoever stands at a till."""
        return format_date(day, format="MM-dd", locale=self._locale)

    def _minus(self, text: str) -> str:
        return text.replace("-", MINUS)


@lru_cache(maxsize=4)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=4096)
def _money(locale: Locale, minor: int, currency: str) -> str:
    symbol, _ = _shape(currency)
    return f"{MINUS if minor < 0 else ''}{symbol}{_figures(locale, abs(minor), currency)}"


def _figures(locale: Locale, minor: int, currency: str) -> str:
    _, exponent = _shape(currency)
    amount = Decimal(abs(minor)).scaleb(-exponent)
    pattern = "#,##0" + ("." + "0" * exponent if exponent else "")
    return (MINUS if minor < 0 else "") + format_decimal(amount, format=pattern, locale=locale)


def _shape(currency: str) -> tuple[str, int]:
    known: Currency | None = CURRENCIES.get(currency)
    return (known.symbol, known.exponent) if known else (f"{currency} ", _CURRENCY_FALLBACK_EXPONENT)
