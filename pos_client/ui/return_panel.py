"""The panel of goods that come back: how many of the line, what is given back, why, who approves it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_client.app.returning import REASONS
from pos_client.app.views import RefundView
from pos_client.presenters.language import Language
from pos_client.presenters.returning import REASON_CODES
from pos_client.presenters.shop_words import notice_sentence, role_name, tender_name
from pos_client.presenters.state import CounterState, GivingBack, ReturnStep
from pos_client.ui.key import Key
from pos_client.ui.labels import card, label
from pos_client.ui.panel import KeyList, StepPanel
from pos_client.ui.theme import GAP, MAIN_KEY, TITLE, TOUCH
from shared_models.domain.sale import TenderKind
from shared_models.domain.text import N_


class ReturnPanel(StepPanel):
    def pages(self) -> Mapping[str, QWidget]:
        return {
            ReturnStep.FIND: self._find(),
            ReturnStep.GOODS: self._goods(),
            ReturnStep.REASON: self._choice(),
            ReturnStep.DONE: self._done(),
        }

    def _find(self) -> QWidget:
        page, box = self.page()
        self._find_title, self._find_text = label("large", wrap=True), label(tone="muted", wrap=True)
        box.addWidget(self._find_title)
        box.addWidget(self._find_text)
        box.addStretch(1)
        return page

    def _goods(self) -> QWidget:
        page, box = self.page()
        self._name = label("title", name="return_line", wrap=True)
        box.addWidget(self._name)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        self._less, self._more = Key(self.theme, "return_less"), Key(self.theme, "return_more")
        self._all = Key(self.theme, "return_all")
        for key, press, stretch in ((self._less, "F8", 2), (self._more, "F4", 2), (self._all, "F1", 3)):
            key.setFixedHeight(MAIN_KEY)
            key.does(partial(self.field.press, press))
            row.addWidget(key, stretch)
        box.addLayout(row)
        self._why = label("caption", "muted", wrap=True)
        box.addWidget(self._why)
        self._refund = card(name="refund")
        inside = QVBoxLayout(self._refund)
        inside.setContentsMargins(16, 8, 16, 8)
        inside.setSpacing(2)
        self._tenders, self._points = label(wrap=True, name="refund_tenders"), label("caption", "member", wrap=True)
        inside.addWidget(self._tenders)
        inside.addWidget(self._points)
        box.addWidget(self._refund)
        self._gift = Key(self.theme, "gift_receipt_of_chosen")
        self._gift.setFixedHeight(TOUCH + GAP)
        self._gift.does(partial(self.field.press, "F11"))
        box.addWidget(self._gift)
        box.addStretch(1)
        return page

    def _choice(self) -> QWidget:
        """Reasons, then who can approve it."""
        page, box = self.page()
        self._title = label("title", wrap=True)
        self._list = KeyList(self.theme)
        box.addWidget(self._title)
        box.addWidget(self._list, 1)
        return page

    def _done(self) -> QWidget:
        page, box = self.page()
        holder = card("success", "returned")
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(20, 16, 20, 16)
        self._give_word, self._give = label(tone="muted"), label("total", name="returned_total")
        self._given, self._after = label(wrap=True), label("caption", "muted", wrap=True)
        for widget in (self._give_word, self._give, self._given, self._after):
            inside.addWidget(widget)
        box.addWidget(holder)
        box.addStretch(1)
        return page

    def render_state(self, state: CounterState, language: Language) -> None:
        giving = state.giving_back or GivingBack()
        step = ReturnStep.REASON if giving.step is ReturnStep.APPROVE else giving.step
        self.show_step(step)
        match giving.step:
            case ReturnStep.FIND:
                self._find_title.setText(language.words(N_("Goods come back")))
                self._find_text.setText(
                    language.words(
                        N_("Receipts of this store from the last 30 days, also without a network. Esc goes back.")
                    )
                )
            case ReturnStep.GOODS:
                self._render_goods(giving, language)
            case ReturnStep.REASON:
                self._render_reasons(giving, language)
            case ReturnStep.APPROVE:
                self._render_approvers(giving, language)
            case ReturnStep.DONE:
                self._render_done(giving, language)

    def _render_goods(self, giving: GivingBack, language: Language) -> None:
        view, line, words = giving.view, self.counter.returning.line(), language.words
        if view is None or line is None:
            return
        chosen, left = language.quantity(line.chosen_milli), language.quantity(line.left_milli)
        counted = words(N_("{chosen} of {left} come back")).format(chosen=chosen, left=left)
        self._name.setText(f"{line.name}\n{counted}")
        for key in (self._less, self._more, self._all):
            key.use(self.theme)
        self._less.show_as("", hint="F8", icon="minus", spoken=words(N_("one less")))
        self._more.show_as("", hint="F4", icon="plus", spoken=words(N_("one more")), role="soft")
        self._all.show_as(words(N_("All of it")), hint="F1", size=TITLE)
        self._gift.use(self.theme)
        self._gift.show_as(words(N_("Gift receipt, nothing comes back")), hint="F11", icon="gift", left=True)
        self._less.setEnabled(line.chosen_milli > 0)
        self._more.setEnabled(line.chosen_milli < line.may_milli)
        self._all.setEnabled(any(each.may_milli > each.chosen_milli for each in view.lines))
        self._why.setText(notice_sentence(line.why, view.currency, language) if line.why else "")
        self._why.setVisible(line.why is not None)
        self._refund.setVisible(view.chosen)
        self._tenders.setText(_tenders(view.refunds, view.currency, language))
        taken = language.number(view.points_taken_back)
        self._points.setText(words(N_("{points} points are taken back")).format(points=taken))
        self._points.setVisible(view.points_taken_back > 0)

    def _render_reasons(self, giving: GivingBack, language: Language) -> None:
        self._title.setText(language.words(N_("Why do the goods come back?")))
        said = [language.words(REASONS[code]) for code in REASON_CODES]
        self._fill([f"reason_{code}" for code in REASON_CODES], [(text, "") for text in said], giving.cursor)

    def _render_approvers(self, giving: GivingBack, language: Language) -> None:
        approvers = giving.view.approvers if giving.view else ()
        total = language.money(giving.view.total_minor, giving.view.currency) if giving.view else ""
        self._title.setText(language.words(N_("Who approves the refund of {amount}?")).format(amount=total))
        said = [(each.name, role_name(each.role, language)) for each in approvers]
        self._fill([f"approver_{each.id}" for each in approvers], said, giving.cursor)

    def _fill(self, names: list[str], said: list[tuple[str, str]], cursor: int) -> None:
        self._list.use(self.theme)
        keys = self._list.fill(names)
        for place, (key, (text, below)) in enumerate(zip(keys, said, strict=True)):
            role = "soft" if place == cursor else "plain"
            key.show_as(f"{place + 1}   {text}", below=below, left=True, role=role)
            key.does(partial(self.counter.returning.pick, place))
        if keys:
            self._list.ensureWidgetVisible(keys[min(cursor, len(keys) - 1)])

    def _render_done(self, giving: GivingBack, language: Language) -> None:
        done, words = giving.done, language.words
        if done is None:
            return
        cash_minor = sum(each.amount_minor for each in done.refunds if each.kind is TenderKind.CASH)
        others = tuple(each for each in done.refunds if each.kind is not TenderKind.CASH)
        self._give_word.setText(words(N_("Give back in cash")))
        self._give.setText(language.money(cash_minor, done.currency))
        self._given.setText(_tenders(others, done.currency, language))
        self._given.setVisible(bool(others))
        told = []
        if done.points_balance is not None:
            taken, balance = language.number(done.points_taken_back), language.number(done.points_balance)
            told.append(words(N_("{points} points are taken back")).format(points=taken))
            told.append(words(N_("balance {balance}")).format(balance=balance))
        told.append(words(N_("the receipt is being printed")))
        self._after.setText(" · ".join(told))


def _tenders(refunds: tuple[RefundView, ...], currency: str, language: Language) -> str:
    """One line for each way the money goes back."""
    said = []
    for each in refunds:
        text = f"{tender_name(each.kind, language)} {language.money(each.amount_minor, currency)}"
        if each.points:
            many = language.words(N_("{points} points")).format(points=language.number(each.points))
            text += f" · {many}"
        said.append(text)
    return "\n".join(said)
