"""What the customer reads: two lines of a pole display, or a window of the customer's own (TILL-9).

Never who the member is, nor what of points or stored value there is: others read it too.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.display.trial import TRIAL
from pos_client.app.views import LineView, PoleLine
from pos_client.presenters.language import Language
from pos_client.presenters.shop_words import near_miss_sentence
from pos_client.presenters.state import AT_THE_COUNTER, CounterState, Screen
from shared_models.domain.text import N_

_NOTHING = PoleLine("")


def pole_lines(state: CounterState, language: Language) -> tuple[PoleLine, PoleLine]:
    """The line that was scanned or changed last and the total; what is still to pay; the change."""

    def line(text: str, minor: int) -> PoleLine:
        return PoleLine(language.words(text), language.figures(minor, state.currency))

    if state.screen is Screen.DEVICES and state.devices is not None and state.devices.showing:
        upper, lower = (PoleLine(*each) for each in TRIAL)
        return upper, lower
    if state.screen not in AT_THE_COUNTER:
        return PoleLine(language.words(N_("Next counter please"))), _NOTHING
    if state.screen is Screen.CHANGE and state.change is not None:
        return line(N_("Paid"), state.change.tendered_minor), line(N_("Change"), state.change.change_minor)
    if state.screen is Screen.RETURN and state.giving_back is not None and state.giving_back.done is not None:
        return line(N_("Refund"), state.giving_back.done.total_minor), _NOTHING
    if state.screen is Screen.TENDER and state.tender is not None:
        saved = state.sale.saved_minor if state.sale is not None else 0
        return line(N_("To pay"), state.tender.due_minor), line(N_("You save"), saved) if saved else _NOTHING
    if state.sale is None or not state.sale.lines:
        return PoleLine(language.words(N_("Welcome"))), _NOTHING
    return _goods(_shown(state), language, state.currency), line(N_("Total"), state.sale.total_minor)


@dataclass(frozen=True, slots=True)
class CustomerView:
    """``greeting`` stands alone while there are no ``lines``. ``figures`` are words and sums, the first one the one
    that counts; ``good`` is good news: what was saved, points to come; ``hint`` an offer that is just missed; ``link``
    where the receipt can be read, empty if nowhere."""

    greeting: str = ""
    lines: tuple[LineView, ...] = ()
    selected: int | None = None
    figures: tuple[tuple[str, str], ...] = ()
    good: tuple[str, ...] = ()
    hint: str = ""
    link: str = ""


def customer_view(state: CounterState, language: Language, receipt_url: str = "") -> CustomerView:
    """What the customer's window shows of ``state``. Receipts are read under ``receipt_url`` and their code."""
    words = language.words

    def sum_of(text: str, minor: int) -> tuple[str, str]:
        return words(text), language.money(minor, state.currency)

    def points(count: int) -> tuple[str, ...]:
        return (words(N_("Points +{points}")).format(points=language.number(count)),) if count else ()

    def saved(minor: int) -> tuple[str, ...]:
        amount = language.money(minor, state.currency)
        return (words(N_("You save {amount}")).format(amount=amount),) if minor else ()

    if state.screen not in AT_THE_COUNTER:
        return CustomerView(words(N_("Next counter please")))
    sale, back = state.sale, state.giving_back
    if state.screen is Screen.CHANGE and state.change is not None:
        done = state.change
        figures = (sum_of(N_("Change"), done.change_minor), sum_of(N_("Paid"), done.tendered_minor))
        good = (*saved(sale.saved_minor if sale else 0), *points(done.points_earned))
        link = f"{receipt_url}{done.receipt_code}" if receipt_url and done.receipt_code else ""
        return CustomerView(words(N_("Thank you")), figures=figures, good=good, link=link)
    if state.screen is Screen.RETURN and back is not None and back.done is not None:
        return CustomerView(words(N_("Thank you")), figures=(sum_of(N_("Refund"), back.done.total_minor),))
    if sale is None or not sale.lines:
        return CustomerView(words(N_("Welcome")))
    good = (*saved(sale.saved_minor), *(points(sale.points_to_earn) if sale.member else ()))
    if state.screen is Screen.TENDER and state.tender is not None:
        due, paid = state.tender.due_minor, state.tender.total_minor - state.tender.due_minor
        figures = (sum_of(N_("To pay"), due), *((sum_of(N_("Paid"), paid),) if paid else ()))
        return CustomerView("", sale.lines, None, figures, good)
    hint = near_miss_sentence(sale.near_miss, state.currency, language) if sale.near_miss else ""
    return CustomerView("", sale.lines, _shown(state).line_id, (sum_of(N_("Total"), sale.total_minor),), good, hint)


def _shown(state: CounterState) -> LineView:
    """The one that keys act on, else the last."""
    assert state.sale is not None
    lines = state.sale.lines
    return next((line for line in lines if line.line_id == state.selected), lines[-1])


def _goods(line: LineView, language: Language, currency: str) -> PoleLine:
    """In a name's place, where the display can't show it, how many at what price."""
    unit_price = language.figures(line.unit_price_minor, currency)
    if line.unweighed:
        return PoleLine(line.name, "–", unit_price)
    counted = f"{language.quantity(line.quantity_milli)} x {unit_price}"
    return PoleLine(line.name, language.figures(line.amount_minor, currency), counted)
