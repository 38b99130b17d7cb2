"""An independent accountant: reads what the machines hold after the storm and says what doesn't add up.

It trusts no balance. It reads facts, sums them by its own plain arithmetic and compares that with what the server
and the tills say.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from uuid import UUID

from shared_models.domain.facts import BrokenChain, Fact, chain_start, check_link
from shared_models.domain.member import MemberRegistered
from shared_models.domain.retold import FactRetold
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import PaymentState, SaleConfirmed
from shared_models.domain.shift import ShiftClosed
from shared_models.wire.facts import Payload, decode


@dataclass(frozen=True, slots=True)
class Shown:
    """What a machine says of a member: the points of all lots less the debt, growth and tier."""

    points: int
    growth: int
    tier: str


@dataclass(slots=True)
class TillBooks:
    """A till's books: its journal and those it had before, which sales it told the customer were done, what it shows of
    each member. ``is_alone``: nobody copied, lost or put back its disk."""

    name: str
    incarnation: UUID
    public_key: bytes
    lane: int
    facts: list[Fact]
    before: list[list[Fact]]
    told: list[UUID]
    unsent: int
    shown: Mapping[UUID, Shown]
    is_alone: bool = True


@dataclass(slots=True)
class ServerBooks:
    """The server's books. ``sales`` is receipt code and total of each row, so that a doubled row would be seen."""

    facts: Mapping[UUID, list[Fact]]
    sales: list[tuple[str, int]]
    shown: Mapping[UUID, Shown]
    quarantined: int
    frozen: int


@dataclass(slots=True)
class Account:
    """The findings. ``state_hash`` is the same for the same seed and nothing else."""

    facts: int = 0
    sales: int = 0
    points_earned: int = 0
    points_redeemed: int = 0
    state_hash: str = ""
    violations: list[str] = field(default_factory=list)


def audit(tills: Iterable[TillBooks], server: ServerBooks, cut_off: Set[str] = frozenset()) -> Account:
    """Check everything that has to hold once all tills have synced.

    ``cut_off`` names tills that the server tells nothing any more: what they show isn't compared.
    """
    found = Account()
    tills = list(tills)
    told_by: dict[bytes, Payload] = {}
    for till in tills:
        payloads = _journal(till, server, found)
        _numbers(till, payloads, found)
        found.facts += len(payloads)
        for facts in (till.facts, *till.before):
            told_by |= _by_hash(facts)
    for facts in server.facts.values():
        told_by |= _by_hash(facts)
    sales = [payload for payload in told_by.values() if isinstance(payload, SaleConfirmed)]
    registered = Counter(payload.member_id for payload in told_by.values() if isinstance(payload, MemberRegistered))
    for till in tills:
        _told(till, Counter(sale.sale_id for sale in sales), found)
    _sales(sales, server, found)
    _members(sales, registered, [till for till in tills if till.name not in cut_off], server, found)
    if server.quarantined or server.frozen:
        found.violations.append(f"{server.quarantined} facts quarantined, {server.frozen} devices frozen")
    found.sales = len(sales)
    found.state_hash = _state_hash(tills, server)
    return found


def _by_hash(facts: Iterable[Fact]) -> dict[bytes, Payload]:
    """What happened, by the fact that first told it: one that was told again is the same."""
    happened: dict[bytes, Payload] = {}
    for fact in facts:
        payload = decode(fact)
        if isinstance(payload, FactRetold):
            happened[payload.hash] = decode(payload.fact)
        else:
            happened[fact.hash] = payload
    return happened


def _journal(till: TillBooks, server: ServerBooks, found: Account) -> list[Payload]:
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
    if till.unsent:
        found.violations.append(f"{till.name}: {till.unsent} facts are still unsent")
    if server.facts.get(till.incarnation, []) != till.facts:
        found.violations.append(f"{till.name}: the server doesn't hold the journal's facts byte for byte")
    return [decode(fact) for fact in till.facts]


def _told(till: TillBooks, sales: Counter[UUID], found: Account) -> None:
    """What the customer was told has happened, and not twice; but for a sale that was in hand when the disk was
    copied, which both may have gone on with."""
    for sale_id in till.told:
        if not (1 if till.is_alone else 2) >= sales[sale_id] >= 1:
            found.violations.append(f"{till.name}: sale {sale_id} was confirmed but is there {sales[sale_id]} times")


def _numbers(till: TillBooks, payloads: list[Payload], found: Account) -> None:
    """No gaps; from 1 on in a lane's first journal."""
    receipts = [payload.receipt_number for payload in payloads if isinstance(payload, SaleConfirmed | SaleReturned)]
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


def _members(
    sales: list[SaleConfirmed],
    registered: Counter[UUID],
    tills: list[TillBooks],
    server: ServerBooks,
    found: Account,
) -> None:
    """Points and growth are conserved, and every till shows what the server does."""
    points: defaultdict[UUID, int] = defaultdict(int)
    growth: defaultdict[UUID, int] = defaultdict(int)
    for sale in sales:
        if sale.member is None:
            continue
        earned = sale.member.earned.points if sale.member.earned else 0
        points[sale.member.id] += earned - sale.member.redeemed_points
        growth[sale.member.id] += sale.member.growth
        found.points_earned += earned
        found.points_redeemed += sale.member.redeemed_points
    for member_id, times in registered.items():
        if times != 1 or member_id not in server.shown:
            found.violations.append(
                f"member {member_id}: registered {times} times, on the server: {member_id in server.shown}"
            )
    for member_id, shown in server.shown.items():
        if (shown.points, shown.growth) != (points[member_id], growth[member_id]):
            found.violations.append(
                f"member {member_id}: facts say {points[member_id]} points and growth {growth[member_id]}, "
                f"the server {shown.points} and {shown.growth}"
            )
    for till in tills:
        if till.shown != server.shown:
            differing = sum(till.shown.get(id_) != shown for id_, shown in server.shown.items())
            found.violations.append(f"{till.name} shows {differing} members otherwise than the server does")


def _state_hash(tills: list[TillBooks], server: ServerBooks) -> str:
    digest = hashlib.sha256()
    for till in sorted(tills, key=lambda till: till.incarnation):
        digest.update(till.incarnation.bytes + (till.facts[-1].hash if till.facts else b""))
    for member_id in sorted(server.shown):
        shown = server.shown[member_id]
        digest.update(member_id.bytes + f"{shown.points} {shown.growth} {shown.tier}".encode())
    return digest.hexdigest()
