"""Rewards at the till: what a member can have for points, and handing it over, with a network or without (DESK-2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pos_client.app import redeeming, spending
from pos_client.app.counter import Counter
from pos_client.app.refusals import NoMemberForReward, NoRewardInHand, PointsNotHere, RewardNotHere
from pos_client.app.reward_in_hand import RewardInHand
from pos_client.app.views import ChosenReward, Notice, Redeemed, RewardsView, RewardView
from pos_client.store.shop import KnownMember
from pos_client.store.valuables import KnownGift
from shared_models.domain.catalogue import name_in
from shared_models.domain.errors import DomainError
from shared_models.domain.limits import Allowance
from shared_models.domain.offer import ANY_TIME, runs
from shared_models.domain.points import balance
from shared_models.domain.points_back import spent_lots
from shared_models.domain.receipt import Document
from shared_models.domain.reward_facts import RewardRedeemed, check_redemption
from shared_models.domain.reward_slip import reward_slip
from shared_models.domain.rewards import Reward, RewardKind, RewardNotNow, claim
from shared_models.domain.spending import Spendable, Why
from shared_models.domain.spending_rules import points_of

MOST_UNITS: Final = 999
"""Of one reward at once: more is a code typed as a number."""

HANDED_OVER: Final = frozenset({RewardKind.GOODS, RewardKind.SERVICE})
"""What a till can do by itself: the others make coupons, draw lots or grant tiers."""


_MAY_BE_LENT: Final = (RewardNotHere, PointsNotHere)


class RewardDesk:
    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def view(self) -> RewardsView:
        """Raise ``NotSignedIn``, ``NoShift``, ``SaleIsPaying``, ``NoMemberForReward``."""
        counter = self._counter
        member = self._member()
        stocks = counter.books.valuables.gifts()
        rewards = [
            self._view(each, member, stocks.get(each.id))
            for each in counter.programme.rewards
            if each.kind in HANDED_OVER and self._runs(each)
        ]
        chosen = self._chosen(member)
        return RewardsView(
            member=member.doc.masked_name,
            balance=balance(member.account, counter.business_date()),
            rewards=tuple(sorted(rewards, key=lambda each: (each.points, each.id))),
            chosen=chosen,
        )

    def choose(self, reward_id: str, units: int) -> RewardsView:
        """Take ``units`` of a reward in hand, and have the server asked for what is missing of it here. Raise
        ``RewardNotNow`` and as ``view``."""
        counter = self._counter
        member = self._member()
        reward = self._reward(reward_id)
        units = min(max(1, units), MOST_UNITS)
        hand = counter.rewarding
        if hand is None or hand.reward != reward.id:
            hand = RewardInHand(counter.machine.ids.new(), member.doc.id, reward.id, units)
        counter.rewarding = replace(hand, units=units)
        if counter.lending.wants_anything():
            counter.on_need()
        return self.view()

    def drop(self) -> None:
        self._counter.rewarding = None

    def confirm(self) -> Redeemed:
        """One transaction: the fact, what it does to the member's points and the stock, the slip as a print job. A sync
        may have told of redemptions elsewhere since it was chosen: then what is there now counts.

        Raise ``NoRewardInHand``, ``RewardRefused``, ``RewardNotHere``, ``PointsNotHere``, ``RedeemRefused``,
        ``NotLent``, ``DiskFull``, and as ``view``."""
        counter = self._counter
        member, hand = self._member(), counter.rewarding
        if hand is None:
            raise NoRewardInHand
        reward = self._reward(hand.reward)
        points = self._check(reward, hand.units, member, counter.books.valuables.gifts().get(reward.id))
        redeemed = self._fact(reward, hand, points, member)
        redeemed = replace(redeemed, leases=spending.reward_uses(counter, redeemed, reward, member))
        check_redemption(redeemed)
        before = balance(member.account, redeemed.business_date)
        counter.books.journal.append(redeemed, print_document=self._slip(redeemed, reward, before))
        counter.rewarding = None
        counter.price_again()
        counter.on_commit()
        return Redeemed(
            name=self._name(reward),
            units=redeemed.units,
            points=points,
            balance_before=before,
            balance_after=before - points,
            lane=redeemed.lane,
            receipt_number=redeemed.receipt_number,
        )

    # what may be had

    def _check(self, reward: Reward, units: int, member: KnownMember, stock: KnownGift | None) -> int:
        """The points that it costs. Raise what keeps the member from having it here now."""
        counter, name = self._counter, self._name(reward)
        refused = redeeming.refusal(counter)
        if refused is not None:
            raise refused
        there = self._there(reward, member, stock)
        points = balance(member.account, counter.business_date())
        cost = claim(reward, units, points, Allowance(), counter.pricing.setting, name)
        if there.amount < units:
            raise RewardNotHere(there, name)
        spendable = spending.points_for_reward(counter, member)
        if spendable.amount < cost:
            raise PointsNotHere(self._asked_points(spendable, member), name, cost)
        return cost

    def _there(self, reward: Reward, member: KnownMember, stock: KnownGift | None) -> Spendable:
        """How many units this till can hand over, whatever points the member has."""
        counter = self._counter
        by_limits = spending.limits_left(counter, reward, member)
        if reward.kind is not RewardKind.GOODS:
            return self._reachable(by_limits)
        in_stock = spending.gifts(counter, stock)
        return self._reachable(min(in_stock, by_limits, key=lambda each: each.amount))

    def _reachable(self, there: Spendable) -> Spendable:
        """Without a line nothing is called back and no answer comes; with one the server is about to be asked."""
        counter, why = self._counter, there.why
        if not counter.surroundings.online:
            why = Why.NOT_LENT if why in (Why.LENT_ELSEWHERE, Why.ASKING) else why
        elif why in (Why.LENT_ELSEWHERE, Why.NOT_LENT) and counter.lending.wants_anything():
            why = Why.ASKING
        return Spendable(there.amount, why)

    def _asked_points(self, there: Spendable, member: KnownMember) -> Spendable:
        """By FLOOR the server lends what is beyond it, if it can be reached."""
        counter, lending = self._counter, self._counter.lending
        asking = counter.books.journal.leases.is_asked(points_of(member.doc.id)) or lending.wants_anything()
        if there.why is Why.FLOOR and counter.surroundings.online and asking:
            return Spendable(there.amount, Why.ASKING)
        return self._reachable(there)

    def _reward(self, reward_id: str) -> Reward:
        found = next((each for each in self._counter.programme.rewards if each.id == reward_id), None)
        if found is None or found.kind not in HANDED_OVER or not self._runs(found):
            raise RewardNotNow(name=self._name(found) if found else reward_id)
        return found

    def _runs(self, reward: Reward) -> bool:
        return runs(reward.valid_from, reward.valid_to, ANY_TIME, reward.audience, self._counter.pricing.setting)

    def _member(self) -> KnownMember:
        self._counter.open_sale()
        member = self._counter.member()
        if member is None:
            raise NoMemberForReward
        return member

    # the record

    def _fact(self, reward: Reward, hand: RewardInHand, points: int, member: KnownMember) -> RewardRedeemed:
        counter = self._counter
        shift, identity, on = counter.shift(), counter.books.journal.identity, counter.business_date()
        return RewardRedeemed(
            redemption_id=hand.id, member_id=member.doc.id, reward=reward.id, kind=reward.kind, what=reward.what,
            units=hand.units, points=points, store_id=identity.store_id, lane=identity.lane, shift_id=shift.id,
            cashier_id=shift.cashier_id, receipt_number=counter.books.journal.head.receipt_number + 1,
            business_date=on, programme_version=counter.programme.version, online=counter.surroundings.online,
            spent=spent_lots(member.account, points, on),
        )  # fmt: skip

    def _slip(self, redeemed: RewardRedeemed, reward: Reward, before: int) -> Document:
        counter = self._counter
        language = counter.receipt_language
        name = name_in(reward.names, language) or reward.id
        return reward_slip(
            redeemed, counter.store, counter.receipt_words(), language, name=name, balance_before=before,
            at=counter.now(), cashier=counter.cashier().name,
        )  # fmt: skip

    # what is shown

    def _name(self, reward: Reward) -> str:
        return name_in(reward.names, self._counter.shown_language) or reward.id

    def _view(self, reward: Reward, member: KnownMember, stock: KnownGift | None) -> RewardView:
        counter = self._counter
        points = balance(member.account, counter.business_date())
        left = max(0, stock.units if stock else 0) if reward.kind is RewardKind.GOODS else None
        why = self._why_not(reward, 1, member, stock)
        return RewardView(
            id=reward.id,
            name=self._name(reward),
            points=reward.points,
            stock=left,
            most=max(0, min(points // reward.points, MOST_UNITS if left is None else left)),
            missing=max(0, reward.points - points),
            why=None if isinstance(why, _MAY_BE_LENT) and self._can_come(why) else Notice.of(why) if why else None,
        )

    def _can_come(self, why: RewardNotHere | PointsNotHere) -> bool:
        """Whether the server may lend what is missing, once the reward is chosen."""
        return self._counter.surroundings.online and why.there.why is not Why.BALANCE

    def _chosen(self, member: KnownMember) -> ChosenReward | None:
        hand = self._counter.rewarding
        reward = next((each for each in self._counter.programme.rewards if hand and each.id == hand.reward), None)
        if hand is None or reward is None:
            return None
        stock = self._counter.books.valuables.gifts().get(reward.id)
        points = reward.points * hand.units
        why = self._why_not(reward, hand.units, member, stock)
        return ChosenReward(
            reward=self._view(reward, member, stock),
            units=hand.units,
            points=points,
            balance_after=balance(member.account, self._counter.business_date()) - points,
            why=Notice.of(why) if why else None,
        )

    def _why_not(self, reward: Reward, units: int, member: KnownMember, stock: KnownGift | None) -> DomainError | None:
        try:
            self._check(reward, units, member, stock)
        except DomainError as refused:
            return refused
        return None
