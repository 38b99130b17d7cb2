"""Panels of paying: what is due and how it is paid; then the change."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout

from pos_client.presenters.language import Language
from pos_client.presenters.shop_words import notice_sentence, tender_name
from pos_client.presenters.state import CounterState
from pos_client.ui.key import Key
from pos_client.ui.labels import card, label
from pos_client.ui.panel import KeyList, Panel
from pos_client.ui.theme import BODY, GAP, MAIN_KEY, TITLE
from shared_models.domain.points import Limit
from shared_models.domain.text import N_

_FEW_NOTES = 4
_HIGH_KEY, _LOW_KEY = 56, 46
_FLOOR, _ALL_OF_THEM = f"limit_{Limit.OFFLINE}", f"limit_{Limit.BALANCE}"


class TenderPanel(Panel):
    def build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(GAP)
        top = QHBoxLayout()
        top.setSpacing(GAP)
        due = QVBoxLayout()
        due.setSpacing(0)
        self._due_word = label(tone="muted")
        self._due = label("total", name="due")
        due.addWidget(self._due_word)
        due.addWidget(self._due)
        top.addLayout(due)
        self._paid = KeyList(self.theme)
        self._paid.setMaximumHeight(116)
        top.addWidget(self._paid, 1)
        box.addLayout(top)
        self._note_row = QHBoxLayout()
        self._note_row.setSpacing(GAP)
        self._notes: list[Key] = []
        box.addLayout(self._note_row)
        self._other = QGridLayout()
        self._other.setHorizontalSpacing(12)
        self._other.setVerticalSpacing(4)
        self._points, self._stored = Key(self.theme, "points"), Key(self.theme, "stored_value")
        self._points.does(partial(self.field.press, "F6"))
        self._stored.does(partial(self.field.press, "F1"))
        self._why = label("caption", "muted", wrap=True)
        self._arrange(with_stored_value=False)
        box.addLayout(self._other)
        box.addStretch(1)

    def _arrange(self, *, with_stored_value: bool) -> None:
        """Points with what is said of them beside them; with stored value two keys, and below them what is said."""
        for widget in (self._points, self._stored, self._why):
            self._other.removeWidget(widget)
        self._stored.setVisible(with_stored_value)
        self._other.addWidget(self._points, 0, 0)
        if with_stored_value:
            self._other.addWidget(self._stored, 0, 1)
            self._other.addWidget(self._why, 1, 0, 1, 2)
        else:
            self._other.addWidget(self._why, 0, 1)
        for key in (self._points, self._stored):
            key.setFixedHeight(_LOW_KEY if with_stored_value else _HIGH_KEY)
        self._other.setColumnStretch(0, 2)
        self._other.setColumnStretch(1, 2 if with_stored_value else 3)

    def render_state(self, state: CounterState, language: Language) -> None:
        tender = state.tender
        if tender is None:
            return
        self._due_word.setText(language.words(N_("To pay")))
        self._due.setText(language.money(tender.due_minor, tender.currency))
        self._render_paid(state, language)
        self._render_notes(state, language)
        told = [*self._render_points(state, language), *self._render_stored_value(state, language)]
        self._why.setText(language.sentences(told))

    def _render_paid(self, state: CounterState, language: Language) -> None:
        assert state.tender is not None
        self._paid.use(self.theme)
        keys = self._paid.fill([f"unpay_{place + 1}" for place in range(len(state.tender.paid))])
        for place, (key, payment) in enumerate(zip(keys, state.tender.paid, strict=True)):
            amount = language.money(payment.amount_minor, state.tender.currency)
            many = language.words(N_("{points} points")).format(points=language.number(payment.points))
            said = f"{tender_name(payment.kind, language)} {amount}"
            take_back = language.words(N_("touch takes it back"))
            key.show_as(said, below=" · ".join([many] * bool(payment.points) + [take_back]), left=True, role="soft")
            key.does(partial(self.counter.tendering.take_back, place))

    def _render_notes(self, state: CounterState, language: Language) -> None:
        assert state.tender is not None
        names = [f"note_{minor}" for minor in state.tender.quick_notes]
        if [key.objectName() for key in self._notes] != names:
            for key in self._notes:
                self._note_row.removeWidget(key)
                key.hide()
                key.deleteLater()
            self._notes = [Key(self.theme, name) for name in names]
            for key, minor in zip(self._notes, state.tender.quick_notes, strict=True):
                key.setFixedHeight(MAIN_KEY)
                key.does(partial(self.counter.tendering.pay_cash, minor))
                self._note_row.addWidget(key)
        for key, minor in zip(self._notes, state.tender.quick_notes, strict=True):
            exact = minor == state.tender.due_minor
            key.use(self.theme)
            key.show_as(
                language.money(minor, state.tender.currency),
                below=language.words(N_("exact")) if exact else "",
                role="soft" if exact else "plain",
                size=TITLE if len(self._notes) <= _FEW_NOTES else BODY,
            )

    def _render_points(self, state: CounterState, language: Language) -> list[str]:
        """What there is to say about points."""
        assert state.tender is not None
        points = state.tender.points
        words = language.words
        usable = points is not None and points.max_points > 0
        self._points.use(self.theme)
        self._points.setEnabled(usable)
        most = language.number(points.max_points) if points and usable else ""
        text = words(N_("Use {points} points")).format(points=most) if usable else words(N_("Points"))
        self._points.show_as(text, hint="F6", icon="points", role="member" if usable else "plain")
        told = []
        if points is None:
            told.append(words(N_("Points need a member.")))
        else:
            told.append(words(N_("Balance {points}.")).format(points=language.number(points.balance)))
            if points.offline_left is not None and points.why is not None and points.why.code == _FLOOR:
                left = words(N_("This till may redeem {points} for this member until the server has counted them."))
                told.append(left.format(points=language.number(points.offline_left)))
            elif points.why is not None and points.why.template and points.why.code != _ALL_OF_THEM:
                told.append(notice_sentence(points.why, state.currency, language))
        return told

    def _render_stored_value(self, state: CounterState, language: Language) -> list[str]:
        """What there is to say about stored value; nothing if there is none."""
        assert state.tender is not None
        offer, words = state.tender.stored_value, language.words
        shown = offer is not None and offer.balance_minor != 0
        if shown == self._stored.isHidden():
            self._arrange(with_stored_value=shown)
        if offer is None or not shown:
            return []
        usable = offer.max_minor > 0
        self._stored.use(self.theme)
        self._stored.setEnabled(usable)
        most = language.money(offer.max_minor, state.tender.currency)
        text = words(N_("Stored value {amount}")).format(amount=most) if usable else words(N_("Stored value"))
        self._stored.show_as(text, hint="F1", icon="cash", role="member" if usable else "plain")
        balance = language.money(offer.balance_minor, state.tender.currency)
        told = [words(N_("Stored value balance {balance}.")).format(balance=balance)]
        if offer.why is not None:
            told.append(notice_sentence(offer.why, state.currency, language))
        return told


class ChangePanel(Panel):
    """Stays until the next scan: the cashier still counts."""

    def build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        self._card = card("success", "change_card")
        inside = QVBoxLayout(self._card)
        inside.setContentsMargins(20, 12, 20, 12)
        inside.setSpacing(2)
        self._word = label("title", "success")
        self._change = label("total", "success", name="change")
        self._sums = label(wrap=True)
        self._points = label(wrap=True)
        for widget in (self._word, self._change, self._sums, self._points):
            inside.addWidget(widget)
        box.addWidget(self._card)
        row = QHBoxLayout()
        self._reprint = Key(self.theme, "reprint_now")
        self._reprint.setFixedHeight(52)
        self._reprint.does(partial(self.field.press, "F11"))
        row.addWidget(self._reprint)
        self._gift = Key(self.theme, "gift_receipt")
        self._gift.setFixedHeight(52)
        self._gift.does(partial(self.field.press, "F1"))
        row.addWidget(self._gift)
        box.addSpacing(4)
        box.addLayout(row)
        box.addStretch(1)

    def render_state(self, state: CounterState, language: Language) -> None:
        change = state.change
        if change is None:
            return
        words = language.words
        self._word.setText(words(N_("Change")))
        self._change.setText(language.money(change.change_minor, change.currency))
        self._sums.setText(
            words(N_("Receipt {number} · total {total} · received {tendered}")).format(
                number=change.receipt_number,
                total=language.money(change.total_minor, change.currency),
                tendered=language.money(change.tendered_minor, change.currency),
            )
        )
        if change.points_balance is None:
            self._points.setText(words(N_("Without a member: no points this time.")))
        else:
            told = words(N_("Points +{earned}")).format(earned=language.number(change.points_earned))
            if change.points_redeemed:
                told += words(N_(", used {redeemed}")).format(redeemed=language.number(change.points_redeemed))
            balance = words(N_("balance {balance}")).format(balance=language.number(change.points_balance))
            self._points.setText(f"{told} · {balance}")
        self._reprint.use(self.theme)
        self._reprint.show_as(words(N_("Print the last receipt again")), hint="F11", icon="receipt", left=True, size=16)
        self._gift.use(self.theme)
        self._gift.show_as(words(N_("Gift receipt")), hint="F1", icon="gift", left=True, size=16)
