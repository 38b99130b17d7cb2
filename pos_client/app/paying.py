"""Paying and confirming."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from pos_client.app import redeeming, spending
from pos_client.app.counter import Counter
from pos_client.app.coupons import Coupons
from pos_client.app.refusals import DatePassed, NoMemberToRedeem, NothingToPay, NotPaying, PaymentUnknown
from pos_client.app.sale_in_hand import SaleInHand
from pos_client.app.stored_value import StoredValueDesk, others
from pos_client.app.views import Confirmed, PaymentView, SaleState, TenderView
from pos_client.store.shop import KnownMember
from shared_models.domain import clock as logical_clock
from shared_models.domain import effects, points, receipt_code, tender
from shared_models.domain.benefits import check_buyer
from shared_models.domain.checkout import Buyer, Numbers, assemble
from shared_models.domain.earning import NONE_BEFORE
from shared_models.domain.leases import LeaseUse
from shared_models.domain.marking import UNMARKED, NotForSale
from shared_models.domain.points import check_redeem
from shared_models.domain.points_back import spent_lots
from shared_models.domain.pricing import ENGINE
from shared_models.domain.receipt import Document
from shared_models.domain.sale import Inputs, Payment, SaleConfirmed, TenderKind
from shared_models.domain.sale_receipt import sale_receipt
from shared_models.domain.stored_value_facts import purchases


class Paying:
    def __init__(self, counter: Counter, stored_value: StoredValueDesk, coupons: Coupons) -> None:
        self._counter = counter
        self._stored_value = stored_value
        self._coupons = coupons

    def start(self) -> TenderView:
        sale = self._counter.open_sale()
        if not sale.basket.lines:
            raise NothingToPay
        sale.basket.check_weighed()
        self._check_dates(sale)
        check_buyer(self._counter.programme.reserved, sale.basket, self._counter.pricing.setting)
        coupons = self._coupons.refreshed(sale)
        self._counter.change(replace(sale, state=SaleState.PAYING, payments=(), coupons=coupons))
        return self.view()

    def view(self) -> TenderView:
        counter = self._counter
        sale = self._paying()
        member = counter.member()
        due = self._cash_due(sale)
        return TenderView(
            total_minor=counter.priced.total_minor,
            due_minor=due,
            paid=tuple(
                PaymentView(
                    payment.id,
                    payment.kind,
                    payment.state,
                    payment.amount_minor,
                    payment.tendered_minor,
                    payment.points,
                )
                for payment in sale.payments
            ),
            quick_notes=tender.quick_notes(due, counter.programme.money),
            points=redeeming.view(counter, member) if member else None,
            currency=counter.programme.currency,
            stored_value=self._stored_value.tender(member, self._without_stored_value(sale)) if member else None,
        )

    def stored_value(self, amount_minor: int | None) -> TenderView:
        """Pay with stored value: ``amount_minor``, or as much as is due and can be. Choosing again replaces what was
        chosen before."""
        sale = self._paying()
        due = self._without_stored_value(sale)
        if amount_minor is None:
            member = self._counter.member()
            offer = self._stored_value.tender(member, due) if member else None
            amount_minor = offer.max_minor if offer and offer.max_minor else due
        payment = self._stored_value.payment(amount_minor, due)
        self._counter.change(replace(sale, payments=(*others(sale.payments), payment)))
        return self.view()

    def redeem(self, count: int) -> TenderView:
        """Points pay first; choosing again replaces what was chosen before."""
        counter = self._counter
        sale = self._paying()
        member = counter.member()
        if member is None:
            raise NoMemberToRedeem
        self._check_redeem(count, member)
        payment = tender.points_payment(counter.machine.ids.new(), count, redeeming.rule(counter))
        others = tuple(each for each in sale.payments if each.kind is not TenderKind.POINTS)
        counter.change(replace(sale, payments=(*others, payment)))
        return self.view()

    def remove(self, payment_id: UUID) -> TenderView:
        sale = self._paying()
        left = tuple(payment for payment in sale.payments if payment.id != payment_id)
        if len(left) == len(sale.payments):
            raise PaymentUnknown
        self._counter.change(replace(sale, payments=left))
        return self.view()

    def back(self) -> None:
        sale = self._paying()
        coupons = self._coupons.refreshed(sale)
        self._counter.change(replace(sale, state=SaleState.OPEN, payments=(), coupons=coupons))

    def cash(self, tendered_minor: int) -> Confirmed:
        """Take cash for all that is due, and confirm. With nothing left to pay, zero confirms."""
        sale = self._paying()
        due = tender.due_after(self._counter.priced.total_minor, sale.payments)
        if due == 0 and tendered_minor == 0:
            return self._confirm(sale, None)
        rules = self._counter.programme
        cash = tender.cash(due, tendered_minor, rules.cash_rounding_minor, rules.cash_rounding)
        return self._confirm(sale, cash)

    def _confirm(self, sale: SaleInHand, cash: tender.Cash | None) -> Confirmed:
        """One transaction: the fact, its effects, the receipt as a print job, and the open sale's end."""
        counter = self._counter
        self._check_dates(sale)
        member = counter.member()
        redeemed = _redeemed(sale.payments)
        if redeemed and member is not None:
            self._check_redeem(redeemed, member)
        self._stored_value.check(sale.payments)
        self._coupons.check({each.id for each in counter.priced.coupons})
        payments = (*sale.payments, cash.payment(counter.machine.ids.new())) if cash else sale.payments
        confirmed = self._assemble(sale, payments, cash.rounding_minor if cash else 0, member)
        after = self._after(confirmed, member)
        counter.books.journal.append(confirmed, print_document=self._receipt(confirmed, after), ends_sale=sale.id)
        counter.forget()
        counter.on_commit()
        earned = confirmed.member.earned if confirmed.member else None
        return Confirmed(
            sale_id=confirmed.sale_id,
            receipt_number=confirmed.receipt_number,
            receipt_code=confirmed.receipt_code,
            total_minor=confirmed.total_minor,
            tendered_minor=cash.tendered_minor if cash else 0,
            change_minor=cash.change_minor if cash else 0,
            points_earned=earned.points if earned else 0,
            points_redeemed=redeemed,
            points_balance=points.balance(after.account, confirmed.business_date) if after else None,
            currency=confirmed.currency,
        )

    def _assemble(
        self, sale: SaleInHand, payments: tuple[Payment, ...], rounding_minor: int, member: KnownMember | None
    ) -> SaleConfirmed:
        counter = self._counter
        machine, journal, pricing = counter.machine, counter.books.journal, counter.pricing
        numbers = Numbers(
            sale_id=sale.id,
            lot_id=machine.ids.new(),
            receipt_number=journal.head.receipt_number + 1,
            receipt_code=receipt_code.encode(machine.randomness.secret(receipt_code.RANDOM_BYTES)),
        )
        on = counter.business_date()
        confirmed = assemble(
            pricing.basket,
            payments,
            rounding_minor=rounding_minor,
            programme=pricing.programme,
            inputs=self._inputs(member),
            shift=counter.opened_shift(),
            business_date=on,
            numbers=numbers,
            buyer=Buyer(member.doc.id, pricing.tier or counter.tier_of(member)) if member else None,
            language=counter.store.language,
            setting=pricing.setting,
            earned_before=counter.earned_before(member) if member else NONE_BEFORE,
            spent=spent_lots(member.account, _redeemed(payments), on) if member else (),
        )
        return replace(confirmed, leases=self._leases(confirmed, member))

    def _leases(self, confirmed: SaleConfirmed, member: KnownMember | None) -> tuple[LeaseUse, ...]:
        """What the sale takes of what was lent to this till. Raise ``NotLent``."""
        counter, pricing = self._counter, self._counter.pricing
        uses = spending.owned_uses(counter, confirmed, member)
        buyer = pricing.buyer.id if pricing.buyer else None
        return uses + spending.budget_uses(
            counter, pricing.programme, pricing.basket.uses, buyer, confirmed.business_date
        )

    def _inputs(self, member: KnownMember | None) -> Inputs:
        counter = self._counter
        return Inputs(
            engine=ENGINE,
            programme_version=counter.pricing.programme.version,
            catalogue_version=counter.books.shop.catalogue_version(),
            tier=counter.pricing.tier,
            member_version=member.version if member else None,
            points_seen=points.balance(member.account, counter.business_date()) if member else None,
            online=counter.surroundings.online,
            priced_ms=logical_clock.unix_ms(counter.pricing.at),
            points_left=spending.points(counter, member).amount if member else None,
            segments=counter.pricing.buyer.segments if counter.pricing.buyer else (),
        )

    def _after(self, confirmed: SaleConfirmed, member: KnownMember | None) -> effects.MemberView | None:
        effect = effects.effect_of(confirmed)
        if member is None or effect is None:
            return None
        programme = self._counter.programme
        after = effects.apply(member.view, effect, programme)
        return effects.MemberView(effects.shown_account(after, programme), after.standing)

    def _receipt(self, confirmed: SaleConfirmed, after: effects.MemberView | None) -> Document:
        counter = self._counter
        return sale_receipt(
            confirmed,
            counter.store,
            after,
            counter.receipt_words(),
            counter.receipt_language,
            at=counter.now(),
            cashier=counter.cashier().name,
            programme=counter.programme,
            stored_value_minor=self._stored_value_after(confirmed),
        )

    def _stored_value_after(self, confirmed: SaleConfirmed) -> int | None:
        """What is left of the stored value that paid; ``None`` if none did."""
        spent = sum(each.amount_minor for each in purchases(confirmed))
        member = self._counter.member()
        view = self._stored_value.view(member) if spent and member is not None else None
        return view.balance_minor - spent if view else None

    def _paying(self) -> SaleInHand:
        self._counter.shift()
        if self._counter.sale.state is not SaleState.PAYING:
            raise NotPaying
        return self._counter.sale

    def _without_stored_value(self, sale: SaleInHand) -> int:
        """What stored value may pay: what is due without it."""
        return tender.due_after(self._counter.priced.total_minor, others(sale.payments))

    def _cash_due(self, sale: SaleInHand) -> int:
        due = tender.due_after(self._counter.priced.total_minor, sale.payments)
        rules = self._counter.programme
        return tender.cash_due(due, rules.cash_rounding_minor, rules.cash_rounding)

    def _check_dates(self, sale: SaleInHand) -> None:
        """Goods may have been scanned yesterday. Raise ``DatePassed``."""
        for number, line in enumerate(sale.basket.lines, 1):
            if line.marking == UNMARKED:
                continue
            try:
                self._counter.check_dates(line.marking, line.product)
            except NotForSale as passed:
                raise DatePassed(line.line_id, number, passed) from None

    def _check_redeem(self, count: int, member: KnownMember) -> None:
        refused = redeeming.refusal(self._counter)
        if refused is not None:
            raise refused
        check_redeem(count, redeeming.limit(self._counter, member), redeeming.rule(self._counter))


def _redeemed(payments: Iterable[Payment]) -> int:
    return sum(payment.points for payment in payments)
