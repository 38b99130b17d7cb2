"""What the till refuses, beside what the rules of the shop (``shared_models.domain``) refuse. Nothing was changed."""

from __future__ import annotations

from typing import Final

from pos_client.app.views import MemberHit
from shared_models.domain.errors import DomainError
from shared_models.domain.marking import NotForSale
from shared_models.domain.points import RedeemRefused
from shared_models.domain.spending import Spendable, Why
from shared_models.domain.text import N_


class NotSignedIn(DomainError):
    code = "not_signed_in"
    template = N_("Sign in first.")


class UnknownStaff(DomainError):
    code = "unknown_staff"
    template = N_("This person does not work in this store any more. Choose a name from the list.")


class WrongPin(DomainError):
    """``tries_left`` before the sign-in is locked for a while."""

    code = "wrong_pin"
    template = N_("This PIN is wrong. Tries left: {tries_left}.")

    def __init__(self, tries_left: int) -> None:
        super().__init__(tries_left=tries_left)
        self.tries_left = tries_left


class LockedOut(DomainError):
    code = "locked_out"
    template = N_("Too many wrong PINs. Try again in {seconds} seconds.")

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds=seconds)
        self.seconds = seconds


class DatePassed(DomainError):
    """``line_id`` can't be sold any more; ``number`` is its place in the sale."""

    code = "date_passed"
    template = N_("Line {number}, {name}, could be sold until {date}. Remove it and put it aside.")

    def __init__(self, line_id: int, number: int, passed: NotForSale) -> None:
        super().__init__(number=number, **passed.values)
        self.line_id = line_id


class ShiftOfAnother(DomainError):
    code = "shift_of_another"
    template = N_("{name} has a shift open here. It must be closed first, by {name} or a manager.")


class NoShift(DomainError):
    code = "no_shift"
    template = N_("Open a shift first.")


class ShiftIsOpen(DomainError):
    code = "shift_is_open"
    template = N_("A shift is open already.")


class SaleIsOpen(DomainError):
    code = "sale_is_open"
    template = N_("Finish or void the sale first.")


class SaleIsPaying(DomainError):
    code = "sale_is_paying"
    template = N_("The sale is being paid. Go back to the sale to change it.")


class NotPaying(DomainError):
    code = "not_paying"
    template = N_("Press pay first.")


class NothingToPay(DomainError):
    code = "nothing_to_pay"
    template = N_("There is nothing to pay yet. Scan a product.")


class BadAmount(DomainError):
    code = "bad_amount"
    template = N_("This is not a sum of money a drawer can hold. Type it again.")


class UnknownCode(DomainError):
    code = "unknown_code"
    template = N_("Nothing is known under {typed}. Search by name, or ask for the price.")

    def __init__(self, typed: str) -> None:
        super().__init__(typed=typed[:64])


class NoLineYet(DomainError):
    code = "no_line_yet"
    template = N_("Scan a product first, then its quantity.")


class UnknownMember(DomainError):
    code = "unknown_member"
    template = N_("This member is not known here. Search again.")


class NotForCashiers(DomainError):
    code = "not_for_cashiers"
    template = N_("Members are changed at the service desk. Ask somebody who works there to sign in.")


class NeedsManager(DomainError):
    code = "needs_manager"
    template = N_("This is a manager's to do. Lock the till (F10) and have a manager sign in.")


class NoReason(DomainError):
    code = "no_reason"
    template = N_("Say why the drawer is opened: choose a reason or type one.")


class CashOutNeedsApproval(DomainError):
    code = "cash_out_needs_approval"
    template = N_("A payment out of the drawer has to be approved. Ask a manager for their PIN.")


class DrawerStaysShut(DomainError):
    code = "drawer_stays_shut"
    template = N_("The printer opens the drawer, and it can't print now. Open the drawer with its key.")


class BadName(DomainError):
    code = "bad_name"
    template = N_("Type the member's name.")


class BadBirthday(DomainError):
    code = "bad_birthday"
    template = N_("A birthday is month and day, such as 05-31, or empty.")


class PhoneIsTaken(DomainError):
    """``member`` is the one who has this phone."""

    code = "phone_is_taken"
    template = N_("{name} is registered with this phone already, as member {number}. Choose that member.")

    def __init__(self, member: MemberHit) -> None:
        super().__init__(name=member.masked_name, number=member.number)
        self.member = member


class PaymentUnknown(DomainError):
    code = "payment_unknown"
    template = N_("This payment is not part of the sale any more.")


class RedeemingStopped(RedeemRefused):
    """And what to do about it: only a new incarnation of the lane ends it."""

    code = "redeeming_stopped"
    template = N_(
        "This till's records were copied, restored or damaged, so it redeems nothing. It sells on. Get a code from head"
        " office and set the till up anew: F1 at the sign-in."
    )


class RedeemingUnknown(RedeemingStopped):
    code = "redeeming_unknown"
    template = N_(
        "The server doesn't know this till, so it redeems nothing. It sells on. Get a code from head office and set the"
        " till up anew: F1 at the sign-in."
    )


class RedeemingRetired(RedeemingStopped):
    code = "redeeming_retired"
    template = N_(
        "Another till has taken this lane over, so this one redeems nothing. Close the shift and sell there;"
        " what is unsent here is still sent."
    )


class RedeemingRevoked(RedeemingStopped):
    code = "redeeming_revoked"
    template = N_("Head office has shut this till out: it redeems nothing and gets nothing new. Ask head office.")


class RedeemingUnread(RedeemRefused):
    code = "redeeming_unread"
    template = N_(
        "The server can't read something this till told it, so the till redeems nothing until head office has dealt"
        " with it."
    )


class RedeemingStale(RedeemRefused):
    code = "redeeming_stale"
    template = N_("This till has not reached the server for {days} days, so it redeems no points. Check its network.")


class NoMemberToRedeem(RedeemRefused):
    code = "no_member_to_redeem"
    template = N_("Points can only be redeemed by a member. Choose the member first.")


class SpareInUse(DomainError):
    code = "spare_printer"
    template = N_(
        "Receipts come out of the second printer, and the drawer doesn't open, until the first one can print."
    )


class NothingToPrint(DomainError):
    code = "nothing_to_print"
    template = N_("There is no receipt to print again.")


class SpendingStopped(DomainError):
    code = "spending_stopped"
    template = N_("This till takes no stored value or coupons until head office has put it right. Take cash.")


class SpendingStale(DomainError):
    code = "spending_stale"
    template = N_("This till has been without the server for {days} days: no stored value, no coupons. Take cash.")


class NoMemberToPay(DomainError):
    code = "no_member_to_pay"
    template = N_("Stored value is a member's. Choose the member first.")


class NotThatMuchHere(DomainError):
    """Of stored value: ``there`` says how much this till can let go, and why not more."""

    code = "not_that_much_here"

    def __init__(self, there: Spendable) -> None:
        self.template = _STORED_VALUE_HERE[there.why]
        super().__init__(left_minor=there.amount)


_STORED_VALUE_HERE: Final = {
    Why.NONE: "",
    Why.BALANCE: N_("There is only {left} of stored value. Take the rest in cash."),
    Why.FLOOR: N_("Until the server has counted it, only {left} of stored value can be spent here."),
    Why.DAY: N_("Stored value: without the server this store can take only {left} more today. Take the rest in cash."),
    Why.NOT_LENT: N_(
        "Stored value: this till was lent {left}, and without the server it gets no more. Take the rest in cash."
    ),
    Why.LENT_ELSEWHERE: N_(
        "Stored value: another till holds it, here {left} can be spent. It is called back; try again in a minute, or"
        " take the rest in cash."
    ),
    Why.ASKING: N_("Stored value: the server is being asked, so far {left} can be spent. Wait a moment."),
}


class StoredValueClosed(DomainError):
    code = "stored_value_closed"
    template = N_("This shop has no stored value.")


class UnknownCoupon(DomainError):
    code = "unknown_coupon"
    template = N_("This coupon is not known here. Let the till sync and try again.")


class CouponNotHere(DomainError):
    """``there`` says why this till can't let the coupon go."""

    code = "coupon_not_here"

    def __init__(self, there: Spendable) -> None:
        self.template = _COUPON_HERE[there.why]
        super().__init__()


_COUPON_HERE: Final = {
    Why.NONE: "",
    Why.BALANCE: N_("This coupon has been used."),
    Why.FLOOR: N_("This coupon can't be used here until the server has counted what was used. Sell without it."),
    Why.DAY: N_("Coupons: without the server this store can take no more today. Sell without it."),
    Why.NOT_LENT: N_(
        "Here this coupon can be used only once the server has lent it to this till. Try again when there is a"
        " connection, or sell without it."
    ),
    Why.LENT_ELSEWHERE: N_(
        "Another till holds this coupon. It is called back; try again in a minute, or sell without it."
    ),
    Why.ASKING: N_("The server is being asked for this coupon. Try again in a moment."),
}


class NoMemberForReward(DomainError):
    code = "no_member_for_reward"
    template = N_("Rewards are for members. Choose the member first.")


class NoRewardInHand(DomainError):
    code = "no_reward_in_hand"
    template = N_("Choose the reward first.")


class RewardNotHere(DomainError):
    """``there`` says how many of it this till can hand over, and why not more."""

    code = "reward_not_here"

    def __init__(self, there: Spendable, name: str) -> None:
        self.there = there
        self.template = _REWARD_HERE[there.why]
        super().__init__(left=there.amount, name=name)


_REWARD_HERE: Final = {
    Why.NONE: "",
    Why.BALANCE: N_("{name}: only {left} left in this store. Offer another reward."),
    Why.FLOOR: "",
    Why.DAY: "",
    Why.NOT_LENT: N_(
        "{name}: this till was lent {left}, and without the server it gets no more. Offer another reward, or ask at"
        " another till."
    ),
    Why.LENT_ELSEWHERE: N_(
        "{name}: other tills hold the rest, here {left} can be handed over. It is called back; try again in a minute."
    ),
    Why.ASKING: N_("{name}: the server is being asked, so far {left} can be handed over. Wait a moment."),
}


class PointsNotHere(DomainError):
    """The member has the points; ``there`` says how many of them this till can let go, and why not more."""

    code = "points_not_here"

    def __init__(self, there: Spendable, name: str, cost: int) -> None:
        self.there = there
        self.template = _POINTS_HERE[there.why]
        super().__init__(left=there.amount, name=name, cost=cost)


_POINTS_HERE: Final = {
    Why.NONE: "",
    Why.BALANCE: N_("{name} costs {cost} points, and {left} can be spent."),
    Why.FLOOR: N_(
        "{name} costs {cost} points. Without the server only {left} can be redeemed here; try again when there is a"
        " connection."
    ),
    Why.DAY: N_("{name} costs {cost} points. Without the server this store can let go only {left} more today."),
    Why.NOT_LENT: N_("{name} costs {cost} points. This till was lent {left}, and without the server it gets no more."),
    Why.LENT_ELSEWHERE: N_(
        "{name} costs {cost} points. Another till holds them, here {left} can be spent. They are called back; try again"
        " in a minute."
    ),
    Why.ASKING: N_("{name} costs {cost} points. The server is being asked for them. Wait a moment."),
}


class UnknownReceipt(DomainError):
    code = "unknown_receipt"
    template = N_(
        "No receipt of this store in the last 30 days has this code. Without a network, try the till it is from."
    )


class TooManyGiftReceipts(DomainError):
    code = "too_many_gift_receipts"
    template = N_("Print 1 to {most} gift receipts at once.")


class SlipOnlyIfPersonal(DomainError):
    code = "slip_only_if_personal"
    template = N_("Only a personal coupon is printed. Whoever shows this one's code can use it.")


class ReceiptDoesntAddUp(DomainError):
    code = "receipt_doesnt_add_up"
    template = N_("This receipt doesn't add up, so the till can't say what to give back. Ask head office.")


class NoReturnInHand(DomainError):
    code = "no_return_in_hand"
    template = N_("Scan the receipt first.")


class NotThatManyHere(DomainError):
    code = "not_that_many_here"
    template = N_("Only {left} of it can come back here now.")


class RefundNotHere(DomainError):
    code = "refund_not_here"
    template = N_("This was paid in a way that this till can't give back. Send the customer to the service desk.")


class ReturnNeedsApproval(DomainError):
    code = "return_needs_approval"
    template = N_("A return has to be approved. Ask somebody of the service desk or a manager for their PIN.")


class UnknownReason(DomainError):
    code = "unknown_reason"
    template = N_("Choose why the goods come back.")


class ReturnsStopped(DomainError):
    code = "returns_stopped"
    template = N_("This till takes nothing back until head office has put it right. Use another till.")


class ReturnsStale(DomainError):
    code = "returns_stale"
    template = N_("This till has been without the server for {days} days: it takes nothing back. Check its network.")
