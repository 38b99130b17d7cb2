"""Coupons at the till: those of the member, those that are scanned or typed, and what became of them in the price."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final
from uuid import UUID

from pos_client.app import spending
from pos_client.app.counter import Counter
from pos_client.app.refusals import (
    CouponNotHere,
    SlipOnlyIfPersonal,
    SpendingStale,
    SpendingStopped,
    UnknownCoupon,
)
from pos_client.app.sale_in_hand import SaleInHand
from pos_client.app.views import CouponView, Notice
from pos_client.store.shop import KnownMember
from pos_client.store.valuables import KnownCoupon
from shared_models.domain import coupon_code, coupon_reference, coupon_token
from shared_models.domain.catalogue import name_in
from shared_models.domain.coupon import REFUSAL_TEXTS, Coupon, CouponRefusal, usable
from shared_models.domain.coupon_facts import code_digest
from shared_models.domain.coupon_life import CouponRefused, told
from shared_models.domain.coupon_offers import MAX_COUPONS, RefusedCoupon
from shared_models.domain.coupon_slip import coupon_slip

_OVER: Final = frozenset({CouponRefusal.USED, CouponRefusal.VOID, CouponRefusal.EXPIRED, CouponRefusal.UNKNOWN})


class Coupons:
    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    @staticmethod
    def is_coupon(text: str) -> bool:
        """Whether a scanned or typed text claims to be a coupon."""
        return coupon_token.is_token(text) or coupon_code.is_code(text) or coupon_reference.is_reference(text)

    def present_text(self, text: str) -> UUID:
        """Present the coupon that a square code or a typed one stands for; a slip's is good for a personal coupon only.
        Raise as ``present`` does, and ``BadCouponToken``, ``BadCouponCode``, ``ForgedCoupon``,
        ``BadCouponReference``."""
        valuables = self._counter.books.valuables
        if coupon_token.is_token(text):
            return self._present(valuables.of_token(coupon_token.read(text, self._counter.secrets.verify)))
        if coupon_reference.is_reference(text):
            known = valuables.coupon(coupon_reference.read(text))
            if known is None or not self._is_personal(known):
                raise UnknownCoupon
            return self._present(known)
        coupon_code.read(text)
        known = valuables.coupon_by_code(code_digest(text))
        if known is None:
            raise UnknownCoupon
        return self._present(known)

    def present(self, coupon_id: UUID) -> UUID:
        """Raise ``UnknownCoupon``, ``CouponRefused``, ``CouponNotHere``, ``SpendingStopped``, ``SpendingStale``."""
        known = self._counter.books.valuables.coupon(coupon_id)
        if known is None:
            raise UnknownCoupon
        return self._present(known)

    def print_slip(self, coupon_id: UUID) -> None:
        """Queue its slip. Raise ``UnknownCoupon``, ``SlipOnlyIfPersonal``, and ``CouponRefused`` for one that can't be
        used any more."""
        counter = self._counter
        known = counter.books.valuables.coupon(coupon_id)
        rule = counter.programme.coupon_rules.get(known.coupon.rule) if known else None
        if known is None or rule is None:
            raise UnknownCoupon
        if not self._is_personal(known):
            raise SlipOnlyIfPersonal
        why = self._unusable(known)
        if why in _OVER:
            raise CouponRefused(why)
        slip = coupon_slip(
            known.coupon, rule, counter.store, counter.receipt_words(), counter.receipt_language,
            here_only=bool(known.store_id),
        )  # fmt: skip
        counter.books.journal.print_queue.add(slip)
        counter.on_commit()

    def take_back(self, coupon_id: UUID) -> None:
        """Don't use it after all."""
        sale = self._counter.open_sale()
        self._counter.change(replace(sale, coupons=tuple(each for each in sale.coupons if each.id != coupon_id)))

    def refreshed(self, sale: SaleInHand) -> tuple[Coupon, ...]:
        """The sale's coupons as they are now: a sync may have told that one was used elsewhere. From the start of
        paying on they are kept as they were told to the customer."""
        found = ((each, self._counter.books.valuables.coupon(each.id)) for each in sale.coupons)
        return tuple(known.coupon if known else each for each, known in found)

    def of(self, member: KnownMember) -> tuple[CouponView, ...]:
        """The member's coupons that are left, soonest end first, each with why it can't be used, if it can't."""
        counter = self._counter
        in_sale = {each.id for each in counter.sale.coupons}
        found = counter.books.valuables.coupons_of(member.doc.id, counter.now().date())
        views = [self._view(each.coupon, self._refusal(each, member), each.coupon.id in in_sale) for each in found]
        gone = (CouponRefusal.USED.value, CouponRefusal.VOID.value)
        return tuple(each for each in views if each.why is None or each.why.code not in gone)

    def of_sale(self) -> tuple[CouponView, ...]:
        """Those presented, with what each took off or why it took nothing."""
        priced = self._counter.priced
        off = {each.id: each.off_minor for each in priced.coupons}
        refused = {each.id: _why_not(each) for each in priced.refused_coupons}
        return tuple(
            replace(self._view(each, refused.get(each.id), True), off_minor=off.get(each.id, 0))
            for each in self._counter.sale.coupons
        )

    def _present(self, known: KnownCoupon) -> UUID:
        counter = self._counter
        sale = counter.open_sale()
        if known.coupon.id in {each.id for each in sale.coupons}:
            return known.coupon.id
        if len(sale.coupons) >= MAX_COUPONS:
            raise CouponRefused(CouponRefusal.TOO_MANY)
        why = self._unusable(known)
        if why is not None:
            raise CouponRefused(why)
        try:
            self._check_here(known)
        except CouponNotHere:
            counter.lending.wish_coupon(known.coupon.id)
            raise
        counter.change(replace(sale, coupons=(*sale.coupons, known.coupon)))
        return known.coupon.id

    def check(self, used: Iterable[UUID]) -> None:
        """That the coupons a sale uses may still be let go: a sync may have told of a use elsewhere. Their days don't
        matter any more. Raise ``CouponRefused``, ``CouponNotHere``, ``SpendingStopped``, ``SpendingStale``."""
        sale = self._counter.sale
        for coupon in sale.coupons:
            if coupon.id in used:
                known = self._counter.books.valuables.of_token(coupon)
                disputed = told(known.coupon, sale.id).disputed
                if disputed is not None:
                    raise CouponRefused(disputed)
                self._check_here(known)

    def _check_here(self, known: KnownCoupon, owner: KnownMember | None = None) -> None:
        stopped = spending.stopped(self._counter)
        if stopped is not None:
            raise stopped
        there = spending.coupon(self._counter, known, owner)
        if not there.amount:
            raise CouponNotHere(there)

    def _refusal(self, known: KnownCoupon, owner: KnownMember) -> Notice | None:
        why = self._unusable(known)
        if why is not None:
            return Notice(why.value, REFUSAL_TEXTS[why])
        try:
            self._check_here(known, owner)
        except (CouponNotHere, SpendingStale, SpendingStopped) as refused:
            return Notice.of(refused)
        return None

    def _is_personal(self, known: KnownCoupon) -> bool:
        rule = self._counter.programme.coupon_rules.get(known.coupon.rule)
        return rule is not None and rule.personal and known.coupon.member_id is not None

    def _unusable(self, known: KnownCoupon) -> CouponRefusal | None:
        counter = self._counter
        rule = counter.programme.coupon_rules.get(known.coupon.rule)
        return usable(known.coupon, rule, counter.member_id, counter.sale.id, counter.now().date())

    def _view(self, coupon: Coupon, why: Notice | None, in_sale: bool) -> CouponView:
        rule = self._counter.programme.coupon_rules.get(coupon.rule)
        name = name_in(rule.deal.names, self._counter.shown_language) if rule else ""
        return CouponView(coupon.id, name or coupon.rule, coupon.valid_to, in_sale, why=why)


def _why_not(refused: RefusedCoupon) -> Notice:
    return Notice(refused.why.value, REFUSAL_TEXTS[refused.why])
