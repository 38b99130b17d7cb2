"""Goods of a receipt come back: found by its code, with a network or without (TILL-5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pos_client.app import spending
from pos_client.app.counter import Counter
from pos_client.app.refusals import (
    NoReturnInHand,
    NotThatManyHere,
    ReceiptDoesntAddUp,
    RefundNotHere,
    ReturnNeedsApproval,
    ReturnsStale,
    ReturnsStopped,
    SaleIsPaying,
    UnknownReason,
    UnknownReceipt,
)
from pos_client.app.return_in_hand import ReturnInHand
from pos_client.app.sign_in import SignIn
from pos_client.app.views import RefundView, Returned, ReturnLineView, ReturnView, SaleState, StaffView
from pos_client.store.receipts import KnownReceipt
from shared_models.domain import effects, leases, points, receipt_code
from shared_models.domain.checkout import check_sums
from shared_models.domain.leases import LeaseUse
from shared_models.domain.quantity import print_quantity
from shared_models.domain.receipt import Document
from shared_models.domain.return_booking import with_lots
from shared_models.domain.return_receipt import return_receipt
from shared_models.domain.return_record import SaleReturned, effect_of_return
from shared_models.domain.returns import (
    NothingToReturn,
    NothingWasSold,
    NotOnReceipt,
    ReturnRules,
    ReturnSlip,
    left_to_return,
    take_back,
)
from shared_models.domain.sale import SaleConfirmed, TenderKind
from shared_models.domain.spending import Seen, Spendable, Why, spendable
from shared_models.domain.spending_rules import Mode, ResourceKind
from shared_models.domain.staff import Role
from shared_models.domain.text import N_

REASONS: Final = {
    "defective": N_("Faulty or damaged"),
    "unwanted": N_("Not wanted any more"),
    "wrong": N_("Wrong item or size"),
    "other": N_("Another reason"),
}
"""By the word that the record has for it."""

APPROVES: Final = Role.SERVICE_DESK
"""Who may take goods back, and approve it where somebody else does."""

_REFUNDED: Final = frozenset({TenderKind.CASH, TenderKind.POINTS, TenderKind.STORED_VALUE})


class Returning:
    def __init__(self, counter: Counter, sign_in: SignIn) -> None:
        self._counter = counter
        self._sign_in = sign_in

    def begin(self, text: str) -> ReturnView:
        counter = self._counter
        counter.shift()
        if counter.sale.state is not SaleState.OPEN:
            raise SaleIsPaying
        code = receipt_code.normalise(text)
        known = counter.books.receipts.by_code(code)
        if known is None:
            raise UnknownReceipt
        if known.sale.training:
            raise NothingWasSold
        try:
            check_sums(known.sale)
        except AssertionError:
            raise ReceiptDoesntAddUp from None
        self._check_stopped()
        left = left_to_return(known.sale, known.returns)
        wanted = {number: milli for number, milli in left.items() if milli}
        counter.returning = ReturnInHand(counter.machine.ids.new(), code, known.sale.sale_id, wanted)
        if counter.lending.wants_anything():
            counter.on_need()
        return self.view()

    def view(self) -> ReturnView:
        hand, known = self._in_hand()
        return self._view(hand, known)

    def choose(self, number: int, quantity_milli: int) -> ReturnView:
        """Have ``quantity_milli`` of line ``number`` come back, 0 for none of it."""
        hand, known = self._in_hand()
        goods = {**hand.goods, number: quantity_milli}
        return self._choose(hand, known, goods)

    def choose_all(self) -> ReturnView:
        """All that can come back here."""
        hand, known = self._in_hand()
        left = left_to_return(known.sale, known.returns)
        goods = {number: self._may(known, number, milli).amount for number, milli in left.items()}
        if not any(left.values()):
            raise NothingToReturn
        if not any(goods.values()):
            raise NotThatManyHere(left="0")
        return self._choose(hand, known, goods)

    def drop(self) -> None:
        self._counter.returning = None

    def confirm(self, reason: str, approver_id: str = "", pin: str = "") -> Returned:
        """One transaction: the fact, its effects, the receipt as a print job. A sync may have told of returns elsewhere
        since the goods were chosen: then what is left now counts."""
        counter = self._counter
        hand, known = self._in_hand()
        if reason not in REASONS:
            raise UnknownReason
        self._check_stopped()
        self._check(known, hand)
        approver = self._approver(approver_id, pin)
        record = self._record(hand, known, reason, approver.id if approver else "")
        record = replace(record, leases=self._leases(hand, known))
        balance = self._balance_after(record)
        slip = self._receipt(record, known.sale, approver, balance)
        counter.books.journal.append(record, print_document=slip)
        counter.returning = None
        counter.price_again()
        counter.on_commit()
        return Returned(
            receipt_number=record.receipt_number,
            receipt_code=record.receipt_code,
            total_minor=record.total_minor,
            refunds=_refunds(record),
            points_taken_back=record.member.taken_back if record.member else 0,
            points_balance=balance,
            currency=record.currency,
        )

    # what may come back

    def _choose(self, hand: ReturnInHand, known: KnownReceipt, goods: dict[int, int]) -> ReturnView:
        chosen = replace(hand, goods={number: milli for number, milli in goods.items() if milli})
        self._check(known, chosen)
        view = self._view(chosen, known)  # whatever can't be returned is refused here
        self._counter.returning = chosen
        return view

    def _check(self, known: KnownReceipt, hand: ReturnInHand) -> None:
        left = left_to_return(known.sale, known.returns)
        for number, milli in hand.goods.items():
            if number not in left:
                raise NotOnReceipt(number=number)
            may = self._may(known, number, left[number])
            if may.amount < milli <= left[number]:
                raise NotThatManyHere(left=print_quantity(may.amount))

    def _may(self, known: KnownReceipt, number: int, left_milli: int) -> Spendable:
        """How much of a line's ``left_milli`` may come back here now."""
        counter = self._counter
        policy = counter.programme.policy(ResourceKind.RETURNS)
        resource = spending.units_of(known.sale.sale_id, number)
        own = sum(line.quantity_milli for one in known.own for line in one.lines if line.number == number)
        usable = spending.usable(counter, resource, policy.mode)
        seen = Seen(
            balance=left_milli,
            own_uncounted=own,
            leased=leases.usable((each.held for each in usable), counter.business_date()),
            asking=counter.books.journal.leases.is_asked(resource),
        )
        return spendable(policy, seen)

    def _leases(self, hand: ReturnInHand, known: KnownReceipt) -> tuple[LeaseUse, ...]:
        """What of the goods was lent to this till. Raise ``NotLent``."""
        counter = self._counter
        mode = counter.programme.policy(ResourceKind.RETURNS).mode
        if mode is Mode.FLOOR:
            return ()
        return tuple(
            use
            for number, milli in hand.goods.items()
            for use in leases.split(
                [each.held for each in spending.usable(counter, spending.units_of(known.sale.sale_id, number), mode)],
                milli,
                counter.business_date(),
            )
        )

    def _check_stopped(self) -> None:
        if spending.refusal(self._counter) is not None:
            stale = spending.is_stale(self._counter)
            raise ReturnsStale(days=self._counter.machine.redeem_days) if stale else ReturnsStopped

    # the record

    def _record(self, hand: ReturnInHand, known: KnownReceipt, reason: str, approver_id: str) -> SaleReturned:
        counter = self._counter
        machine, programme = counter.machine, counter.programme
        slip = ReturnSlip(
            hand.id, counter.opened_shift(), counter.business_date(), reason, approver_id,
            counter.books.journal.head.receipt_number + 1,
            receipt_code.encode(machine.randomness.secret(receipt_code.RANDOM_BYTES)),
        )  # fmt: skip
        rules = ReturnRules(
            growth=programme.earn.growth,
            cash_step_minor=programme.cash_rounding_minor,
            cash_rounding=programme.cash_rounding,
            coupons=frozenset(rule.id for rule in programme.coupons if rule.comes_back),
        )
        record = take_back(known.sale, known.returns, hand.goods, slip, rules)
        for refund in record.refunds:
            if refund.kind not in _REFUNDED:
                raise RefundNotHere
        spent = known.sale.member.spent if known.sale.member else ()
        return with_lots(known.sale, known.returns, record, [machine.ids.new() for _ in range(len(spent) + 1)])

    def _approver(self, approver_id: str, pin: str) -> StaffView | None:
        """Who answers for it beside whose shift it is; ``None`` if it is the same person."""
        counter = self._counter
        cashier = counter.cashier()
        if cashier.role.covers(APPROVES):
            return cashier if cashier.id != counter.shift().cashier_id else None
        if not approver_id:
            raise ReturnNeedsApproval
        approver = self._sign_in.verified(approver_id, pin)
        if not approver.role.covers(APPROVES):
            raise ReturnNeedsApproval
        return approver

    def _balance_after(self, record: SaleReturned) -> int | None:
        effect = effect_of_return(record)
        member = self._counter.books.shop.member(effect.member_id) if effect else None
        if effect is None or member is None:
            return None
        programme = self._counter.programme
        after = effects.shown_account(effects.apply(member.view, effect, programme), programme)
        return points.balance(after, record.business_date)

    def _receipt(
        self, record: SaleReturned, sale: SaleConfirmed, approver: StaffView | None, balance: int | None
    ) -> Document:
        counter = self._counter
        words = counter.receipt_words()
        cashier = counter.books.shop.staff_member(record.cashier_id)
        return return_receipt(
            record, sale, counter.store, words, counter.receipt_language, at=counter.now(),
            cashier=cashier.name if cashier else record.cashier_id, approver=approver.name if approver else "",
            reason=words(REASONS[record.reason]), points_balance=balance,
        )  # fmt: skip

    # what is shown

    def _in_hand(self) -> tuple[ReturnInHand, KnownReceipt]:
        self._counter.shift()
        hand = self._counter.returning
        known = self._counter.books.receipts.by_code(hand.code) if hand else None
        if hand is None or known is None:
            raise NoReturnInHand
        return hand, known

    def _view(self, hand: ReturnInHand, known: KnownReceipt) -> ReturnView:
        sale = known.sale
        record = self._record(hand, known, "", "") if hand.goods else None
        left = left_to_return(sale, known.returns)
        return ReturnView(
            lane=sale.lane,
            receipt_number=sale.receipt_number,
            sold_on=sale.business_date,
            lines=tuple(
                self._line(known, hand, record, number, left[number], place) for place, number in enumerate(left)
            ),
            refunds=_refunds(record) if record else (),
            total_minor=record.total_minor if record else 0,
            points_taken_back=record.member.taken_back if record and record.member else 0,
            returns_before=len(known.returns),
            needs_approval=not self._counter.cashier().role.covers(APPROVES),
            approvers=tuple(each for each in self._sign_in.staff() if each.role.covers(APPROVES)),
            currency=sale.currency,
        )

    def _line(
        self, known: KnownReceipt, hand: ReturnInHand, record: SaleReturned | None, number: int, left: int, place: int
    ) -> ReturnLineView:
        line, include_tax = known.sale.lines[place], known.sale.prices_include_tax
        back = [each for each in record.lines if each.number == number] if record else []
        may = self._may(known, number, left)
        return ReturnLineView(
            number=number,
            code=line.code,
            name=line.name,
            unit=line.unit,
            sold_milli=line.quantity_milli,
            left_milli=left,
            may_milli=may.amount,
            chosen_milli=hand.goods.get(number, 0),
            paid_minor=line.net_minor + (0 if include_tax else line.tax_minor),
            refund_minor=sum(each.net_minor + (0 if include_tax else each.tax_minor) for each in back),
            why=spending.why_notice(may) if may.amount < left and may.why is not Why.NONE else None,
        )


def _refunds(record: SaleReturned) -> tuple[RefundView, ...]:
    return tuple(RefundView(each.kind, each.amount_minor, each.points) for each in record.refunds)
