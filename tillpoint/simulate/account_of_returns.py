"""The accountant on goods that came back: how much of a sale, what was given back for it, and what it took."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from shared_models.domain.facts import Fact
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import Payment, PaymentState, SaleConfirmed, TenderKind
from shared_models.domain.spending_rules import Mode, Policy
from shared_models.wire.facts import Payload, decode
from tillpoint.simulate.books import Account, Pool, ServerBooks, TillBooks

RETURNS = "returns"
WAITING = "waiting"

Maker = tuple[UUID, int]
"""A device, and which of the machines that have its disk."""


@dataclass(slots=True)
class Receipt:
    """A sale and what came back of it, each return once."""

    sale: SaleConfirmed
    returns: list[SaleReturned] = field(default_factory=list)

    @property
    def points(self) -> int:
        """What the returns do to the member's points: never more than the sale did, whatever is told."""
        member = self.sale.member
        if member is None:
            return 0
        given = min(member.redeemed_points, sum(each.points for each in self.returns))
        return given - min(member.earned.points if member.earned else 0, self.taken_back)

    @property
    def growth(self) -> int:
        told = sum(each.member.growth for each in self.returns if each.member)
        return -min(self.sale.member.growth, told) if self.sale.member else 0

    @property
    def taken_back(self) -> int:
        return sum(each.member.taken_back for each in self.returns if each.member)

    @property
    def stored_minor(self) -> int:
        """What comes back to the member's stored value: to its principal and to its bonus, each within what was paid
        of it."""
        back = 0
        for payment in payments_of(self.sale, TenderKind.STORED_VALUE):
            refunds = [each for one in self.returns for each in one.refunds if each.payment_id == payment.id]
            bonus = sum(each.bonus_minor for each in refunds)
            principal = sum(each.amount_minor for each in refunds) - bonus
            back += min(payment.bonus_minor, bonus) + min(payment.amount_minor - payment.bonus_minor, principal)
        return back

    def came_back(self, returns: Iterable[SaleReturned]) -> Counter[int]:
        """By line what came back by those of ``returns`` that are of this sale, in thousandths."""
        back: Counter[int] = Counter()
        for one in returns:
            if one.sale_code == self.sale.receipt_code:
                for line in one.lines:
                    back[line.number] += line.quantity_milli
        return back


def payments_of(sale: SaleConfirmed, kind: TenderKind) -> list[Payment]:
    """What was really paid that way."""
    return [each for each in sale.payments if each.kind is kind and each.state is PaymentState.CAPTURED]


def receipts_of(payloads: Iterable[Payload]) -> dict[str, Receipt]:
    """By its code each sale that is known, with its returns."""
    payloads = list(payloads)
    found = {one.receipt_code: Receipt(one) for one in payloads if isinstance(one, SaleConfirmed)}
    for one in {one.return_id: one for one in payloads if isinstance(one, SaleReturned)}.values():
        if one.sale_code in found:
            found[one.sale_code].returns.append(one)
    return found


def given_back(receipts: Mapping[str, Receipt]) -> dict[UUID, set[UUID]]:
    """By coupon the sales whose returns give it back."""
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for receipt in receipts.values():
        for one in receipt.returns:
            for coupon_id in one.coupons:
                found[coupon_id].add(receipt.sale.sale_id)
    return found


def check_returns(
    payloads: list[Payload],
    receipts: Mapping[str, Receipt],
    tills: list[TillBooks],
    server: ServerBooks,
    policy: Policy,
    exposed: Mapping[Pool, int],
    found: Account,
) -> None:
    """Each return is on the server exactly once and adds up. No more comes back than was sold: at a till at all, and of
    all tills together beyond what ``policy`` lets those do that don't hear of each other. What came back whole gave
    back all that was paid."""
    returns = list({one.return_id: one for one in payloads if isinstance(one, SaleReturned)}.values())
    there = Counter((code, total) for code, total, _ in server.returns)
    for one in returns:
        _adds_up(one, found)
        if there.pop((one.receipt_code, one.total_minor), 0) != 1:
            found.violations.append(f"return {one.return_id} is not exactly once on the server")
    found.violations += [f"the server has a return with code {code}, which no till made" for code, _ in there]
    early = {one.receipt_code for one in returns if one.sale_code not in receipts}
    for code, _, state in server.returns:
        if (state == WAITING) != (code in early):
            found.violations.append(f"return with code {code} is {state}, its sale is known: {code not in early}")
    makers = _makers(tills, server)
    for receipt in receipts.values():
        if receipt.returns:
            _bounds(receipt, makers, policy, exposed, found)
    for till in tills:
        for facts in (till.facts, *till.before):
            _at_one_till(till, facts, receipts, found)
    found.returns = len(returns)


def _adds_up(one: SaleReturned, found: Account) -> None:
    lines = sum(line.net_minor for line in one.lines)
    if not one.prices_include_tax:
        lines += sum(line.tax_minor for line in one.lines)
    refunds = sum(each.amount_minor for each in one.refunds)
    if not lines + one.rounding_minor == one.total_minor == refunds:
        found.violations.append(f"return {one.return_id}: lines {lines}, total {one.total_minor}, given back {refunds}")


def _makers(tills: list[TillBooks], server: ServerBooks) -> dict[UUID, Maker]:
    """Who took what back. Of what was done before a disk was copied, both may be said to have done it."""
    journals = [(0, facts) for facts in server.facts.values()]
    for number, till in enumerate(tills, start=1):
        journals += [(0 if till.is_alone else number, facts) for facts in (till.facts, *till.before)]
    return {one.return_id: (facts[0].incarnation, machine) for machine, facts in journals for one in _made(facts)}


def _made(facts: Sequence[Fact]) -> Iterator[SaleReturned]:
    for payload in map(decode, facts):
        if isinstance(payload, SaleReturned):
            yield payload


def _bounds(
    receipt: Receipt, makers: Mapping[UUID, Maker], policy: Policy, exposed: Mapping[Pool, int], found: Account
) -> None:
    """By a floor each further machine takes back what it saw, or its floor; of what is lent only what was exposed comes
    back too often."""
    sale = receipt.sale
    sold = {line.number: line.quantity_milli for line in sale.lines}
    back = receipt.came_back(receipt.returns)
    over = False
    for number, milli in back.items():
        machines = {makers[one.return_id] for one in receipt.returns if receipt.came_back([one])[number]}
        most = sold.get(number, 0) + exposed.get((RETURNS, f"{sale.sale_id}/{number}"), 0)
        if policy.mode is Mode.FLOOR:
            most += (len(machines) - 1) * min(policy.floor, sold.get(number, 0))
        over |= milli > sold.get(number, 0)
        if milli > most:
            found.violations.append(
                f"sale {sale.sale_id}: {milli} of {sold.get(number, 0)} of line {number} came back, "
                f"at {len(machines)} machines, more than {most}"
            )
    money = sum(one.total_minor for one in receipt.returns)
    if money > sale.total_minor and not over:
        found.violations.append(f"sale {sale.sale_id}: {money} was given back of {sale.total_minor}")
    if len({makers[one.return_id] for one in receipt.returns}) == 1 and back == sold:
        _whole(receipt, found)


def _whole(receipt: Receipt, found: Account) -> None:
    """One machine took everything back: all that the sale did is undone."""
    sale, returns = receipt.sale, receipt.returns
    paid: Counter[UUID] = Counter()
    for payment in sale.payments:
        if payment.state is PaymentState.CAPTURED:
            paid[payment.id] += payment.amount_minor
    back: Counter[UUID | None] = Counter()
    for one in returns:
        for refund in one.refunds:
            back[refund.payment_id] += refund.amount_minor
    left = {each: minor - back[each] for each, minor in paid.items() if minor != back[each]}
    points = sum(one.points for one in returns)
    member = sale.member
    if member is not None:
        earned = member.earned.points if member.earned else 0
        did = (member.redeemed_points, earned, member.growth)
        undone = (points, receipt.taken_back, -receipt.growth)
        if did != undone:
            found.violations.append(
                f"sale {sale.sale_id} came back whole: points spent, earned and growth {did}, undone {undone}"
            )
    if left or back.keys() - paid.keys():
        found.violations.append(f"sale {sale.sale_id} came back whole, without {left} of what was paid")


def _at_one_till(till: TillBooks, facts: Sequence[Fact], receipts: Mapping[str, Receipt], found: Account) -> None:
    """A till counts its own returns, whatever it hears: of each unit and of the money."""
    own: defaultdict[str, list[SaleReturned]] = defaultdict(list)
    for one in _made(facts):
        own[one.sale_code].append(one)
    for code, returns in own.items():
        receipt = receipts.get(code)
        if receipt is None:
            continue
        sold = {line.number: line.quantity_milli for line in receipt.sale.lines}
        too_many = {line: milli for line, milli in receipt.came_back(returns).items() if milli > sold.get(line, 0)}
        money = sum(one.total_minor for one in returns)
        if too_many or money > receipt.sale.total_minor:
            found.violations.append(
                f"{till.name} took back {too_many} of sale {receipt.sale.sale_id} and gave {money} of "
                f"{receipt.sale.total_minor}"
            )
