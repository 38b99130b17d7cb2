"""What the customer reads on a pole display: two lines, each a word and a figure (TILL-9)."""

from __future__ import annotations

from drivers.display.trial import TRIAL
from pos_client.app.views import LineView, PoleLine
from pos_client.presenters.language import Language
from pos_client.presenters.state import AT_THE_COUNTER, CounterState, Screen
from shared_models.domain.text import N_

_NOTHING = PoleLine("")


def pole_lines(state: CounterState, language: Language) -> tuple[PoleLine, PoleLine]:
    """The line that was scanned or changed last and the total; what is still to pay; the change. Never who the member
    is: others read it too."""

    def line(text: str, minor: int) -> PoleLine:
        return PoleLine(language.words(text), language.figures(minor, state.currency))

    if state.devices is not None and state.devices.showing:
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


def _shown(state: CounterState) -> LineView:
    """The one that keys act on, else the last."""
    assert state.sale is not None
    lines = state.sale.lines
    return next((line for line in lines if line.line_id == state.selected), lines[-1])


def _goods(line: LineView, language: Language, currency: str) -> PoleLine:
    """In a name's place, where the display can't show it, how many at what price."""
    unit_price = language.figures(line.unit_price_minor, currency)
    counted = f"{language.quantity(line.quantity_milli)} x {unit_price}"
    return PoleLine(line.name, language.figures(line.amount_minor, currency), counted)
