"""The page of cash beside sales: which way it goes, how much, why, who approves, and what to do with the slip."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QVBoxLayout

from pos_client.presenters.cash_desk import X_REPORT
from pos_client.presenters.language import Language
from pos_client.presenters.shop_words import role_name
from pos_client.presenters.state import CashStep, CounterState, MovingCash
from pos_client.ui.key import Key
from pos_client.ui.labels import card, label, restyle
from pos_client.ui.page import DeskPage
from pos_client.ui.panel import KeyList
from pos_client.ui.theme import GAP, MAIN_KEY, TITLE, TOUCH
from shared_models.domain.cash_drawer import MovementKind, reason_text
from shared_models.domain.text import N_

_ROWS = {
    MovementKind.PAID_IN: (N_("Put cash in"), N_("Change from the safe, what is left of an expense"), "plus"),
    MovementKind.PAID_OUT: (N_("Pay out"), N_("A supplier, a small expense; a manager approves it"), "minus"),
    MovementKind.DROP: (N_("Drop into the safe"), N_("So that less lies in the drawer"), "lock"),
    X_REPORT: (N_("Print the X report"), N_("The shift's figures so far; nothing is reset"), "receipt"),
}
_TITLES = {
    MovementKind.PAID_IN: N_("Put cash in"),
    MovementKind.PAID_OUT: N_("Pay out"),
    MovementKind.DROP: N_("Drop into the safe"),
}
_DONE = {
    MovementKind.PAID_IN: N_("Put in"),
    MovementKind.PAID_OUT: N_("Paid out"),
    MovementKind.DROP: N_("Dropped"),
}
_COUNT = {
    MovementKind.PAID_IN: N_("Count what you put in, type the sum and Enter. The drawer opens afterwards."),
    MovementKind.PAID_OUT: N_("Type the sum that is paid out and Enter. The drawer opens afterwards."),
    MovementKind.DROP: N_("Type the sum that goes into the safe and Enter. The drawer opens afterwards."),
}
_OPENS = N_("The drawer opens, and the slip is being printed.")
_SHUT = N_("The printer doesn't print now: open the drawer with its key. The slip comes once it prints again.")
_SIGN = N_("Both of you sign the slip; it is kept with the cash or goes with it.")


class CashPage(DeskPage):
    def build(self) -> None:
        self.inside.setContentsMargins(20, 16, 20, 16)
        self.inside.setSpacing(GAP)
        restyle(self.title, "level", "large")
        self._sum = label("huge", name="cash_sum")
        self._list = KeyList(self.theme)
        self._done = card("success", "cash_done")
        done = QVBoxLayout(self._done)
        done.setContentsMargins(20, 16, 20, 16)
        self._done_word, self._done_sum = label(tone="muted"), label("huge", name="cash_moved")
        self._done_reason, self._then = label(wrap=True), label(wrap=True, name="cash_then")
        for widget in (self._done_word, self._done_sum, self._done_reason, self._then):
            done.addWidget(widget)
        self._next = Key(self.theme, "next_sale", "main")
        self._next.setFixedHeight(MAIN_KEY)
        self._next.does(self.entry.field.submit)
        self._leave = Key(self.theme, "back")
        self._leave.setFixedHeight(TOUCH + GAP)
        self._leave.does(lambda: self.entry.field.press("Escape"))
        self.inside.addWidget(self._sum)
        self.inside.addWidget(self._list, 1)
        self.inside.addWidget(self._done)
        self.inside.addStretch(0)
        self.inside.addWidget(self._next)
        self.inside.addWidget(self._leave)

    def render_state(self, state: CounterState, language: Language) -> None:
        super().render_state(state, language)
        desk, words = state.moving, language.words
        if desk is None:
            return
        for key in (self._leave, self._next):
            key.use(self.theme)
        back = N_("Back to the sale") if desk.step is CashStep.KIND else N_("Back")
        self._leave.show_as(words(back), hint="Esc", icon="back")
        self._leave.setVisible(desk.step is not CashStep.DONE)
        self._next.show_as(words(N_("Back to the sale")), hint=words(N_("Enter")), icon="forward", size=TITLE)
        self._next.setVisible(desk.step is CashStep.DONE)
        self._render_head(state, desk, language)
        self._render_rows(desk, language)
        self._done.setVisible(desk.step is CashStep.DONE)
        if desk.step is CashStep.DONE:
            self._render_done(desk, language)

    def _render_head(self, state: CounterState, desk: MovingCash, language: Language) -> None:
        words = language.words
        first = desk.step is CashStep.KIND
        self.title.setText(words(N_("Cash in the drawer") if first else _TITLES[desk.kind]))
        text = ""
        match desk.step:
            case CashStep.KIND:
                text = words(N_("Beside sales. Each is recorded with your name, and head office sees it."))
            case CashStep.AMOUNT:
                text = words(_COUNT[desk.kind])
            case CashStep.REASON:
                text = words(N_("Why? It stands on the slip and at head office."))
            case CashStep.APPROVE:
                text = words(N_("Who approves it? Choose, then the PIN."))
            case CashStep.DONE:
                pass
        self.text.setText(text)
        self.text.setVisible(bool(text))
        shows = desk.step in (CashStep.REASON, CashStep.APPROVE)
        self._sum.setVisible(shows)
        self._sum.setText(language.money(desk.amount_minor, state.currency))

    def _render_rows(self, desk: MovingCash, language: Language) -> None:
        rows = self.counter.cash_desk.rows()
        self._list.setVisible(bool(rows))
        self._list.use(self.theme)
        keys = self._list.fill([f"cash_{desk.step.value}_{place + 1}" for place in range(len(rows))])
        for place, (key, row) in enumerate(zip(keys, rows, strict=True)):
            text, below, sign = _about(row, desk, language)
            role = "soft" if place == desk.cursor else "plain"
            key.show_as(f"{place + 1}   {text}", below=below, icon=sign, left=True, role=role)
            key.does(partial(self.counter.cash_desk.pick, place))
        self._list.reveal(desk.cursor)

    def _render_done(self, desk: MovingCash, language: Language) -> None:
        done, words = desk.done, language.words
        if done is None:
            return
        self._done_word.setText(words(_DONE[done.kind]))
        self._done_sum.setText(language.money(done.amount_minor, done.currency))
        self._done_reason.setText(words(reason_text(done.kind, done.reason)))
        told = [words(_OPENS if done.opens else _SHUT)]
        if done.kind is not MovementKind.PAID_IN:
            told.append(words(_SIGN))
        self._then.setText("\n".join(told))


def _about(row: str, desk: MovingCash, language: Language) -> tuple[str, str, str]:
    """A row's name, its second line and its icon."""
    words = language.words
    if desk.step is CashStep.KIND:
        name, below, sign = _ROWS[row if row == X_REPORT else MovementKind(row)]
        return words(name), words(below), sign
    if desk.step is CashStep.APPROVE:
        person = next((each for each in (desk.view.approvers if desk.view else ()) if each.id == row), None)
        return (person.name, role_name(person.role, language), "person") if person else (row, "", "person")
    return words(reason_text(desk.kind, row)), "", ""
