"""From payload bytes to something that can be booked, or the reason why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from shared_models.domain.cash_drawer import CashMoved
from shared_models.domain.facts import HASH_BYTES, Fact
from shared_models.domain.profile_edit import MemberEdited
from shared_models.domain.retold import FactRetold
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.reward_facts import GiftStocked, RewardRedeemed
from shared_models.domain.sale import Payment, SaleConfirmed, TenderKind
from shared_models.domain.stored_value_facts import StoredValueCorrected, StoredValueLoaded
from shared_models.domain.stored_value_ledger import EntryKind
from shared_models.wire import facts as wire

APPLIED, QUARANTINED = "applied", "quarantined"
"""States of a fact: booked, or kept whole until it can be read."""

MAX_FIGURE = 10**15
"""No honest figure is this large, and sums of the rest fit a database's 64 bits."""

MAX_SALE = 10**13
"""What one sale adds up to, in minor units or points: ten times the largest bill. Sums hold 900,000 of them."""

MAX_TEXT = 500
"""Characters; what an index of either database can hold. No receipt has a longer name or code."""

MOST_DECIMALS = 1_000
"""Of exact points, which no rule gives so many. A power of ten beyond would be worked out for hours."""

MAX_CONSENTS = 100
"""That one edit speaks of."""

_MOST = 2**63 - 1
_LONGEST_KIND, _SIGNATURE_BYTES = 255, 64
_CORRECTIONS = (EntryKind.CORRECTION, EntryKind.FREEZE, EntryKind.UNFREEZE)

_DIGITS = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else ord(" ") for byte in range(256))
_LONG_FIGURE = b"0" * len(str(MAX_FIGURE))


def read(fact: Fact) -> wire.Payload:
    """The payload, with figures and text a database can hold; raise ``Undecodable``."""
    payload = wire.decode(fact)
    if isinstance(payload, FactRetold):
        if not _is_fact(payload):
            raise wire.Undecodable(fact, "what it tells again isn't a fact of this format")
        return payload
    if _is_suspicious(fact.payload):
        for value in _values(_without_clocks(payload)):
            _check(fact, value)
    if isinstance(payload, MemberEdited):
        _check_edit(fact, payload)
    if isinstance(payload, SaleConfirmed):
        _check_points(fact, payload)
        _check_decimals(fact, payload)
        _check_sums(fact, payload)
        _check_stored_value(fact, payload.payments)
    elif isinstance(payload, SaleReturned):
        _check_return(fact, payload)
    elif isinstance(payload, RewardRedeemed):
        _check_reward(fact, payload)
    elif isinstance(payload, CashMoved) and not 0 < payload.amount_minor <= MAX_SALE:
        raise wire.Undecodable(fact, "it moves no money, or more than anybody has")
    elif isinstance(payload, GiftStocked) and not 0 < abs(payload.units) <= MAX_SALE:
        raise wire.Undecodable(fact, "it brings no gifts, or more than anybody has")
    elif isinstance(payload, StoredValueLoaded):
        _check_stored_value(fact, payload.payments)
        if not all(0 < minor <= MAX_SALE for minor in (payload.amount_minor, *(lot.minor for lot in payload.bonus))):
            raise wire.Undecodable(fact, "it loads nothing, or more than anybody could")
    elif isinstance(payload, StoredValueCorrected) and payload.kind not in _CORRECTIONS:
        raise wire.Undecodable(fact, f"a {payload.kind.value} of stored value is no correction")
    return payload


def _is_fact(told: FactRetold) -> bool:
    return (
        1 <= told.number <= _MOST
        and 0 <= told.hlc <= _MOST
        and 0 <= told.schema < 1 << 16
        and 0 < len(told.kind.encode()) <= _LONGEST_KIND
        and told.kind.isprintable()
        and len(told.previous) == len(told.hash) == HASH_BYTES
        and len(told.signature) == _SIGNATURE_BYTES
    )


def _is_suspicious(payload: bytes) -> bool:
    """Whether a payload must be walked through: no other can hold too large a figure, too long a text or a NUL."""
    return b"\\" in payload or _has_long_text(payload) or _LONG_FIGURE in payload.translate(_DIGITS)


def _has_long_text(payload: bytes) -> bool:
    """Whether more than ``MAX_TEXT`` bytes follow one another without a quotation mark."""
    start = 0
    while len(payload) - start > MAX_TEXT:
        mark = payload.rfind(b'"', start, start + MAX_TEXT + 1)
        if mark < 0:
            return True
        start = mark + 1
    return False


def _without_clocks(payload: wire.Payload) -> wire.Payload:
    """Clocks are larger than any figure."""
    if isinstance(payload, MemberEdited):
        return replace(payload, consents=tuple(replace(each, seen=0) for each in payload.consents))
    return payload


def _check_edit(fact: Fact, edit: MemberEdited) -> None:
    if len(edit.consents) > MAX_CONSENTS or not all(0 <= each.seen < 2**63 for each in edit.consents):
        raise wire.Undecodable(fact, "it holds too many consents or a clock that none can show")


def _check(fact: Fact, value: Any) -> None:
    if isinstance(value, int) and abs(value) >= MAX_FIGURE:
        raise wire.Undecodable(fact, "it holds a figure beyond any sale")
    if isinstance(value, str) and ("\0" in value or len(value) > MAX_TEXT):
        raise wire.Undecodable(fact, "it holds a NUL character or too long a text")


def _check_points(fact: Fact, sale: SaleConfirmed) -> None:
    """A sale neither earns nor redeems less than nothing; what takes points back is a fact of another kind."""
    member = sale.member
    if member is None:
        return
    if member.redeemed_points < 0 or member.growth < 0 or (member.earned is not None and member.earned.points <= 0):
        raise wire.Undecodable(fact, "it redeems or earns less than nothing")


def _check_decimals(fact: Fact, sale: SaleConfirmed) -> None:
    earned = sale.member.earned if sale.member else None
    values = [*(line.points for line in sale.lines), *(tax.rate for tax in sale.taxes)]
    values += [earned.multiplier] if earned else []
    if not _are_plain(values) and not all(map(_is_modest, values)):
        raise wire.Undecodable(fact, "it holds a figure beyond any sale")


def _are_plain(values: Iterable[Decimal]) -> bool:
    """Whether all are short and not below zero, written without an exponent: so none of them is beyond any sale."""
    texts = list(map(str, values))
    return max(map(len, texts), default=0) < len(_LONG_FIGURE) and "".join(texts).replace(".", "").isdigit()


def _is_modest(value: Decimal) -> bool:
    _, _, exponent = value.as_tuple()
    return isinstance(exponent, int) and exponent >= -MOST_DECIMALS and 0 <= value < MAX_FIGURE


def _check_sums(fact: Fact, sale: SaleConfirmed) -> None:
    """Figures that fit one by one, and not when they are added up, would keep the facts after this one waiting."""
    tax = saved = 0
    for line in sale.lines:
        tax += abs(line.tax_minor)
        saved += abs(line.gross_minor - line.net_minor)
    paid = sum(abs(payment.amount_minor) for payment in sale.payments)
    sums = [sale.total_minor, paid, tax, saved, sum(abs(use.amount) for use in sale.leases)]
    if sale.member is not None:
        sums += [sale.member.growth, sale.member.redeemed_points]
        sums += [sale.member.earned.points] if sale.member.earned is not None else []
    if max(map(abs, sums)) > MAX_SALE:
        raise wire.Undecodable(fact, "it adds up to more than any sale")


def _check_return(fact: Fact, record: SaleReturned) -> None:
    """A return gives back; it never takes under the cover of it."""
    member = record.member
    figures = [
        record.total_minor,
        *(line.quantity_milli for line in record.lines),
        *(use.amount for use in record.leases),
    ]
    for refund in record.refunds:
        figures += [refund.amount_minor, refund.points, refund.bonus_minor, refund.amount_minor - refund.bonus_minor]
        figures += [refund.carried_minor, *(lot.minor for lot in refund.lots)]
    given = member.given_back if member else ()
    figures += [member.taken_back, member.growth, *(lot.points - 1 for lot in given)] if member else []
    if min(figures) < 0 or not all(_is_modest(tax.rate) for tax in record.taxes):
        raise wire.Undecodable(fact, "it gives back less than nothing")
    if sum(lot.points for lot in given) != record.points:
        raise wire.Undecodable(fact, "the points given back aren't those of its lots")
    if any(sum(lot.minor for lot in each.lots) != each.bonus_minor for each in record.refunds):
        raise wire.Undecodable(fact, "the bonus given back isn't that of its lots")
    if max(sum(figures), sum(abs(line.net_minor) + abs(line.tax_minor) for line in record.lines)) > MAX_SALE:
        raise wire.Undecodable(fact, "it adds up to more than any sale")


def _check_reward(fact: Fact, redeemed: RewardRedeemed) -> None:
    """A reward takes points and hands something over; it never gives points or takes goods back."""
    lots, uses = [lot.points for lot in redeemed.spent], [use.amount for use in redeemed.leases]
    if redeemed.units < 1 or redeemed.points < 0 or min([0, *lots, *uses]) < 0:
        raise wire.Undecodable(fact, "it hands over nothing, or takes less than nothing")
    if max(redeemed.units, redeemed.points, sum(lots), sum(uses)) > MAX_SALE:
        raise wire.Undecodable(fact, "it takes more than anybody has")


def _check_stored_value(fact: Fact, payments: Iterable[Payment]) -> None:
    """A purchase takes; it never gives under the cover of a payment."""
    for payment in payments:
        if payment.kind is TenderKind.STORED_VALUE:
            bonus = sum(lot.minor for lot in payment.lots)
            if not 0 <= payment.bonus_minor <= payment.amount_minor or any(lot.minor <= 0 for lot in payment.lots):
                raise wire.Undecodable(fact, "it spends less than nothing of stored value")
            if bonus > payment.amount_minor:
                raise wire.Undecodable(fact, "it spends more bonus than it pays")


def _values(value: Any) -> Iterator[Any]:
    """The plain values inside a payload, however deep."""
    if is_dataclass(value):
        for field in fields(value):
            yield from _values(getattr(value, field.name))
    elif isinstance(value, tuple):
        for part in value:
            yield from _values(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from _values(part)
    else:
        yield value
