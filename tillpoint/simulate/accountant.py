"""An independent accountant: reads what the machines hold after the storm and says what doesn't add up.

It trusts no balance. It reads facts, sums them by its own plain arithmetic and compares that with what the server
and the tills say.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Set

from shared_models.domain.facts import BrokenChain, Fact, chain_start, check_link
from shared_models.domain.retold import FactRetold
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.reward_facts import RewardRedeemed
from shared_models.domain.sale import PaymentState, SaleConfirmed
from shared_models.domain.shift import ShiftClosed
from shared_models.domain.spending_rules import DEFAULT_SPENDING, Policy
from shared_models.wire.facts import Payload, decode
from tillpoint.simulate.account_of_people import check_people
from tillpoint.simulate.account_of_returns import check_returns, receipts_of
from tillpoint.simulate.account_of_shifts import check_movements, check_shifts
from tillpoint.simulate.account_of_value import check_coupons, check_gifts, check_leases, check_stored_value
from tillpoint.simulate.books import Account, Pool, ServerBooks, TillBooks

NOTHING: Mapping[Pool, int] = {}


def audit(
    tills: Iterable[TillBooks],
    server: ServerBooks,
    cut_off: Set[str] = frozenset(),
    exposed: Mapping[Pool, int] = NOTHING,
    returns: Policy = DEFAULT_SPENDING.returns,
) -> Account:
    """Check everything that has to hold once all tills have synced.

    ``cut_off`` names tills that the server tells nothing any more: what they show isn't compared. ``exposed``: how much
    of what was lent may have been spent twice, by copies of disks and tills that were written off. ``returns`` is the
    policy for goods that come back.
    """
    found = Account()
    tills = list(tills)
    payloads = _happened(tills, server)
    for till in tills:
        _journal(till, server, found)
        found.facts += len(till.facts)
    sales = [payload for payload in payloads if isinstance(payload, SaleConfirmed)]
    for till in tills:
        if not till.is_gone:
            _told(till, payloads, found)
    _sales(sales, server, found)
    check_movements(payloads, server, found)
    heard = [till for till in tills if till.name not in cut_off]
    receipts = receipts_of(payloads)
    check_returns(payloads, receipts, tills, server, returns, exposed, found)
    check_people(payloads, receipts, heard, server, found)
    once = list({(sale.sale_id, sale.receipt_code): sale for sale in sales}.values())
    check_stored_value(payloads, once, receipts, heard, server, found)
    check_coupons(payloads, once, receipts, tills, heard, server, found)
    check_leases(payloads, once, receipts, heard, server, exposed, found)
    check_gifts(payloads, server, exposed, found)
    if server.quarantined or server.frozen:
        found.violations.append(f"{server.quarantined} facts quarantined, {server.frozen} devices frozen")
    found.sales = len(sales)
    found.state_hash = _state_hash(tills, server)
    return found


def _happened(tills: list[TillBooks], server: ServerBooks) -> list[Payload]:
    """What happened, each thing once: a fact that was told again is the same. Of a till that is gone only what the
    server heard."""
    happened: dict[bytes, Payload] = {}
    journals = [journal for till in tills if not till.is_gone for journal in (till.facts, *till.before)]
    for facts in (*journals, *server.facts.values()):
        for fact in facts:
            payload = decode(fact)
            if isinstance(payload, FactRetold):
                happened[payload.hash] = decode(payload.fact)
            else:
                happened[fact.hash] = payload
    return list(happened.values())


def _journal(till: TillBooks, server: ServerBooks, found: Account) -> None:
    """A journal is whole, and the server holds the same bytes."""
    previous = chain_start(till.incarnation, till.public_key)
    hlc = 0
    for number, fact in enumerate(till.facts, start=1):
        try:
            check_link(fact, previous, number)
        except BrokenChain as error:
            found.violations.append(f"{till.name}: {error}")
        if fact.hlc <= hlc:
            found.violations.append(f"{till.name}: the clock of fact {number} goes backwards")
        previous, hlc = fact.hash, fact.hlc
    heard = server.facts.get(till.incarnation, [])
    if till.is_gone:
        if heard != till.facts[: len(heard)]:
            found.violations.append(f"{till.name}: the server holds facts that aren't the journal's")
    else:
        if till.unsent:
            found.violations.append(f"{till.name}: {till.unsent} facts are still unsent")
        if heard != till.facts:
            found.violations.append(f"{till.name}: the server doesn't hold the journal's facts byte for byte")
    _numbers(till, [decode(fact) for fact in till.facts], found)
    for facts in (till.facts, *till.before):
        check_shifts(till.name, facts, found)


def _told(till: TillBooks, payloads: list[Payload], found: Account) -> None:
    """What the customer was told has happened, and not twice; but for a sale that was in hand when the disk was
    copied, which both may have gone on with. A return in hand is on no disk."""
    sales = Counter(one.sale_id for one in payloads if isinstance(one, SaleConfirmed))
    for sale_id in till.told:
        if not (1 if till.is_alone else 2) >= sales[sale_id] >= 1:
            found.violations.append(f"{till.name}: sale {sale_id} was confirmed but is there {sales[sale_id]} times")
    returns = Counter(one.receipt_code for one in payloads if isinstance(one, SaleReturned))
    for code in till.told_returns:
        if returns[code] != 1:
            found.violations.append(f"{till.name}: return {code} was confirmed but is there {returns[code]} times")
    rewards = {(one.lane, one.receipt_number) for one in payloads if isinstance(one, RewardRedeemed)}
    for slip in set(till.told_rewards) - rewards:
        found.violations.append(f"{till.name}: the reward of slip {slip} was handed over and is nowhere")


def _numbers(till: TillBooks, payloads: list[Payload], found: Account) -> None:
    """No gaps; from 1 on in a lane's first journal."""
    receipts = [
        payload.receipt_number
        for payload in payloads
        if isinstance(payload, SaleConfirmed | SaleReturned | RewardRedeemed)
    ]
    closings = [payload.z_number for payload in payloads if isinstance(payload, ShiftClosed)]
    for what, numbers in (("receipt", receipts), ("Z", closings)):
        first = numbers[0] if numbers and not till.is_alone else 1
        if numbers != list(range(first, first + len(numbers))):
            found.violations.append(f"{till.name}: {what} numbers of lane {till.lane} have gaps: {numbers}")


def _sales(sales: list[SaleConfirmed], server: ServerBooks, found: Account) -> None:
    """Each sale exactly once on the server, at the total the customer paid."""
    for sale in sales:
        paid = sum(each.amount_minor for each in sale.payments if each.state is PaymentState.CAPTURED)
        lines = sum(line.net_minor for line in sale.lines)
        if not sale.prices_include_tax:
            lines += sum(line.tax_minor for line in sale.lines)
        if not lines + sale.rounding_minor == sale.total_minor == paid:
            found.violations.append(f"sale {sale.sale_id}: lines {lines}, total {sale.total_minor}, paid {paid}")
    there = Counter(server.sales)
    for sale in sales:
        if there.pop((sale.receipt_code, sale.total_minor), 0) != 1:
            found.violations.append(f"sale {sale.sale_id} is not exactly once on the server")
    found.violations += [f"the server has a sale with code {code}, which no till made" for code, _ in there]


def _state_hash(tills: list[TillBooks], server: ServerBooks) -> str:
    digest = hashlib.sha256()
    for till in sorted(tills, key=lambda till: till.incarnation):
        digest.update(till.incarnation.bytes + _last_hash(till.facts))
    for member_id in sorted(server.shown):
        shown = server.shown[member_id]
        value = server.value.get(member_id, 0)
        digest.update(member_id.bytes + f"{shown.points} {shown.growth} {shown.tier} {value}".encode())
    for coupon_id in sorted(server.coupons):
        digest.update(coupon_id.bytes + server.coupons[coupon_id].state.encode())
    return digest.hexdigest()


def _last_hash(facts: list[Fact]) -> bytes:
    return facts[-1].hash if facts else b""
