"""Panels of the sale: quick keys, choices, more, voiding."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout

from pos_client.presenters.language import Language
from pos_client.presenters.shop_words import category_name, tier_name
from pos_client.presenters.state import CounterState
from pos_client.ui.key import Key
from pos_client.ui.labels import card, label
from pos_client.ui.language_row import LanguageRow
from pos_client.ui.panel import KeyList, Panel
from pos_client.ui.theme import GAP, TOUCH
from shared_models.domain.goods_code import FNC1
from shared_models.domain.text import N_

_QUICK_HEIGHT, _QUICK_WIDTH = 64, 128
_MORE_HEIGHT = 52
_MORE = (
    ("void", "F7", "remove", N_("Void the sale")),
    ("reprint", "F11", "receipt", N_("Print the last receipt again")),
    ("lock", "F10", "lock", N_("Lock the till")),
    ("close_shift", "F9", "drawer", N_("Close the shift")),
    ("register_member", "F3", "register", N_("Register a member")),
    ("wallet", "F1", "member", N_("Stored value, coupons")),
    ("return", "F4", "return", N_("Goods come back")),
    ("rewards", "F6", "gift", N_("Rewards for points")),
    ("cash_drawer", "F2", "cash", N_("Cash in the drawer")),
    ("devices", "F8", "printer", N_("Devices")),
)


class QuickPanel(Panel):
    """A tab for each category, a key for each of its products."""

    def build(self) -> None:
        self._shown: object = None
        self._category = 0
        self._tabs: list[Key] = []
        self._keys: list[Key] = []
        self._group = QButtonGroup(self)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(GAP)
        self._tab_row = QHBoxLayout()
        self._tab_row.setSpacing(GAP)
        box.addLayout(self._tab_row)
        self._grid = QGridLayout()
        self._grid.setSpacing(GAP)
        box.addLayout(self._grid, 1)
        self._none = label(tone="muted", wrap=True)
        box.addWidget(self._none)

    def render_state(self, state: CounterState, language: Language) -> None:
        size = self._room()
        what = (state.quick_keys, self._category, language.code, size, self.theme)
        if what == self._shown:
            return
        self._shown = what
        self._fill_tabs(state, language)
        self._fill_keys(state, language, *size)
        self._none.setVisible(not state.quick_keys)
        self._none.setText(language.words(N_("Quick keys appear here once the store's products have arrived.")))

    def resizeEvent(self, event: object) -> None:  # noqa: ARG002, N802 - Qt's name
        self.render_state(self.counter.state, self.counter.language)

    def _room(self) -> tuple[int, int]:
        """Columns and rows that fit."""
        wide = _QUICK_WIDTH + (32 if self.theme.roomy else 0)
        columns = max(3, (self.width() + GAP) // (wide + GAP))
        high = _QUICK_HEIGHT + (24 if self.theme.roomy else 0)
        return columns, max(1, (self.height() - TOUCH) // (high + GAP))

    def _fill_tabs(self, state: CounterState, language: Language) -> None:
        _clear(self._tab_row, self._tabs)
        self._tabs = []
        self._category = min(self._category, max(0, len(state.quick_keys) - 1))
        for place, tab in enumerate(state.quick_keys[: max(3, self.width() // (136 if self.theme.roomy else 100))]):
            chosen = place == self._category
            key = Key(self.theme, f"category_{place}").show_as(
                category_name(tab.category, language), role="soft" if chosen else "plain"
            )
            key.does(partial(self._turn_to, place))
            self._tabs.append(key)
            self._tab_row.addWidget(key)

    def _fill_keys(self, state: CounterState, language: Language, columns: int, rows: int) -> None:
        _clear(self._grid, self._keys)
        self._keys = []
        if not state.quick_keys:
            return
        for place, product in enumerate(state.quick_keys[self._category].products[: columns * rows]):
            price = language.money(product.price_minor, state.currency)
            each = price if product.unit == "each" else f"{price}/{language.unit(product.unit)}"
            key = Key(self.theme, f"quick_{product.product_id}").show_as(product.name, below=each)
            key.setSizePolicy(key.sizePolicy().Policy.Expanding, key.sizePolicy().Policy.Expanding)
            key.setMaximumHeight(_QUICK_HEIGHT + 40)
            key.does(partial(self.counter.selling.add, product.product_id))
            self._keys.append(key)
            self._grid.addWidget(key, place // columns, place % columns)
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        for row in range(max(rows, self._grid.rowCount())):
            self._grid.setRowStretch(row, 1 if row < rows else 0)

    def _turn_to(self, place: int) -> None:
        self._category = place
        self.render_state(self.counter.state, self.counter.language)


class ChoicesPanel(Panel):
    def build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(GAP)
        self._title = label("title")
        self._list = KeyList(self.theme)
        box.addWidget(self._title)
        box.addWidget(self._list, 1)

    def render_state(self, state: CounterState, language: Language) -> None:
        choices = state.choices
        if choices is None:
            return
        self._list.use(self.theme)
        asked = choices.asked.replace(FNC1, " ").strip()[:24]
        self._title.setText(language.words(N_("“{text}” can be one of these")).format(text=asked))
        keys = self._list.fill([f"choice_{place + 1}" for place in range(len(choices))])
        for place, key in enumerate(keys):
            role = "soft" if place == choices.cursor else "plain"
            if place < len(choices.products):
                product = choices.products[place]
                price = language.money(product.price_minor, state.currency)
                each = price if product.unit == "each" else f"{price}/{language.unit(product.unit)}"
                key.show_as(f"{place + 1}   {product.name}", below=product.code, hint=each, left=True, role=role)
            else:
                member = choices.members[place - len(choices.products)]
                said = f"{place + 1}   {member.masked_name} · {member.last4}"
                key.show_as(said, below=tier_name(member.tier, language), icon="member", left=True, role=role)
            key.does(partial(self.counter.choosing.pick, place))
        self._list.reveal(choices.cursor)


class MorePanel(Panel):
    def build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(GAP // 2)
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(GAP // 2)
        self._keys: list[Key] = []
        for place, (name, key_name, _, _) in enumerate(_MORE):
            key = Key(self.theme, name)
            key.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
            key.setMaximumHeight(_MORE_HEIGHT)
            key.does(partial(self.field.press, key_name))
            self._keys.append(key)
            grid.addWidget(key, place // 2, place % 2)
        box.addLayout(grid)
        self._languages = LanguageRow(self.counter, self.theme)
        box.addWidget(self._languages)
        box.addStretch(1)

    def render_state(self, state: CounterState, language: Language) -> None:
        for key, (_, key_name, sign, text) in zip(self._keys, _MORE, strict=True):
            key.use(self.theme)
            key.show_as(language.words(text), hint=key_name, icon=sign, left=True)
        self._languages.render_language(state.language, self.theme)


class VoidPanel(Panel):
    def build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        self._card = card("danger")
        inside = QVBoxLayout(self._card)
        inside.setContentsMargins(20, 16, 20, 16)
        self._title = label("large", "danger", wrap=True)
        self._text = label(wrap=True)
        inside.addWidget(self._title)
        inside.addWidget(self._text)
        box.addWidget(self._card)
        box.addStretch(1)

    def render_state(self, state: CounterState, language: Language) -> None:
        lines = len(state.sale.lines) if state.sale else 0
        self._title.setText(language.words(N_("Void this sale?")))
        total = language.money(state.sale.total_minor if state.sale else 0, state.currency)
        counted = language.ngettext("{number} line", "{number} lines", lines)
        self._text.setText(
            language.words(N_("{lines}, {total}, will be taken off the screen. Nothing has been paid yet.")).format(
                lines=counted, total=total
            )
        )


class DoubtPanel(Panel):
    def build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(GAP)
        asked = card("attention")
        inside = QVBoxLayout(asked)
        inside.setContentsMargins(20, 16, 20, 16)
        self._title = label("title", wrap=True)
        self._text = label(wrap=True)
        inside.addWidget(self._title)
        inside.addWidget(self._text)
        box.addWidget(asked)
        self._came_out = Key(self.theme, "came_out")
        self._came_out.setFixedHeight(_QUICK_HEIGHT)
        self._came_out.does(partial(self.field.press, "F1"))
        box.addWidget(self._came_out)
        box.addStretch(1)

    def render_state(self, state: CounterState, language: Language) -> None:
        doubtful = state.status.printer.doubtful if state.status else 0
        self._title.setText(
            language.ngettext(
                "{number} receipt may not have come out", "{number} receipts may not have come out", doubtful
            )
        )
        self._text.setText(language.words(N_("Look at the printer first. What is printed again is marked as a copy.")))
        self._came_out.use(self.theme)
        self._came_out.show_as(language.words(N_("All of it came out whole")), hint="F1", icon="receipt")


def _clear(layout: QHBoxLayout | QGridLayout, keys: list[Key]) -> None:
    for key in keys:
        layout.removeWidget(key)
        key.hide()
        key.deleteLater()
