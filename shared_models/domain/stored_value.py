"""Loading, spending and giving back stored value (SV-1, DESK-3): each act gives the entry to add to the ledger.

An act takes the member's whole ledger, oldest first, and the id of its entry, drawn and stored before anything else. If
the ledger has that entry already, it is given as it is. A refusal is raised as a ``StoredValueRefused``.

Nothing depends on how an act is split up. What purchases in a row take of the bonus follows from what they take in all,
and so does what cash-outs in a row forfeit and what refunds of one purchase bring back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from shared_models.domain.expiry import days_later
from shared_models.domain.money import Rounding, check_amount, round_ratio
from shared_models.domain.points_back import GRACE_DAYS
from shared_models.domain.refund import growing_share
from shared_models.domain.stored_value_ledger import (
    BonusLot,
    Entry,
    EntryKind,
    StoredValue,
    lot_order,
    once,
    stored_value,
)
from shared_models.domain.stored_value_refused import (
    BalanceTooLarge,
    LoadNotWhole,
    LoadTooLarge,
    MoreThanPrincipal,
    MoreThanWasSpent,
    NotEnoughStoredValue,
    NotInLedger,
    StoredValueFrozen,
    SumNotPositive,
)
from shared_models.domain.stored_value_rules import Forfeit, SpendOrder, StoredValueRule


def load(
    entries: Iterable[Entry],
    amount_minor: int,
    rule: StoredValueRule,
    *,
    id: UUID,
    on: date,
    bonuses_before: int = 0,
) -> Entry:
    """Pay ``amount_minor`` in; the bonus that comes with it is a lot with the entry's id. A load that was reversed
    doesn't count towards the most bonuses; ``bonuses_before`` are those of loads that ``entries`` tell in sum only.

    Raise ``SumNotPositive``, ``AmountTooLarge``, ``StoredValueFrozen``, ``LoadTooLarge``, ``BalanceTooLarge``.
    """
    ledger = once(entries)
    done = _find(ledger, id, EntryKind.LOAD)
    if done is not None:
        return done
    held = _open(ledger, amount_minor)
    if rule.most_load_minor is not None and amount_minor > rule.most_load_minor:
        raise LoadTooLarge(most_minor=rule.most_load_minor)
    had = sum(bool(each.lots) for each in ledger if each.kind is EntryKind.LOAD and each.id not in _reversed(ledger))
    more = rule.most_bonuses is None or bonuses_before + had < rule.most_bonuses
    bonus = rule.bonus_of(amount_minor) if more else 0
    after = check_amount(held.balance_minor(on) + amount_minor + bonus)
    if rule.most_balance_minor is not None and after > rule.most_balance_minor:
        raise BalanceTooLarge(balance_minor=after, most_minor=rule.most_balance_minor)
    expires_on = date.max if rule.bonus_days is None else days_later(on, rule.bonus_days)
    lots = (BonusLot(id, bonus, expires_on),) if bonus else ()
    return Entry(id, EntryKind.LOAD, on, amount_minor, lots)


def spend(entries: Iterable[Entry], amount_minor: int, order: SpendOrder, *, id: UUID, on: date) -> Entry:
    """Pay a purchase. Of the bonus the lots that expire first are taken first.

    Raise ``SumNotPositive``, ``StoredValueFrozen``, ``NotEnoughStoredValue``.
    """
    ledger = once(entries)
    done = _find(ledger, id, EntryKind.SPEND)
    if done is not None:
        return done
    held = _open(ledger, amount_minor)
    left = held.balance_minor(on)
    if amount_minor > left:
        raise NotEnoughStoredValue(left_minor=max(0, left))
    start, row = _row(ledger, EntryKind.SPEND, on)
    in_all = amount_minor - sum(each.amount_minor for each in row)
    bonus = _bonus_of(in_all, start.principal_minor, start.bonus_minor(on), order)
    bonus += sum(each.bonus_minor for each in row)
    bonus = _within(bonus, amount_minor, held.principal_minor, held.bonus_minor(on))
    lots = tuple(_slice(held.good_lots(on), 0, bonus))
    return Entry(id, EntryKind.SPEND, on, bonus - amount_minor, _out(lots))


def refund(
    entries: Iterable[Entry],
    purchase_id: UUID,
    amount_minor: int,
    *,
    id: UUID,
    on: date,
    bonus_minor: int | None = None,
) -> Entry:
    """Give ``amount_minor`` of a purchase back as it was spent, also to frozen stored value: it is the member's.

    ``bonus_minor`` is what the record of the return says of it (``Refund.bonus_minor``); without it principal and bonus
    come back in the proportion in which they were spent. The bonus that lasts longest comes back first; a lot that has
    expired is given back for 30 days, as points are. Raise ``SumNotPositive``, ``NotInLedger``, ``MoreThanWasSpent``.
    """
    ledger = once(entries)
    done = _find(ledger, id, EntryKind.REFUND)
    if done is not None:
        return done
    _check_sum(amount_minor)
    purchase = _known(ledger, purchase_id, EntryKind.SPEND)
    before = [each for each in ledger if each.kind is EntryKind.REFUND and each.of_id == purchase_id]
    back = sum(each.amount_minor for each in before)
    bonus_back = sum(each.bonus_minor for each in before)
    left, bonus_left = -purchase.amount_minor - back, -purchase.bonus_minor - bonus_back
    if amount_minor > left:
        raise MoreThanWasSpent(left_minor=left)
    if bonus_minor is None:
        bonus_minor = growing_share(back + amount_minor, [-purchase.principal_minor, -purchase.bonus_minor])[1]
        bonus_minor = _within(bonus_minor - bonus_back, amount_minor, left - bonus_left, bonus_left)
    elif bonus_minor != _within(bonus_minor, amount_minor, left - bonus_left, bonus_left):
        raise MoreThanWasSpent(left_minor=left)
    lots = bonus_back_lots(_out(purchase.lots), bonus_back, bonus_minor, id=id, on=on)
    return Entry(id, EntryKind.REFUND, on, amount_minor - bonus_minor, lots, purchase_id)


def bonus_back_lots(
    spent: Iterable[BonusLot], before_minor: int, minor: int, *, id: UUID, on: date
) -> tuple[BonusLot, ...]:
    """The lots in which ``minor`` of the bonus ``spent`` comes back on ``on``, after ``before_minor`` did."""
    longest_first = sorted(spent, key=lot_order, reverse=True)
    return _revived(_slice(longest_first, before_minor, before_minor + minor), id, on)


def cash_out(
    entries: Iterable[Entry], amount_minor: int, forfeit: Forfeit = Forfeit.IN_PROPORTION, *, id: UUID, on: date
) -> Entry:
    """Pay principal out. Bonus is forfeited as ``forfeit`` says, all of it with the last of the principal.

    What is forfeited is rounded up, so that nobody keeps bonus by being paid out cent by cent. Raise
    ``SumNotPositive``, ``StoredValueFrozen``, ``MoreThanPrincipal``.
    """
    ledger = once(entries)
    done = _find(ledger, id, EntryKind.CASH_OUT)
    if done is not None:
        return done
    held = _open(ledger, amount_minor)
    if amount_minor > held.principal_minor:
        raise MoreThanPrincipal(left_minor=max(0, held.principal_minor))
    start, row = _row(ledger, EntryKind.CASH_OUT, on)
    in_all = amount_minor - sum(each.principal_minor for each in row)
    lots = start.good_lots(on)
    forfeited = start.bonus_minor(on)
    if forfeit is Forfeit.IN_PROPORTION:
        forfeited = round_ratio(forfeited * in_all, start.principal_minor, Rounding.UP)
    gone: dict[UUID, int] = {}
    for lot in (lot for each in row for lot in each.lots):
        gone[lot.id] = gone.get(lot.id, 0) + lot.minor
    now = [
        replace(lot, minor=max(0, minor + gone.get(lot.id, 0)))
        for lot, minor in zip(lots, growing_share(forfeited, [lot.minor for lot in lots]), strict=True)
    ]
    return Entry(id, EntryKind.CASH_OUT, on, -amount_minor, _out(lot for lot in now if lot.minor))


def reverse_load(entries: Iterable[Entry], load_id: UUID, *, id: UUID, on: date) -> Entry:
    """Take a load back, with its bonus, while nothing of it is spent: what was loaded first is spent first.

    Frozen stored value too, as when the payment of the load was a fraud. Raise ``NotInLedger``, ``LoadNotWhole``.
    """
    ledger = once(entries)
    done = _find(ledger, id, EntryKind.REVERSAL)
    if done is not None:
        return done
    loaded = _known(ledger, load_id, EntryKind.LOAD)
    undone = _reversed(ledger)
    since = [each for each in ledger[ledger.index(loaded) :] if each.kind is EntryKind.LOAD and each.id not in undone]
    held = stored_value(ledger)
    unspent = held.principal_minor >= sum(each.principal_minor for each in since)
    if load_id in undone or not unspent or not set(loaded.lots) <= set(held.lots):
        raise LoadNotWhole
    return Entry(id, EntryKind.REVERSAL, on, -loaded.principal_minor, _out(loaded.lots), load_id)


def freeze(*, id: UUID, on: date) -> Entry:
    """From now on nothing is loaded, spent or paid out."""
    return Entry(id, EntryKind.FREEZE, on)


def unfreeze(*, id: UUID, on: date) -> Entry:
    return Entry(id, EntryKind.UNFREEZE, on)


def _find(ledger: Sequence[Entry], id: UUID, kind: EntryKind) -> Entry | None:
    found = next((each for each in ledger if each.id == id), None)
    if found is not None and found.kind is not kind:
        raise ValueError(f"{id} is a {found.kind} already")
    return found


def _known(ledger: Sequence[Entry], id: UUID, kind: EntryKind) -> Entry:
    for each in ledger:
        if each.id == id and each.kind is kind:
            return each
    raise NotInLedger


def _reversed(ledger: Iterable[Entry]) -> set[UUID | None]:
    """The loads that were taken back."""
    return {each.of_id for each in ledger if each.kind is EntryKind.REVERSAL}


def _check_sum(amount_minor: int) -> None:
    if amount_minor <= 0:
        raise SumNotPositive


def _open(ledger: Sequence[Entry], amount_minor: int) -> StoredValue:
    _check_sum(amount_minor)
    held = stored_value(ledger)
    if held.frozen:
        raise StoredValueFrozen
    return held


def _row(ledger: Sequence[Entry], kind: EntryKind, on: date) -> tuple[StoredValue, Sequence[Entry]]:
    """The entries of ``kind`` that end the ledger, as long as the same lots were good as on ``on``, and what there was
    before them."""
    moves = [each for each in ledger if each.kind not in (EntryKind.FREEZE, EntryKind.UNFREEZE)]
    ends = {lot.expires_on for each in moves for lot in each.lots}
    start = len(moves)
    while start and moves[start - 1].kind is kind:
        earlier, later = sorted((moves[start - 1].on, on))
        if any(earlier <= end < later for end in ends):
            break
        start -= 1
    return stored_value(moves[:start]), moves[start:]


def _bonus_of(amount_minor: int, principal_minor: int, bonus_minor: int, order: SpendOrder) -> int:
    """How much of the bonus pays of ``amount_minor``."""
    match order:
        case SpendOrder.PRINCIPAL_FIRST:
            return max(0, amount_minor - principal_minor)
        case SpendOrder.BONUS_FIRST:
            return min(bonus_minor, amount_minor)
        case SpendOrder.PRO_RATA:
            return round_ratio(amount_minor * bonus_minor, principal_minor + bonus_minor)


def _within(bonus_minor: int, amount_minor: int, principal_left: int, bonus_left: int) -> int:
    """The nearest that leaves neither principal nor bonus below zero."""
    return min(max(bonus_minor, amount_minor - principal_left, 0), amount_minor, bonus_left)


def _slice(lots: Iterable[BonusLot], start: int, end: int) -> Iterator[BonusLot]:
    """What of ``lots``, laid end to end, lies from cent ``start`` up to ``end``."""
    place = 0
    for lot in lots:
        inside = min(end, place + lot.minor) - max(start, place)
        if inside > 0:
            yield replace(lot, minor=inside)
        place += lot.minor


def _revived(lots: Iterable[BonusLot], id: UUID, on: date) -> tuple[BonusLot, ...]:
    """``lots``, those that have expired as one new lot."""
    found = list(lots)
    good = [lot for lot in found if lot.expires_on >= on]
    expired = sum(lot.minor for lot in found if lot.expires_on < on)
    return (*good, BonusLot(id, expired, days_later(on, GRACE_DAYS))) if expired else tuple(good)


def _out(lots: Iterable[BonusLot]) -> tuple[BonusLot, ...]:
    return tuple(replace(lot, minor=-lot.minor) for lot in lots)
