"""The panel of a member's stored value and coupons."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QVBoxLayout

from pos_client.app.views import CouponView
from pos_client.presenters.language import Language
from pos_client.presenters.shop_words import notice_sentence
from pos_client.presenters.state import CounterState
from pos_client.presenters.wallet import shown_coupons
from pos_client.ui.key import Key
from pos_client.ui.labels import card, label
from pos_client.ui.panel import KeyList, Panel
from pos_client.ui.theme import GAP, TOUCH
from shared_models.domain.text import N_


class WalletPanel(Panel):
    def build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(GAP)
        holder = card("member", "stored_value")
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(16, 8, 16, 8)
        inside.setSpacing(0)
        self._balance = label("title", name="stored_value_balance")
        self._how = label("caption", "muted", wrap=True)
        inside.addWidget(self._balance)
        inside.addWidget(self._how)
        box.addWidget(holder)
        self._title = label("title")
        box.addWidget(self._title)
        self._list = KeyList(self.theme)
        box.addWidget(self._list, 1)
        self._print = Key(self.theme, "print_coupon")
        self._print.setFixedHeight(TOUCH)
        self._print.does(partial(self.field.press, "F11"))
        box.addWidget(self._print)

    def render_state(self, state: CounterState, language: Language) -> None:
        self._render_balance(state, language)
        coupons = shown_coupons(state.sale)
        self._list.use(self.theme)
        none = language.words(N_("No coupons"))
        self._title.setText(language.ngettext("{number} coupon", "{number} coupons", len(coupons)) if coupons else none)
        keys = self._list.fill([f"coupon_{place + 1}" for place in range(len(coupons))])
        for place, (key, coupon) in enumerate(zip(keys, coupons, strict=True)):
            chosen = place == state.cursor
            key.show_as(
                coupon.name,
                below=self._said(coupon, state, language),
                hint=language.money(-coupon.off_minor, state.currency) if coupon.off_minor else "",
                icon="ticked" if coupon.in_sale else "unticked",
                left=True,
                role="soft" if chosen else "plain",
            )
            key.does(partial(self.counter.wallet.pick, place))
        self._print.use(self.theme)
        self._print.show_as(language.words(N_("Print the coupon's slip")), hint="F11", icon="receipt", left=True)
        self._print.setVisible(bool(coupons))
        self._list.reveal(state.cursor)

    def _render_balance(self, state: CounterState, language: Language) -> None:
        words, currency = language.words, state.currency
        member = state.sale.member if state.sale else None
        held = member.stored_value if member else None
        if held is None:
            self._balance.setText(words(N_("No stored value")))
            self._how.setText("")
            return
        self._balance.setText(
            words(N_("Stored value {balance}")).format(balance=language.money(held.balance_minor, currency))
        )
        told = []
        if held.bonus_minor:
            bonus = language.money(held.bonus_minor, currency)
            told.append(words(N_("{bonus} of it is bonus.")).format(bonus=bonus))
        if held.frozen:
            told.append(words(N_("It is frozen: nothing can be paid in or taken.")))
        elif held.can_load:
            told.append(words(N_("To pay more in, type the sum and Enter.")))
        self._how.setText(language.sentences(told))

    @staticmethod
    def _said(coupon: CouponView, state: CounterState, language: Language) -> str:
        if coupon.why is not None:
            return notice_sentence(coupon.why, state.currency, language)
        return language.words(N_("good through {day}")).format(day=language.day(coupon.valid_to))
