"""Rewards for points: the member's list, how many of one, then handing it over (DESK-2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pos_client.app.till import Till
from pos_client.app.views import ChosenReward, Redeemed, RewardsView, SaleView, Status
from pos_client.presenters.part import Part
from pos_client.presenters.shop_words import notice_sentence
from pos_client.presenters.state import Command, Rewarding, RewardStep, Screen, Sound
from shared_models.domain.text import N_

if TYPE_CHECKING:
    from pos_client.presenters.counter import Counter

_NONE_RUN = N_("There is no reward for this member now.")
_NOT_A_NUMBER = N_("Type how many, such as 2.")
_MOST_DIGITS = 3


class RewardDesk(Part):
    def __init__(self, counter: Counter) -> None:
        super().__init__(counter)
        self._confirming = False

    @property
    def rewarding(self) -> Rewarding:
        return self.state.rewarding or Rewarding()

    def chosen(self) -> ChosenReward | None:
        view = self.rewarding.view
        return view.chosen if view else None

    def begin(self) -> None:
        def show(view: RewardsView) -> None:
            self.counter.show(Screen.REWARDS, rewarding=Rewarding(view=view))

        self.counter.ask(lambda till: till.rewards(), show)

    def refresh(self) -> None:
        """The server may have lent what was missing, or told of redemptions elsewhere."""
        if self._is_open() and not self._confirming:
            self.counter.ask(lambda till: till.rewards(), self._show_again, lambda _: None)

    def _show_again(self, view: RewardsView) -> None:
        if self._is_open() and (self.rewarding.step is RewardStep.LIST or view.chosen is not None):
            self._update(view=view)

    def _is_open(self) -> bool:
        return self.state.screen is Screen.REWARDS and self.rewarding.step is not RewardStep.DONE

    # what is asked and done

    def prompt(self) -> str:
        chosen = self.chosen()
        match self.rewarding.step:
            case RewardStep.LIST:
                return self.words(N_("Which reward? Its number, or Enter"))
            case RewardStep.UNITS:
                name = chosen.reward.name if chosen else ""
                return self.words(N_("How many of {name}; Enter hands over")).format(name=name)
            case RewardStep.DONE:
                return self.words(N_("Enter goes back to the sale"))

    def enter(self, text: str) -> None:
        match self.rewarding.step:
            case RewardStep.LIST:
                self._pick_typed(text)
            case RewardStep.UNITS if text:
                self._units(text)
            case RewardStep.UNITS:
                self._confirm()
            case RewardStep.DONE:
                self._leave()

    def scan(self, text: str) -> None:
        """Goods that are scanned are bought: the reward is given up."""
        if self._confirming:
            return
        self.counter.ask(lambda till: till.drop_reward(), lambda _: self.counter.selling.scan(text))

    def do(self, command: Command, text: str) -> bool:
        match command:
            case Command.BACK:
                self._back()
            case Command.UP | Command.DOWN if self.rewarding.step is RewardStep.LIST:
                self._move(1 if command is Command.DOWN else -1)
            case Command.UP | Command.QUANTITY if self.rewarding.step is RewardStep.UNITS:
                if text and command is Command.QUANTITY:
                    self._units(text)
                    return True
                self._step(1)
            case Command.DOWN | Command.REMOVE if self.rewarding.step is RewardStep.UNITS:
                self._step(-1)
            case Command.POINTS:
                self._leave()
            case Command.PAY:
                self.enter(text)
                return True
            case Command.LOCK:
                self._drop(lambda: self.counter.people.lock())
            case _:
                pass
        return False

    # one of them

    def pick(self, place: int) -> None:
        """A reward was chosen: one of it."""
        view = self.rewarding.view
        if view is None or not 0 <= place < len(view.rewards):
            return
        self._update(cursor=place)
        reward = view.rewards[place]
        if reward.why is not None:
            self.counter.complain(
                reward.why.code, notice_sentence(reward.why, self.state.currency, self.counter.language)
            )
            return
        self._choose(reward.id, 1)

    def _pick_typed(self, text: str) -> None:
        view = self.rewarding.view
        if view is None or not view.rewards:
            self.counter.complain("no_rewards", self.words(_NONE_RUN))
        elif not text:
            self.pick(self.rewarding.cursor)
        elif text.isdecimal() and len(text) <= _MOST_DIGITS:
            self.pick(int(text) - 1)

    def _choose(self, reward_id: str, units: int) -> None:
        def show(view: RewardsView) -> None:
            if self.state.screen is Screen.REWARDS:
                self._update(step=RewardStep.UNITS, view=view)
                self.counter.update(problem=None)

        self.counter.ask(lambda till: till.choose_reward(reward_id, units), show)

    def _units(self, text: str) -> None:
        chosen = self.chosen()
        if not text.isdecimal() or len(text) > _MOST_DIGITS or int(text) < 1:
            self.counter.complain("not_a_number", self.words(_NOT_A_NUMBER))
        elif chosen is not None:
            self._choose(chosen.reward.id, int(text))

    def _step(self, by: int) -> None:
        chosen = self.chosen()
        if chosen is not None and 1 <= chosen.units + by <= max(1, chosen.reward.most):
            self._choose(chosen.reward.id, chosen.units + by)

    # handing it over

    def _confirm(self) -> None:
        """Once: a second Enter before the answer does nothing."""
        if self._confirming:
            return
        self._confirming = True

        def work(till: Till) -> tuple[Redeemed, Status, SaleView]:
            return till.confirm_reward(), till.status(), till.sale()

        self.counter.ask(work, self._confirmed, self._refused)

    def _confirmed(self, answer: tuple[Redeemed, Status, SaleView]) -> None:
        self._confirming = False
        done, status, sale = answer
        rewarding = replace(self.rewarding, step=RewardStep.DONE, done=done)
        self.counter.show(Screen.REWARDS, rewarding=rewarding, status=status, sale=sale)
        self.counter.sound(Sound.GOOD)

    def _refused(self, error: Exception) -> None:
        self._confirming = False
        self.counter.refuse(error)

    # moving about

    def _move(self, by: int) -> None:
        view = self.rewarding.view
        if view is not None and view.rewards:
            self._update(cursor=(self.rewarding.cursor + by) % len(view.rewards))

    def _back(self) -> None:
        if self.rewarding.step is RewardStep.UNITS:
            self._drop(lambda: self._update(step=RewardStep.LIST))
            self.refresh()
        else:
            self._leave()

    def _leave(self) -> None:
        def leave() -> None:
            self.counter.update(rewarding=None)
            self.back_to_sale()

        self._drop(leave)

    def _drop(self, then: Callable[[], None]) -> None:
        if not self._confirming:
            self.counter.ask(lambda till: till.drop_reward(), lambda _: then())

    def _update(self, **changes: Any) -> None:
        self.counter.update(rewarding=replace(self.rewarding, **changes))
