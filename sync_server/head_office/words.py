"""The words for what the database keeps as codes: each with its meaning in one place, marked for translation."""

from __future__ import annotations

from shared_models.domain.cash_drawer import NO_SALE_REASONS, REASONS, MovementKind
from shared_models.domain.text import N_

SYNC = {
    "in_step": N_("In step"),
    "behind": N_("Catching up"),
    "offline": N_("Offline"),
    "away": N_("Not seen for a day"),
    "never": N_("Not seen yet"),
    "frozen": N_("Frozen"),
    "retired": N_("Retired"),
    "revoked": N_("Revoked"),
}
SYNC_TONE = {
    "in_step": "success", "behind": "primary", "offline": "offline", "away": "attention", "never": "muted",
    "frozen": "danger", "retired": "muted", "revoked": "muted",
}  # fmt: skip
SYNC_ICON = {
    "in_step": "check", "behind": "arrows", "offline": "cloud-off", "away": "clock", "never": "clock",
    "frozen": "stop", "retired": "stop", "revoked": "stop",
}  # fmt: skip
DEVICE_STATE = {
    "active": N_("Active"), "frozen": N_("Frozen"), "retired": N_("Retired"), "revoked": N_("Revoked"),
}  # fmt: skip
STATE_TONE = {"active": "success", "frozen": "danger", "retired": "muted", "revoked": "muted"}

TENDER = {
    "cash": N_("Cash"),
    "points": N_("Points"),
    "card": N_("Card"),
    "wallet": N_("Wallet payment"),
    "stored_value": N_("Stored value"),
    "voucher": N_("Voucher"),
}
PAYMENT_STATE = {
    "requested": N_("requested"),
    "authorised": N_("authorised"),
    "captured": N_("captured"),
    "declined": N_("declined"),
    "unknown": N_("unknown"),
    "reversed": N_("reversed"),
}
CASH = {
    "sales": N_("Cash taken"),
    "load": N_("Stored value paid in"),
    "refunds": N_("Cash given back"),
    "paid_in": N_("Cash paid in"),
    "paid_out": N_("Cash paid out"),
    "drop": N_("Cash dropped"),
}
RETURN_REASON = {
    "defective": N_("Faulty or damaged"),
    "unwanted": N_("Not wanted any more"),
    "wrong": N_("Wrong item or size"),
    "other": N_("Another reason"),
}
ENTRY = {
    "earned": N_("Earned"),
    "redeemed": N_("Redeemed"),
    "taken_back": N_("Taken back for a return"),
    "given_back": N_("Given back with a return"),
    "opening": N_("Opening balance"),
}
ENTRY_WITHOUT_NAME = N_("Other entry")

CONSENT = {"marketing": N_("News and offers")}

STORED_VALUE_ENTRY = {
    "load": N_("Paid in"),
    "spend": N_("Spent"),
    "refund": N_("Given back with a return"),
    "cash_out": N_("Paid out"),
    "reversal": N_("Load reversed"),
    "correction": N_("Corrected by hand"),
    "freeze": N_("Frozen"),
    "unfreeze": N_("Released"),
}
COUPON_STATE = {
    "issued": N_("can be used"),
    "reserved": N_("held by a sale"),
    "redeemed": N_("used"),
    "returned": N_("given back"),
    "void": N_("cancelled"),
}
OTHER_STATE = N_("other")

ALERT = {
    "stored-value-overspent": N_("Stored value overspent"),
    "stored-value-frozen": N_("Frozen stored value spent"),
    "stored-value-nobody": N_("Stored value of nobody"),
    "stored-value-repeated": N_("Stored value told twice"),
    "coupon-twice": N_("Coupon used twice"),
    "coupon-void": N_("Cancelled coupon used"),
    "coupon-unknown": N_("Coupon nobody issued"),
    "coupon-owner": N_("Coupon of another member"),
    "coupon-days": N_("Coupon outside its days"),
    "coupon-repeated": N_("Coupon issued twice"),
    "coupon-void-late": N_("Coupon that can't be cancelled"),
    "forked": N_("Journal with two branches"),
    "quarantined": N_("Fact that can't be read"),
    "after-revocation": N_("Facts of a revoked till"),
    "recovered": N_("Facts recovered from a copy"),
    "sums": N_("Sums that don't agree"),
    "points-tender": N_("Points tendered and booked differ"),
    "receipt-number": N_("Gap in the receipt numbers"),
    "z-number": N_("Gap in the Z numbers"),
    "foreign-lane": N_("Sale of another lane"),
    "sale-repeated": N_("Sale told twice"),
    "member-repeated": N_("Member registered twice"),
    "same-phone": N_("One phone, two members"),
    "same-number": N_("One member number, two members"),
    "lot-repeated": N_("Points granted twice"),
    "unknown-member": N_("Sale of a member who isn't registered yet"),
    "side-missing": N_("Registration without a profile"),
    "side-mismatch": N_("Profile that doesn't belong to its fact"),
    "side-unreadable": N_("Profile that can't be read"),
    "side-stray": N_("Personal data without a fact"),
    "overspent": N_("Points overspent while offline"),
    "clock": N_("Till with a wrong clock"),
    "arithmetic": N_("Sale whose own inputs give other figures"),
    "not-for-tills": N_("Fact that a till may not tell"),
    "join-refused": N_("Members who couldn't be joined"),
    "epoch-raised": N_("Server restored from a backup"),
    "enrolled-again": N_("Till enrolled after the backup is back"),
    "numbers-unknown": N_("Receipts of a lost till unknown"),
    "retold": N_("Facts of an earlier journal"),
    "retold-unsigned": N_("Fact told again without its signature"),
    "read-again": N_("Facts that can be read by now"),
    "lease-exceeded": N_("Spent without having been lent"),
    "lease-left": N_("Lent value given back miscounted"),
    "lease-forged": N_("Lease that isn't ours"),
    "lease-written-off": N_("Lent value written off"),
    "returned-twice": N_("Goods returned twice"),
    "refund-exceeds": N_("More refunded than was paid"),
    "return-credit": N_("Credit of a return that waits"),
    "return-member": N_("Return of another member"),
    "return-waiting": N_("Return before its sale"),
    "return-booked": N_("Return whose sale has come"),
    "return-repeated": N_("Return told twice"),
    "reward-repeated": N_("Reward told twice"),
    "reward-unknown": N_("Reward that the programme doesn't have"),
    "reward-points": N_("Reward for another number of points"),
    "gift-short": N_("Gifts handed over that weren't in stock"),
    "gift-repeated": N_("Gift stock entered twice"),
    "coupon-not-returned": N_("Coupon that can't be given back"),
    "risk-purchase": N_("Unusually many purchases"),
    "risk-redemption": N_("Unusually many points redeemed"),
    "risk-stored_value": N_("Unusually much stored value spent"),
    "risk-coupon": N_("Unusually many coupons used"),
    "risk-registration": N_("Unusually many registrations"),
    "risk-return": N_("Unusually many returns"),
    "risk-adjustment": N_("Unusually many corrections"),
}
ALERT_ADVICE = {
    "risk-purchase": N_(
        "Look whether the purchases are real, and whether a cashier's own card was used for customers."
    ),
    "risk-redemption": N_("Ask the member whether these were theirs; their card or phone may be in other hands."),
    "risk-return": N_("Look whether goods really came back, and who approved the refunds."),
    "risk-registration": N_("Look whether people were registered who don't know of it."),
    "forked": N_("The till redeems nothing until it is enrolled again. Ask who copied or restored its disk."),
    "quarantined": N_("It is kept whole. Update the server, then it can be read."),
    "same-phone": N_("Check with the member whether it is one person. Balances stay apart until then."),
    "overspent": N_("It is booked as points owed, which the next points pay first."),
    "arithmetic": N_("The sale keeps what the customer was told. Ask for the till's software to be looked at."),
    "epoch-raised": N_(
        "Tills tell again what it forgot. What head office did since the backup has to be done again: prices, "
        "programmes, revoked tills. The page Devices says which tills haven't been heard."
    ),
    "enrolled-again": N_("If it was revoked since the backup, revoke it again."),
    "numbers-unknown": N_("A copy of its journal, if there is one, can still tell them."),
    "retold": N_("They were sold: the till that told them first can't any more. Receipt numbers may be there twice."),
    "lease-exceeded": N_(
        "It is booked all the same. A restored server, a till that was written off, or a copied disk?"
    ),
    "gift-short": N_("They are with the members. Count what is there, and enter it with tillpoint gift stock."),
    "lease-written-off": N_("The till may have spent it. If it comes back, what it spent is booked then."),
    "returned-twice": N_(
        "Both tills paid out, apart from each other; the money is gone. Points were taken back once. The sale's page"
        " shows both returns."
    ),
    "return-credit": N_("If the member is to have it all the same, correct the account by hand."),
    "sums": N_("Open the sale and compare it with its receipt."),
}
ALERT_WITHOUT_NAME = N_("To be looked at")

SPAN = {
    "today": N_("Today"),
    "yesterday": N_("Yesterday"),
    "week": N_("7 days"),
    "four-weeks": N_("4 weeks"),
    "dates": N_("Dates"),
}


OTHER = N_("Other")


def word(table: dict[str, str], code: str, otherwise: str = OTHER) -> str:
    """The English word of ``code``, to be translated where it is shown.

    A code that isn't known is never shown itself: a translated text goes into the page unescaped.
    """
    return table.get(code, otherwise)


LENT = {
    "points": N_("Points"),
    "stored_value": N_("Stored value"),
    "coupon": N_("Coupons"),
    "budget": N_("Limits of offers"),
    "allowance": N_("Allowance of the day"),
    "gift": N_("Gifts"),
    "returns": N_("Units to return"),
}
"""What devices are lent."""


def cash_reason(kind: str, reason: str) -> str:
    """The English sentence of why cash was moved; empty for somebody's own words, which are never translated."""
    return REASONS[MovementKind(kind)].get(reason, "")


def no_sale_reason(reason: str) -> str:
    """The same of a drawer that was opened without a sale."""
    return NO_SALE_REASONS.get(reason, "")
