"""The page on which selling happens: basket at the left; member, panel, pad and the next step at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from pos_client.presenters.language import Language
from pos_client.presenters.returning import shown_lines
from pos_client.presenters.shop_words import offers_said
from pos_client.presenters.state import CounterState, GivingBack, ReturnStep, RewardStep, Screen, Step
from pos_client.presenters.wallet import shown_coupons
from pos_client.ui.basket import BasketModel, BasketView
from pos_client.ui.key import Key
from pos_client.ui.labels import card, label
from pos_client.ui.member_panels import EditPanel, MemberPanel, MemberStrip, RegisterPanel
from pos_client.ui.pad import LINES_IN_USE, Pad
from pos_client.ui.page import Page
from pos_client.ui.panel import Panel
from pos_client.ui.return_panel import ReturnPanel
from pos_client.ui.reward_panel import RewardPanel
from pos_client.ui.sale_panels import ChoicesPanel, DoubtPanel, MorePanel, QuickPanel, VoidPanel
from pos_client.ui.tender_panels import ChangePanel, TenderPanel
from pos_client.ui.theme import GAP, MARGIN, TITLE, TOUCH, Theme
from pos_client.ui.wallet_panel import WalletPanel
from shared_models.domain.text import N_

if TYPE_CHECKING:
    from pos_client.presenters.counter import Counter

_RETURN_STEPS = {
    ReturnStep.FIND: N_("Find the receipt"),
    ReturnStep.GOODS: N_("These come back"),
    ReturnStep.REASON: N_("For this reason"),
    ReturnStep.APPROVE: N_("Approve the refund"),
    ReturnStep.DONE: N_("Back to the sale"),
}
_REWARD_STEPS = {
    RewardStep.LIST: N_("Choose"),
    RewardStep.UNITS: N_("Hand over"),
    RewardStep.DONE: N_("Back to the sale"),
}
_LEFT, _RIGHT = 57, 43
_FOOT_HEIGHT = 72
_PAD_HEIGHT = 248
_TALL, _TALL_PAD_HEIGHT = 900, 392
_UPRIGHT_PAD_HEIGHT = 4 * TOUCH + 3 * GAP


class _Stack(QStackedWidget):
    """As high as the panel that is shown needs, not as the highest of all: on a low screen the pad has to fit too."""

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """Qt would take the height of the highest panel."""
        return False

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        shown = self.currentWidget()
        layout = shown.layout() if shown is not None else None
        if layout is None or not layout.hasHeightForWidth():
            return super().minimumSizeHint() if shown is None else shown.minimumSizeHint()
        return QSize(layout.totalMinimumSize().width(), layout.totalMinimumHeightForWidth(self.width()))


class CounterPage(Page):
    def __init__(self, counter: Counter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(counter, theme, parent)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._columns.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self._columns.setSpacing(MARGIN)
        self._columns.addLayout(self._left(), _LEFT)
        self._columns.addLayout(self._right(), _RIGHT)

    def _left(self) -> QVBoxLayout:
        box = QVBoxLayout()
        box.setSpacing(GAP)
        box.addWidget(self.entry)
        self._lines = card()
        inside = QVBoxLayout(self._lines)
        inside.setContentsMargins(1, 1, 1, 1)
        self.basket = BasketView(BasketModel(self.counter.language), self.theme)
        self.basket.touched.connect(self._select)
        inside.addWidget(self.basket, 1)
        self._near_miss = label(tone="attention", name="nearMiss", wrap=True)
        self._near_miss.setContentsMargins(16, 4, 16, 4)
        inside.addWidget(self._near_miss)
        box.addWidget(self._lines, 1)
        box.addWidget(self._totals())
        return box

    def _select(self, line_id: int) -> None:
        if self.counter.state.screen is Screen.RETURN:
            self.counter.returning.select(line_id)
        else:
            self.counter.selling.select(line_id)

    def _totals(self) -> QWidget:
        totals = card(name="totals")
        row = QHBoxLayout(totals)
        row.setContentsMargins(16, 4, 16, 4)
        left = QVBoxLayout()
        left.setSpacing(2)
        self._count, self._saved, self._points = label(tone="muted"), label(tone="success"), label(tone="member")
        left.addStretch(1)
        for widget in (self._count, self._saved, self._points):
            left.addWidget(widget)
        left.addStretch(1)
        row.addLayout(left, 1)
        self._total_word = label("title", "muted")
        self._total = label("total", right=True, name="total")
        row.addWidget(self._total_word)
        row.addSpacing(MARGIN)
        row.addWidget(self._total)
        totals.setFixedHeight(100)
        return totals

    def _right(self) -> QVBoxLayout:
        box = QVBoxLayout()
        box.setSpacing(GAP)
        self._strip = MemberStrip(self.theme)
        box.addWidget(self._strip)
        self.stack = _Stack()
        self.stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        quick, tender = self._panel(QuickPanel), self._panel(TenderPanel)
        self._panels: dict[Screen, Panel] = {
            Screen.SALE: quick,
            Screen.QUANTITY: quick,
            Screen.CHOICES: self._panel(ChoicesPanel),
            Screen.MEMBER: self._panel(MemberPanel),
            Screen.REGISTER: self._panel(RegisterPanel),
            Screen.EDIT: self._panel(EditPanel),
            Screen.MORE: self._panel(MorePanel),
            Screen.VOID: self._panel(VoidPanel),
            Screen.DOUBT: self._panel(DoubtPanel),
            Screen.WALLET: self._panel(WalletPanel),
            Screen.RETURN: self._panel(ReturnPanel),
            Screen.REWARDS: self._panel(RewardPanel),
            Screen.TENDER: tender,
            Screen.CHANGE: self._panel(ChangePanel),
        }
        box.addWidget(self.stack, 1)
        self.pad = Pad(self.entry.field, self.theme, with_lines=True)
        self.pad.setFixedHeight(_PAD_HEIGHT)
        box.addWidget(self.pad)
        box.addLayout(self._foot())
        return box

    def _panel(self, kind: type[Panel]) -> Panel:
        panel = kind(self.counter, self.entry.field, self.theme)
        self.stack.addWidget(panel)
        return panel

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GAP)
        self._first, self._second = Key(self.theme), Key(self.theme)
        self.next_key = Key(self.theme, "pay", "main")
        for key, stretch in ((self._first, 2), (self._second, 2), (self.next_key, 5)):
            key.setFixedHeight(_FOOT_HEIGHT)
            row.addWidget(key, stretch)
        return row

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """One column where the screen stands upright; bigger keys where there is room."""
        super().resizeEvent(event)
        upright = self._upright
        self._columns.setDirection(QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight)
        wide = _TALL_PAD_HEIGHT if event.size().height() >= _TALL else _PAD_HEIGHT
        self.pad.setFixedHeight(_UPRIGHT_PAD_HEIGHT if upright else wide)
        self._make_room(self.counter.state)

    @property
    def _upright(self) -> bool:
        return self.width() < self.height()

    def _make_room(self, state: CounterState) -> None:
        """On an upright screen too low for all, the lines give way to the panel, except where keys act on them."""
        used = state.screen in LINES_IN_USE or (
            state.giving_back is not None and state.giving_back.step in (ReturnStep.FIND, ReturnStep.GOODS)
        )
        needed = self._columns.totalMinimumHeightForWidth(self.width())
        if self._lines.isHidden():
            needed += self._lines.minimumSizeHint().height() + GAP
        shown = used or not self._upright or needed <= self.height()
        self._lines.setVisible(shown)
        self._columns.setStretch(0, _LEFT if shown else 0)

    def render_state(self, state: CounterState, language: Language) -> None:
        panel = self._panels.get(state.screen)
        if panel is None:
            return
        self.stack.setCurrentWidget(panel)
        self.stack.updateGeometry()
        for each in self._panels.values():
            each.theme = self.theme
        panel.render_state(state, language)
        self.entry.render_state(state, self.theme, self._idle(state, language))
        self._strip.render_state(state, language, self.theme)
        self._strip.setVisible(state.screen is not Screen.RETURN)
        self.pad.render_state(state, self.theme, language)
        if state.screen is Screen.RETURN:
            self._render_receipt(state, language)
        else:
            self._render_basket(state, language)
        self._render_foot(state, language)
        self._make_room(state)

    def _idle(self, state: CounterState, language: Language) -> str:
        """What the line under the field says when nothing happened: how to go on."""
        if state.screen is Screen.SALE and state.sale is not None and state.sale.lines:
            return language.words(N_("*3 Enter: three of the last product"))
        if state.screen is Screen.TENDER:
            return language.words(N_("Esc goes back to the lines"))
        return ""

    def _render_basket(self, state: CounterState, language: Language) -> None:
        sale, words = state.sale, language.words
        lines = sale.lines if sale else ()
        self.basket.empty_text = (
            words(N_("Scan the first product")),
            words(N_("Or type its code, its name or the initials, and Enter. A phone number finds the member.")),
        )
        self.basket.fade(state.screen in (Screen.TENDER, Screen.CHANGE))
        self.basket.render_lines(lines, state.currency, language, state.selected, self.theme)
        self._count.setText(language.ngettext("{number} line", "{number} lines", len(lines)))
        saved, points = (sale.saved_minor, sale.points_to_earn) if sale else (0, 0)
        self._saved.setText(words(N_("Saved {amount}")).format(amount=language.money(saved, state.currency)))
        self._points.setText(words(N_("Points +{points}")).format(points=language.number(points)))
        self._points.setVisible(sale is not None and sale.member is not None)
        said = offers_said(sale, state.currency, language) if sale and state.screen is Screen.SALE else ""
        self._near_miss.setText(said)
        self._near_miss.setVisible(bool(said))
        self._total_word.setText(words(N_("Total")))
        self._total.setText(language.money(sale.total_minor if sale else 0, state.currency))

    def _render_receipt(self, state: CounterState, language: Language) -> None:
        """The receipt whose goods come back, in the basket's place."""
        words, giving = language.words, state.giving_back or GivingBack()
        view = giving.view
        self.basket.empty_text = (
            words(N_("Scan the receipt")),
            words(N_("Its square code is at the end. Or type the letters and digits below it.")),
        )
        self.basket.fade(giving.step is not ReturnStep.GOODS)
        currency = view.currency if view else state.currency
        self.basket.render_lines(shown_lines(view, language), currency, language, giving.line, self.theme)
        of = words(N_("Receipt {lane}-{number} of {day}"))
        self._count.setText(
            of.format(lane=view.lane, number=view.receipt_number, day=language.day(view.sold_on)) if view else ""
        )
        before = view.returns_before if view else 0
        self._saved.setText(
            language.ngettext("{number} return before", "{number} returns before", before) if before else ""
        )
        self._points.setVisible(False)
        self._near_miss.setVisible(False)
        self._total_word.setText(words(N_("Refund")))
        self._total.setText(language.money(view.total_minor if view else 0, currency))

    def _render_foot(self, state: CounterState, language: Language) -> None:
        words = language.words
        for key in (self._first, self._second, self.next_key):
            key.use(self.theme)
        if state.screen in (Screen.SALE, Screen.CHANGE):
            self._foot_key(self._first, "member", words(N_("Member")), "F2", "member")
        else:
            self._foot_key(self._first, "back", words(N_("Back")), "Escape", "back")
        if state.screen is Screen.TENDER:
            self._foot_key(self._second, "lock", words(N_("Lock")), "F10", "lock")
        else:
            self._foot_key(self._second, "more", words(N_("More")), "F5", "more")
        self._second.setEnabled(state.screen in (Screen.SALE, Screen.CHANGE, Screen.TENDER))
        name, text, shown, press = self._next_step(state, language)
        self.next_key.setObjectName(name)
        role = "danger" if state.screen is Screen.VOID else "main"
        self.next_key.show_as(text, hint=shown, icon="forward", role=role, size=TITLE)
        self.next_key.setEnabled(state.screen is not Screen.SALE or bool(state.sale and state.sale.lines))
        self.next_key.does(lambda: self.entry.field.press(press) if press else self.entry.field.submit())

    def _foot_key(self, key: Key, name: str, text: str, press: str, sign: str) -> None:
        key.setObjectName(name)
        key.show_as(text, hint="Esc" if press == "Escape" else press, icon=sign)
        key.does(lambda: self.entry.field.press(press))

    def _next_step(self, state: CounterState, language: Language) -> tuple[str, str, str, str]:
        """Name, word, key shown and key pressed (none: Enter) of the one next step."""
        words = language.words
        enter = words(N_("Enter"))
        match state.screen:
            case Screen.SALE:
                return "pay", words(N_("Pay")), "F12", "F12"
            case Screen.TENDER:
                return "pay", words(N_("Take the exact sum")), "F12", "F12"
            case Screen.CHANGE:
                return "next_sale", words(N_("Next sale")), enter, ""
            case Screen.REGISTER:
                consent = state.registration is not None and state.registration.step is Step.CONSENT
                return "confirm", words(N_("Agreed: register")) if consent else words(N_("Next")), enter, ""
            case Screen.EDIT:
                consent = state.edit is not None and state.edit.step is Step.CONSENT
                return "confirm", words(N_("Edit")) if consent else words(N_("Next")), enter, ""
            case Screen.MEMBER:
                return "confirm", words(N_("Take")) if state.found else words(N_("Find")), enter, ""
            case Screen.VOID:
                return "confirm", words(N_("Void the sale")), enter, ""
            case Screen.DOUBT:
                return "confirm", words(N_("Print again")), enter, ""
            case Screen.CHOICES:
                return "confirm", words(N_("Take")), enter, ""
            case Screen.WALLET if state.loading_minor is not None:
                return "confirm", words(N_("Pay in")), enter, ""
            case Screen.WALLET if shown_coupons(state.sale):
                return "confirm", words(N_("Coupon: use or not")), enter, ""
            case Screen.QUANTITY:
                return "confirm", words(N_("Set the quantity")), enter, ""
            case Screen.RETURN:
                step = state.giving_back.step if state.giving_back else ReturnStep.FIND
                return "confirm", words(_RETURN_STEPS[step]), enter, ""
            case Screen.REWARDS:
                reward_step = state.rewarding.step if state.rewarding else RewardStep.LIST
                return "confirm", words(_REWARD_STEPS[reward_step]), enter, ""
            case _:
                return "confirm", words(N_("Back to the sale")), enter, ""
