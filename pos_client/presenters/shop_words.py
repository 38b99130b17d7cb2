"""The shop's own codes as people say them: tiers, reasons, ways to pay, states of devices."""

from __future__ import annotations

from pos_client.app.refusals import SpareInUse
from pos_client.app.views import DeviceView, Notice, Reason, SaleView
from pos_client.presenters.language import Language
from shared_models.domain import reason as reasons
from shared_models.domain.near_miss import NearMiss
from shared_models.domain.sale import TenderKind
from shared_models.domain.sale_receipt import TENDERS
from shared_models.domain.text import N_, fill

_TIERS = {"basic": N_("Basic"), "silver": N_("Silver"), "gold": N_("Gold"), "diamond": N_("Diamond")}
_TIER_PRICE = N_("{tier_name} member price (−{percent} %)")
_DISCOUNT = N_("Discount")
_ROLES = {
    "cashier": N_("Cashier"),
    "service_desk": N_("Service desk"),
    "manager": N_("Manager"),
    "administrator": N_("Administrator"),
}

_CATEGORIES = {
    "alcohol": N_("Wine and spirits"),
    "apparel": N_("Clothes"),
    "baby": N_("Baby"),
    "baby_formula": N_("Baby formula"),
    "bakery": N_("Bakery"),
    "baking": N_("Baking"),
    "breakfast": N_("Breakfast"),
    "cleaning": N_("Cleaning"),
    "coffee_tea": N_("Coffee, tea"),
    "cosmetics": N_("Cosmetics"),
    "dairy": N_("Dairy"),
    "deli": N_("Deli"),
    "drinks": N_("Drinks"),
    "eggs": N_("Eggs"),
    "flowers": N_("Flowers"),
    "frozen": N_("Frozen"),
    "fruit": N_("Fruit"),
    "garden": N_("Garden"),
    "gift_card": N_("Gift cards"),
    "grain": N_("Rice, noodles"),
    "health": N_("Health"),
    "household": N_("Household"),
    "meat": N_("Meat"),
    "natural": N_("Organic"),
    "other": N_("Other"),
    "pantry": N_("Groceries"),
    "paper": N_("Paper goods"),
    "personal_care": N_("Care"),
    "pets": N_("Pets"),
    "press": N_("Press"),
    "seafood": N_("Seafood"),
    "seasonal": N_("Seasonal"),
    "seasoning": N_("Seasoning"),
    "services": N_("Services"),
    "snacks": N_("Snacks"),
    "stationery": N_("Stationery"),
    "sweets": N_("Sweets"),
    "tobacco": N_("Tobacco"),
    "toys": N_("Toys"),
    "vegetables": N_("Vegetables"),
}

_PRINTER = {
    "none": N_("No printer"),
    "unknown": N_("Printer: no answer asked"),
    "disconnected": N_("Printer away"),
    "connecting": N_("Printer connecting"),
    "ready": N_("Printer ready"),
    "printing": N_("Printing"),
    "paper_near_end": N_("Paper low"),
    "paper_out": N_("Paper out"),
    "cover_open": N_("Printer open"),
    "fault": N_("Printer fault"),
}
_PRINTER_REMEDY = {
    "disconnected": N_("The printer doesn't answer. Check that it is on and its cable is in; receipts wait for it."),
    "paper_near_end": N_("The paper is nearly used up. Have a new roll ready."),
    "paper_out": N_("The printer is out of paper. Put in a new roll; receipts wait for it."),
    "cover_open": N_("The printer's cover is open. Close it; receipts wait for it."),
    "fault": N_("The printer reports a fault. Clear the paper path, switch it off and on; receipts wait for it."),
}
_SCANNER = {
    "none": N_("Scanner: keyboard"),
    "stopped": N_("Scanner off"),
    "connecting": N_("Scanner connecting"),
    "ready": N_("Scanner ready"),
    "disconnected": N_("Scanner away"),
    "denied": N_("Scanner not allowed"),
}
_SCANNER_REMEDY = {
    "disconnected": N_("The scanner doesn't answer. Check its cable; meanwhile type the code."),
    "denied": N_("The system doesn't let the till use the scanner. Call the service; meanwhile type the code."),
}
_DRAWER = {"open": N_("Drawer open"), "closed": N_("Drawer closed")}
_DISPLAY_AWAY = N_("Display away")
_SCALE_AWAY = N_("Scale away")
_MIRROR = {"away": N_("Second copy away"), "behind": N_("Second copy behind")}
_GOOD = frozenset({"good", "ready", "printing", "none", "unknown"})


def drawer_word(drawer: DeviceView, language: Language) -> str:
    """Empty where nobody can say."""
    return language.words(_DRAWER[drawer.state]) if drawer.state in _DRAWER else ""


def tier_name(tier: str, language: Language) -> str:
    """The tier's name; a shop's own tier shows as it is called."""
    return language.words(_TIERS[tier]) if tier in _TIERS else tier


def role_name(role: str, language: Language) -> str:
    return language.words(_ROLES[role]) if role in _ROLES else role


def category_name(category: str, language: Language) -> str:
    """A category of the shop's own shows as it is called."""
    return language.words(_CATEGORIES[category]) if category in _CATEGORIES else category


def tender_name(kind: TenderKind, language: Language) -> str:
    return language.words(TENDERS[kind])


def reason_sentence(reason: Reason, currency: str, language: Language) -> str:
    """Why a line costs less, without the amount. A reason of a newer version reads "Discount"."""

    def money(minor: int) -> str:
        return language.money(minor, currency)

    if reason.key == reasons.MEMBER_PRICE and reason.values.get("tier"):
        values = {**reason.values, "tier_name": tier_name(reason.values["tier"], language)}
        return fill(language.words(_TIER_PRICE), values, money)
    return fill(language.words(reasons.TEMPLATES.get(reason.key, _DISCOUNT)), reason.values, money)


def offers_said(sale: SaleView, currency: str, language: Language) -> str:
    """What to say about offers that don't apply: one the till has nothing left of, and one that is just missed."""
    said = [each.sentence(language.words) for each in sale.held_back[:1]]
    said += [near_miss_sentence(sale.near_miss, currency, language)] if sale.near_miss else []
    return "\n".join(said)


def near_miss_sentence(miss: NearMiss, currency: str, language: Language) -> str:
    """What is missing, and for what: "¥12.50 more: ¥30.00 off from ¥100.00"."""
    return reasons.near_miss(miss, language.words, lambda minor: language.money(minor, currency))


def notice_sentence(notice: Notice, currency: str, language: Language) -> str:
    return notice.sentence(language.words, lambda minor: language.money(minor, currency))


def printer_word(device: DeviceView, language: Language) -> str:
    return language.words(_PRINTER.get(device.state, _PRINTER["fault"]))


def scanner_word(device: DeviceView, language: Language) -> str:
    return language.words(_SCANNER.get(device.state, _SCANNER["disconnected"]))


def printer_remedy(device: DeviceView, currency: str, language: Language) -> str:
    """What to do about the printer; empty when nothing. That another one prints for it is said first."""
    if device.notice is not None and device.notice.code == SpareInUse.code:
        return notice_sentence(device.notice, currency, language)
    return _remedy(device, _PRINTER_REMEDY, currency, language)


def scanner_remedy(device: DeviceView, currency: str, language: Language) -> str:
    return _remedy(device, _SCANNER_REMEDY, currency, language)


def display_word(language: Language) -> str:
    """Of a customer's display that doesn't show what it should."""
    return language.words(_DISPLAY_AWAY)


def scale_word(language: Language) -> str:
    """Of a scale that didn't answer when it was asked last."""
    return language.words(_SCALE_AWAY)


def fault_remedy(device: DeviceView, currency: str, language: Language) -> str:
    """What the device's own fault says is to be done."""
    return _remedy(device, {}, currency, language)


def mirror_word(device: DeviceView, language: Language) -> str:
    """Of a second copy that isn't complete."""
    return language.words(_MIRROR.get(device.state, _MIRROR["away"]))


def works(device: DeviceView) -> bool:
    return device.state in _GOOD


def _remedy(device: DeviceView, remedies: dict[str, str], currency: str, language: Language) -> str:
    if device.state in remedies:
        return language.words(remedies[device.state])
    return notice_sentence(device.notice, currency, language) if device.notice else ""
