"""The panel of rewards for points: what the member can have, how many of one, and that it is to be handed over."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from pos_client.app.views import RewardView
from pos_client.presenters.language import Language
from pos_client.presenters.shop_words import notice_sentence
from pos_client.presenters.state import CounterState, Rewarding, RewardStep
from pos_client.ui.key import Key
from pos_client.ui.labels import card, label
from pos_client.ui.panel import KeyList, StepPanel
from pos_client.ui.theme import GAP, MAIN_KEY
from shared_models.domain.text import N_


class RewardPanel(StepPanel):
    def pages(self) -> Mapping[str, QWidget]:
        return {
            RewardStep.LIST: self._choice(),
            RewardStep.UNITS: self._units(),
            RewardStep.DONE: self._done(),
        }

    def _choice(self) -> QWidget:
        page, box = self.page()
        self._title = label("title", wrap=True, name="rewards_title")
        self._list = KeyList(self.theme)
        box.addWidget(self._title)
        box.addWidget(self._list, 1)
        return page

    def _units(self) -> QWidget:
        page, box = self.page()
        self._name, self._left = label("title", name="reward_name", wrap=True), label("caption", "muted")
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._name)
        names.addWidget(self._left)
        box.addLayout(names)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        self._less, self._more = Key(self.theme, "reward_less"), Key(self.theme, "reward_more")
        self._count = label("large", name="reward_units")
        self._count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for key, press in ((self._less, "F8"), (self._more, "F4")):
            key.setFixedHeight(MAIN_KEY)
            key.does(partial(self.field.press, press))
        row.addWidget(self._less, 2)
        row.addWidget(self._count, 1)
        row.addWidget(self._more, 2)
        box.addLayout(row)
        self._account = card("member", name="reward_points")
        inside = QHBoxLayout(self._account)
        inside.setContentsMargins(16, 4, 16, 4)
        self._figures = [_figure(inside) for _ in range(3)]
        box.addWidget(self._account)
        self._why = label(tone="attention", wrap=True, name="reward_why")
        box.addWidget(self._why)
        box.addStretch(1)
        return page

    def _done(self) -> QWidget:
        page, box = self.page()
        holder = card("success", "reward_done")
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(20, 16, 20, 16)
        self._give_word, self._give = label(tone="muted"), label("large", wrap=True, name="reward_given")
        self._after = label("caption", "muted", wrap=True)
        for widget in (self._give_word, self._give, self._after):
            inside.addWidget(widget)
        box.addWidget(holder)
        box.addStretch(1)
        return page

    def render_state(self, state: CounterState, language: Language) -> None:
        rewarding = state.rewarding or Rewarding()
        self.show_step(rewarding.step)
        match rewarding.step:
            case RewardStep.LIST:
                self._render_list(rewarding, language)
            case RewardStep.UNITS:
                self._render_units(rewarding, state, language)
            case RewardStep.DONE:
                self._render_done(rewarding, language)

    def _render_list(self, rewarding: Rewarding, language: Language) -> None:
        rewards = rewarding.view.rewards if rewarding.view else ()
        self._list.use(self.theme)
        counted = language.ngettext("{number} reward for points", "{number} rewards for points", len(rewards))
        self._title.setText(counted if rewards else language.words(N_("No rewards for points")))
        keys = self._list.fill([f"reward_{place + 1}" for place in range(len(rewards))])
        for place, (key, reward) in enumerate(zip(keys, rewards, strict=True)):
            key.show_as(
                f"{place + 1}   {reward.name}",
                below=_said(reward, language),
                hint=_points(reward.points, language),
                icon="gift" if reward.why is None else "stop",
                left=True,
                role="soft" if place == rewarding.cursor else "plain",
            )
            key.does(partial(self.counter.rewards.pick, place))
        if keys:
            self._list.ensureWidgetVisible(keys[min(rewarding.cursor, len(keys) - 1)])

    def _render_units(self, rewarding: Rewarding, state: CounterState, language: Language) -> None:
        view = rewarding.view
        chosen, words = view.chosen if view else None, language.words
        if view is None or chosen is None:
            return
        said = _said(chosen.reward, language)
        self._name.setText(chosen.reward.name)
        self._left.setText(said)
        self._left.setVisible(bool(said))
        for key in (self._less, self._more):
            key.use(self.theme)
        self._less.show_as("", hint="F8", icon="minus", spoken=words(N_("one less")))
        self._more.show_as("", hint="F4", icon="plus", spoken=words(N_("one more")), role="soft")
        self._less.setEnabled(chosen.units > 1)
        self._more.setEnabled(chosen.units < chosen.reward.most)
        self._count.setText(f"× {language.number(chosen.units)}")
        figures = (
            (words(N_("Points before")), language.number(view.balance)),
            (words(N_("Points used")), language.number(-chosen.points)),
            (words(N_("Points left")), language.number(chosen.balance_after)),
        )
        for (text, figure), (told, shown) in zip(self._figures, figures, strict=True):
            text.setText(told)
            figure.setText(shown)
        is_told = state.problem is not None
        self._why.setText(notice_sentence(chosen.why, state.currency, language) if chosen.why else "")
        self._why.setVisible(chosen.why is not None and not is_told)

    def _render_done(self, rewarding: Rewarding, language: Language) -> None:
        done, words = rewarding.done, language.words
        if done is None:
            return
        self._give_word.setText(words(N_("Hand over")))
        self._give.setText(f"{language.number(done.units)} × {done.name}")
        told = [
            words(N_("{points} points used")).format(points=language.number(done.points)),
            words(N_("balance {balance}")).format(balance=language.number(done.balance_after)),
            words(N_("the receipt is being printed")),
        ]
        self._after.setText(" · ".join(told))


def _figure(box: QHBoxLayout) -> tuple[QLabel, QLabel]:
    """A figure with its word above it."""
    column = QVBoxLayout()
    column.setSpacing(0)
    text, figure = label("caption", "muted", right=True), label("title", right=True)
    column.addWidget(text)
    column.addWidget(figure)
    box.addLayout(column, 1)
    return text, figure


def _said(reward: RewardView, language: Language) -> str:
    """What is missing, and what is left in the store."""
    words, told = language.words, []
    if reward.missing:
        told.append(words(N_("{points} points missing")).format(points=language.number(reward.missing)))
    if reward.stock is not None:
        left = language.number(reward.stock)
        told.append(words(N_("{left} left here")).format(left=left) if reward.stock else words(N_("none left here")))
    return " · ".join(told)


def _points(points: int, language: Language) -> str:
    return language.words(N_("{points} points")).format(points=language.number(points))
