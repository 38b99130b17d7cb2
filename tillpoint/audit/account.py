"""A member's points, growth and stored value, added up from facts alone.

This is an auditor's own arithmetic, after *What a sale does to a member* in ``docs/protocol.md``. It reads payloads as
plain JSON and shares no rule with the code that booked them, so that two computations stand against each other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from tillpoint.audit.keys import KeyRing
from tillpoint.audit.sources import Lost, Told, read, unwrapped
from tillpoint.errors import CommandError

_NEVER = "9999-12-31"
_LATER = 2**63


@dataclass(slots=True)
class Entry:
    """One line of the account. ``points`` is what it did to the balance on that day, the balance follows."""

    on: str
    what: str
    points: int
    balance: int
    fact: tuple[UUID, int] | None = None
    growth: int = 0
    principal_minor: int = 0
    bonus_minor: int = 0


@dataclass(slots=True)
class Lot:
    id: str
    left: int
    expires_on: str
    available_on: str

    def good(self, on: str) -> bool:
        return self.expires_on >= on and self.available_on <= on


@dataclass(slots=True)
class Sold:
    """What a sale did, and in ``told`` what its returns say together: no more is taken off than was done."""

    did: dict[str, int]
    told: dict[str, int] = field(default_factory=dict)
    returns: set[str] = field(default_factory=set)

    def back(self, what: str, more: int) -> int:
        """How much of ``more`` counts, after what was told before."""
        before = self.told.get(what, 0)
        self.told[what] = before + more
        most = self.did.get(what, 0)
        return min(most, before + more) - min(most, before)


@dataclass(slots=True)
class Account:
    """Where the member stands after the entries. Days are ISO texts, which sort as days do. Stored value's bonus is
    what was given and not spent, expired or not."""

    member: str
    lots: list[Lot] = field(default_factory=list)
    debt: int = 0
    growth: int = 0
    spent_minor: int = 0
    principal_minor: int = 0
    bonus_minor: int = 0
    coupons: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    not_counted: list[str] = field(default_factory=list)
    seen: str = ""
    sales: dict[str, Sold] = field(default_factory=dict)
    lot_ids: set[str] = field(default_factory=set)
    redemptions: set[str] = field(default_factory=set)

    def balance(self, on: str) -> int:
        return sum(lot.left for lot in self.lots if lot.good(on)) - self.debt

    def pending(self, on: str) -> int:
        return sum(lot.left for lot in self.lots if lot.expires_on >= on and lot.available_on > on)


def member_account(paths: list[Path], ring: KeyRing, member: str, until: str) -> tuple[Account, list[str]]:
    """The account of a member, by id or number, and what couldn't be read of the files. Raise ``CommandError``.

    Only this member's facts are held in memory. A server's export says in which order they were booked; without it they
    are taken in the order of the tills' clocks.
    """
    member_id = member if _is_uuid(member) else _id_of(paths, ring, member)
    touching: dict[tuple[UUID, int, bytes], Told] = {}
    lost = []
    needle = member_id.encode()
    for path in paths:
        for event in read(path, ring):
            if isinstance(event, Lost):
                lost.append(f"{event.file}: {event.why}")
            elif isinstance(event, Told):
                told = unwrapped(event)
                place = told.fact.incarnation, told.fact.number, told.fact.payload
                if needle in told.fact.payload and not (place in touching and touching[place].received_ms):
                    touching[place] = told
    if not touching:
        raise CommandError(f"No fact in these files is about member {member}.")
    return add_up(sorted(touching.values(), key=_order), member_id, until), lost


def _order(told: Told) -> tuple[int, int, UUID]:
    """What the server hasn't had yet comes last, as it will."""
    return told.received_ms or _LATER, told.fact.hlc, told.fact.incarnation


def add_up(facts: Iterable[Told], member_id: str, until: str) -> Account:
    """The account on day ``until``."""
    account = Account(member_id)
    for told in facts:
        plain = _plain(told)
        if plain is None or told.state == "quarantined":
            account.not_counted.append(f"{_name(told)}: nobody could read it")
            continue
        try:
            _book(account, told, plain)
        except (KeyError, TypeError, AttributeError) as error:
            account.not_counted.append(f"{_name(told)}: it isn't what its kind says ({error})")
    _expire(account, until)
    return account


def _book(account: Account, told: Told, plain: dict[str, Any]) -> None:
    match told.fact.kind:
        case "sale.confirmed":
            _sale(account, told, plain)
        case "sale.returned":
            _return(account, told, plain)
        case "reward.redeemed":
            _reward(account, told, plain)
        case "member.registered":
            _enter(account, told, plain["registered_on"], "registered", 0)
        case "stored_value.loaded":
            bonus = sum(lot["minor"] for lot in plain.get("bonus", ()))
            _store(account, told, plain["business_date"], "stored value loaded", plain["amount_minor"], bonus)
        case "stored_value.corrected":
            bonus = sum(lot["minor"] for lot in plain.get("lots", ()))
            what = f"stored value {plain.get('kind', 'corrected')}"
            _store(account, told, plain["booked_on"], what, plain.get("principal_minor", 0), bonus)
        case "coupon.issued":
            mine = [one["id"] for one in plain["coupons"] if one.get("member_id") == account.member]
            account.coupons += mine
            _enter(account, told, plain["issued_on"], f"{len(mine)} coupons of {plain['rule']} issued", 0)
        case kind if kind.startswith("lease."):
            pass  # a loan to a till moves no balance
        case kind:
            account.not_counted.append(f"{_name(told)}: {kind} names the member")


def _sale(account: Account, told: Told, plain: dict[str, Any]) -> None:
    member, on = plain.get("member") or {}, plain["business_date"]
    if member.get("id") != account.member or plain.get("training"):
        account.not_counted.append(f"{_name(told)}: a sale that isn't the member's, or training")
        return
    if plain["sale_id"] in account.sales:
        account.not_counted.append(f"{_name(told)}: this sale was told before")
        return
    redeemed, earned = member.get("redeemed_points", 0), member.get("earned")
    captured = [one for one in plain["payments"] if one["state"] == "captured"]
    paid = sum(one["amount_minor"] for one in captured if one["kind"] != "points")
    stored = sum(one["amount_minor"] for one in captured if one["kind"] == "stored_value")
    bonus = sum(one.get("bonus_minor", 0) for one in captured if one["kind"] == "stored_value")
    used = [one["id"] for one in plain.get("coupons", ())]
    what = f"receipt {plain['receipt_number']}, lane {plain['lane']}: paid {paid}"
    lot = (
        Lot(earned["lot_id"], earned["points"], earned["expires_on"], earned.get("available_on") or "")
        if earned
        else None
    )
    account.sales[plain["sale_id"]] = Sold(
        {
            "points": redeemed, "earned": earned["points"] if earned else 0, "growth": member.get("growth", 0),
            "paid": paid,
        }
        | {
            name: minor
            for one in captured
            if one["kind"] == "stored_value"
            for name, minor in _stored(one.get("id", ""), one["amount_minor"], one.get("bonus_minor", 0)).items()
        }
    )  # fmt: skip
    _expire(account, on)
    before = account.balance(account.seen)
    account.debt += _take(account.lots, redeemed, on)
    what += f", {redeemed} points redeemed" if redeemed else ""
    if lot is not None and lot.id in account.lot_ids:
        account.not_counted.append(f"{_name(told)}: its points were earned before")
    elif lot is not None:
        what += f", {lot.left} points earned"
        _earn(account, lot)
    account.growth += member.get("growth", 0)
    account.spent_minor += paid
    account.coupons = [one for one in account.coupons if one not in used]
    what += f", {len(used)} coupons used" if used else ""
    points = account.balance(account.seen) - before
    _enter(account, told, on, what, points, member.get("growth", 0), bonus - stored, -bonus)


def _return(account: Account, told: Told, plain: dict[str, Any]) -> None:
    """After *What a return does*. Whose sale isn't in the files, or comes later, isn't counted."""
    member, on = plain.get("member") or {}, plain["business_date"]
    sold = account.sales.get(plain["sale_id"])
    if member.get("id") != account.member or sold is None:
        account.not_counted.append(f"{_name(told)}: a return of a sale that isn't the member's, or isn't there yet")
        return
    if plain["return_id"] in sold.returns:
        account.not_counted.append(f"{_name(told)}: this return was told before")
        return
    sold.returns.add(plain["return_id"])
    growth = sold.back("growth", member["growth"])
    taken = sold.back("earned", member["taken_back"])
    refunds = plain["refunds"]
    paid = sold.back("paid", sum(one["amount_minor"] for one in refunds if one["kind"] != "points"))
    points = sold.back("points", sum(one.get("points", 0) for one in refunds))
    principal = bonus = 0
    for one in refunds:
        if one["kind"] == "stored_value":
            names = _stored(one["payment_id"], one["amount_minor"], one.get("bonus_minor", 0))
            first, second = (sold.back(name, minor) for name, minor in names.items())
            principal, bonus = principal + first, bonus + second
    _expire(account, on)
    before = account.balance(account.seen)
    _take_newest(account, taken)
    for given in member.get("given_back", ()):
        part = min(points, given["points"])
        points -= part
        if part:
            _earn(account, Lot(given["id"], part, given["expires_on"], given.get("available_on") or ""))
    account.growth -= growth
    account.spent_minor -= paid
    account.coupons += plain.get("coupons", ())
    what = f"return {plain['receipt_number']}, lane {plain['lane']}: given back {plain['total_minor']}"
    what += f", {taken} points taken back" if taken else ""
    _enter(account, told, on, what, account.balance(account.seen) - before, -growth, principal, bonus)


def _reward(account: Account, told: Told, plain: dict[str, Any]) -> None:
    """Points for something else than a bill."""
    if plain["member_id"] != account.member or plain["redemption_id"] in account.redemptions:
        account.not_counted.append(f"{_name(told)}: a reward that isn't the member's, or was told before")
        return
    account.redemptions.add(plain["redemption_id"])
    points, on = plain["points"], plain["business_date"]
    _expire(account, on)
    before = account.balance(account.seen)
    account.debt += _take(account.lots, points, on)
    what = f"receipt {plain['receipt_number']}, lane {plain['lane']}: {plain['units']} of {plain['reward']}"
    _enter(account, told, on, f"{what} for {points} points", account.balance(account.seen) - before)


def _take_newest(account: Account, points: int) -> None:
    """Of the lots that expire last; what they don't cover is owed."""
    for lot in sorted(account.lots, key=lambda one: (one.expires_on, one.id), reverse=True):
        taken = min(points, lot.left)
        lot.left -= taken
        points -= taken
    account.debt += points


def _stored(payment: str, amount: int, bonus: int) -> dict[str, int]:
    return {f"principal of {payment}": amount - bonus, f"bonus of {payment}": bonus}


def _store(account: Account, told: Told, on: str, what: str, principal: int, bonus: int) -> None:
    _enter(account, told, on, what, 0, 0, principal, bonus)


def _take(lots: list[Lot], points: int, on: str) -> int:
    """Take points from lots, those that can be spent first, then the sooner they expire; what is missing."""
    for lot in sorted(lots, key=lambda one: (not one.good(on), one.expires_on, one.id)):
        if lot.expires_on >= on:
            taken = min(points, lot.left)
            lot.left -= taken
            points -= taken
    return points


def _earn(account: Account, lot: Lot) -> None:
    account.lot_ids.add(lot.id)
    owed = min(account.debt, lot.left)
    account.debt -= owed
    lot.left -= owed
    account.lots.append(lot)


def _expire(account: Account, on: str) -> None:
    """Enter what expired, and what became good, up to ``on``; a fact of an earlier day doesn't turn time back."""
    if on <= account.seen:
        return
    before = account.seen
    account.seen = on
    days: dict[str, list[tuple[str, int]]] = {}
    for lot in account.lots:
        if lot.left and before <= lot.expires_on < on and lot.expires_on != _NEVER:
            days.setdefault(lot.expires_on, []).append(("expired", -lot.left if lot.available_on <= before else 0))
        if lot.left and before and before < lot.available_on <= on and lot.expires_on >= on:
            days.setdefault(lot.available_on, []).append(("can be spent from now on", lot.left))
    running = account.balance(before) if before else 0
    for day, happened in sorted(days.items()):
        for what in ("expired", "can be spent from now on"):
            points = sum(count for name, count in happened if name == what)
            if points:
                running += points
                account.entries.append(Entry(day, f"{abs(points)} points {what}", points, running))


def _enter(
    account: Account, told: Told, on: str, what: str, points: int, growth: int = 0, principal: int = 0, bonus: int = 0
) -> None:
    _expire(account, on)
    account.principal_minor += principal
    account.bonus_minor += bonus
    source = (told.fact.incarnation, told.fact.number)
    entry = Entry(on, what, points, account.balance(account.seen), source, growth, principal, bonus)
    account.entries.append(entry)


def _plain(told: Told) -> dict[str, Any] | None:
    try:
        plain = json.loads(told.fact.payload)
    except (ValueError, RecursionError):
        return None
    return plain if isinstance(plain, dict) else None


def _name(told: Told) -> str:
    return f"fact {told.fact.number} of device {told.fact.incarnation}"


def _id_of(paths: list[Path], ring: KeyRing, number: str) -> str:
    """The id of the member with that number; raise ``CommandError``."""
    needle = number.encode()
    for path in paths:
        for event in read(path, ring):
            if isinstance(event, Told) and event.fact.kind == "member.registered" and needle in event.fact.payload:
                plain = _plain(event)
                if plain is not None and plain.get("number") == number:
                    return str(plain["member_id"])
    raise CommandError(f"No fact in these files registers a member with the number {number}. Give the member's id.")


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def today() -> str:
    """UTC, as the server looks at balances."""
    return datetime.now(UTC).date().isoformat()
