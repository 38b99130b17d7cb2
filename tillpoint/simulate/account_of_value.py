"""The accountant on what can be spent once: stored value, coupons, and what is lent to tills."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from shared_models.domain.coupon import CouponState as Life
from shared_models.domain.coupon_facts import CouponIssued, CouponVoided
from shared_models.domain.leases import LeaseReturned, LeaseWrittenOff
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.reward_facts import GiftStocked, RewardRedeemed, stock_id
from shared_models.domain.sale import PaymentState, SaleConfirmed, TenderKind
from shared_models.domain.stored_value_facts import StoredValueCorrected, StoredValueLoaded
from shared_models.wire.facts import Payload, decode
from tillpoint.simulate import shop
from tillpoint.simulate.account_of_returns import RETURNS, Receipt, given_back
from tillpoint.simulate.books import Account, CouponState, Pool, ServerBooks, TillBooks

POINTS, STORED_VALUE, BUDGET, GIFT = "points", "stored_value", "budget", "gift"
OPEN, RETURNED, UNDECLARED, FORGOTTEN = "open", "returned", "undeclared", "forgotten"


def spent_minor(sale: SaleConfirmed) -> int:
    """What a sale took of its member's stored value."""
    return sum(
        each.amount_minor
        for each in sale.payments
        if each.kind is TenderKind.STORED_VALUE and each.state is PaymentState.CAPTURED
    )


def check_stored_value(
    payloads: list[Payload],
    sales: list[SaleConfirmed],
    receipts: Mapping[str, Receipt],
    tills: list[TillBooks],
    server: ServerBooks,
    found: Account,
) -> None:
    """Σ is conserved: of each member what was paid in, given on top, corrected and given back, less what was spent."""
    value: defaultdict[UUID, int] = defaultdict(int)
    entries: set[UUID] = set()
    for payload in payloads:
        match payload:
            case StoredValueLoaded() if payload.load_id not in entries:
                entries.add(payload.load_id)
                value[payload.member_id] += payload.amount_minor + sum(lot.minor for lot in payload.bonus)
                paid = sum(each.amount_minor for each in payload.payments if each.state is PaymentState.CAPTURED)
                if paid != payload.amount_minor:
                    found.violations.append(f"load {payload.load_id} of {payload.amount_minor}: {paid} was paid")
            case StoredValueCorrected() if payload.entry_id not in entries:
                entries.add(payload.entry_id)
                value[payload.member_id] += payload.principal_minor + sum(lot.minor for lot in payload.lots)
    for sale in sales:
        if sale.member is not None:
            value[sale.member.id] -= spent_minor(sale)
    for receipt in receipts.values():
        if receipt.sale.member is not None:
            value[receipt.sale.member.id] += receipt.stored_minor
    for member_id in sorted({*value, *server.value}):
        ought, there = value[member_id], server.value.get(member_id, 0)
        if ought != there:
            found.violations.append(f"member {member_id}: facts say {ought} of stored value, the server {there}")
    for member_id, person in server.people.items():
        aliases = [each for each, other in server.people.items() if other.alias_of == member_id]
        ought = sum(value[each] for each in (member_id, *aliases))
        for till in tills:
            shown = till.value.get(member_id, 0)
            if shown != ought:
                found.violations.append(
                    f"{till.name} shows {shown} of stored value instead of {ought} of {member_id}, an alias of"
                    f" {person.alias_of}"
                )


def check_coupons(
    payloads: list[Payload],
    sales: list[SaleConfirmed],
    receipts: Mapping[str, Receipt],
    tills: list[TillBooks],
    heard: list[TillBooks],
    server: ServerBooks,
    found: Account,
) -> None:
    """Each is issued once and used at most once by each till that was apart, and once more for each time that it came
    back; the server knows each use and gives the coupon to one of them at a time; every till shows it as the server
    does."""
    issued = Counter(each.id for batch in payloads if isinstance(batch, CouponIssued) for each in batch.coupons)
    voided = {each for one in payloads if isinstance(one, CouponVoided) for each in one.coupon_ids}
    used: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for sale in sales:
        for each in sale.coupons:
            used[each.id].add(sale.sale_id)
    for coupon_id, times in issued.items():
        if times > 1:
            found.violations.append(f"coupon {coupon_id} was issued {times} times")
    back = given_back(receipts)
    _uses_of_tills(tills, back, found)
    if sorted((one, sale) for one, sale, _ in server.uses) != sorted(
        (one, sale) for one, sales_of in used.items() for sale in sales_of
    ):
        found.violations.append("the server doesn't know just the uses of coupons that sales tell of")
    undisputed: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for coupon_id, sale_id, disputed in server.uses:
        if not disputed:
            undisputed[coupon_id].add(sale_id)
    for coupon_id, coupon in server.coupons.items():
        uses, mine, came = used[coupon_id], undisputed[coupon_id], back.get(coupon_id, set())
        if not _fits(coupon, coupon_id in voided, uses, mine, came):
            found.violations.append(
                f"coupon {coupon_id}: {len(uses)} uses, voided: {coupon_id in voided}, on the server {coupon.state} "
                f"with {len(mine)} undisputed, given back by the returns of {len(came)} sales"
            )
        for till in heard:
            shown = till.coupons.get(coupon_id)
            known = coupon.store_id in ("", till.store_id)
            if known and shown != (coupon.state, coupon.sale_id):
                found.violations.append(f"{till.name} shows coupon {coupon_id} as {shown}, not as {coupon.state}")


def _fits(coupon: CouponState, voided: bool, uses: set[UUID], mine: set[UUID], came: set[UUID]) -> bool:
    """Whether a coupon is what its facts say. Each of the sales ``mine`` had it, one after the other, and all but one
    that has it now gave it back; those of ``came`` have."""
    match coupon.state:
        case Life.ISSUED:
            return not uses and not voided
        case Life.REDEEMED:
            return coupon.sale_id in mine and mine - {coupon.sale_id} <= came and coupon.sale_id not in came
        case Life.RETURNED:
            return coupon.sale_id in mine and mine <= came and not voided
        case Life.VOID:
            return voided and mine <= came
    return False


def _uses_of_tills(tills: list[TillBooks], back: Mapping[UUID, set[UUID]], found: Account) -> None:
    """A till that was apart from all others uses one once, and again once it came back. Of a disk that was copied or
    put back there were two."""
    for till in tills:
        sales: dict[UUID, SaleConfirmed] = {}
        for facts in (till.facts, *till.before):
            for payload in map(decode, facts):
                if isinstance(payload, SaleConfirmed):
                    sales[payload.sale_id] = payload
        uses = Counter(each.id for sale in sales.values() for each in sale.coupons)
        most = 1 if till.is_alone else 2
        found.violations += [
            f"{till.name} used coupon {one} {times} times"
            for one, times in uses.items()
            if times > most + len(back.get(one, ()))
        ]


def check_leases(
    payloads: list[Payload],
    sales: list[SaleConfirmed],
    receipts: Mapping[str, Receipt],
    tills: list[TillBooks],
    server: ServerBooks,
    exposed: Mapping[Pool, int],
    found: Account,
) -> None:
    """free + lent + spent = funded: what a sale, return or reward took of a lease is counted once, a lease ends only by
    its device or its being written off, no more is lent than there is, and tills hold what the server lent them less
    what they used themselves: what a copy used or gave back is told by the copy. One that was lent by a request that
    came late, after the till had been refused, the till doesn't know of until it is called back."""
    returns = {one.return_id: one for one in payloads if isinstance(one, SaleReturned)}
    rewards = {one.redemption_id: one for one in payloads if isinstance(one, RewardRedeemed)}
    used = _used([*sales, *returns.values(), *rewards.values()])
    returned = {one.lease for one in payloads if isinstance(one, LeaseReturned)}
    written_off = {one.lease for one in payloads if isinstance(one, LeaseWrittenOff)}
    for lease_id, lease in server.leases.items():
        if lease.used != used[lease_id]:
            found.violations.append(
                f"lease {lease_id} ({lease.kind}): sales used {used[lease_id]}, the server counts {lease.used}"
            )
        if lease.state not in _may_be(lease_id, returned, written_off):
            found.violations.append(f"lease {lease_id} ({lease.kind}) is {lease.state}, which nobody told")
    _funded(server, receipts, exposed, found)
    for till in tills:
        journal = [decode(fact) for fact in till.facts]
        own, ended = _used(journal), {one.lease for one in journal if isinstance(one, LeaseReturned)}
        lent = {
            one: max(0, lease.amount - own[one])
            for one, lease in server.leases.items()
            if lease.incarnation == till.incarnation
            and (lease.state == OPEN or (lease.state == RETURNED and not till.is_alone and one not in ended))
        }
        found.violations += [
            f"lease {one} ({lease.used} used) of {till.name} is {lease.state}"
            for one, lease in server.leases.items()
            if lease.incarnation == till.incarnation and lease.state in (UNDECLARED, FORGOTTEN) and not till.is_gone
        ]
        unknown = {one: left for one, left in till.held.items() if lent.get(one) != left}
        forgotten = [one for one in lent.keys() - till.held.keys() if own[one]]
        if not till.is_gone and (unknown or forgotten):
            found.violations.append(f"{till.name} holds leases {unknown} and not {forgotten}, the server says {lent}")


def check_gifts(payloads: list[Payload], server: ServerBooks, exposed: Mapping[Pool, int], found: Account) -> None:
    """Each stock is what came in less what members had; none is short but by what copies and tills that were written
    off may have handed over."""
    stock: Counter[UUID] = Counter()
    for came in {one.entry_id: one for one in payloads if isinstance(one, GiftStocked)}.values():
        stock[stock_id(came.store_id, came.reward)] += came.units
    for one in {one.redemption_id: one for one in payloads if isinstance(one, RewardRedeemed)}.values():
        if one.points != one.units * shop.REWARDS[one.reward]:
            found.violations.append(f"{one.units} of {one.reward} were had for {one.points} points")
        stock[stock_id(one.store_id, one.reward)] -= one.units
    for each in sorted({*stock, *server.gifts}):
        there = server.gifts.get(each, 0)
        if there != stock[each]:
            found.violations.append(f"gifts {each}: facts say {stock[each]}, the server {there}")
        if there < -exposed.get((GIFT, str(each)), 0):
            found.violations.append(f"gifts {each}: {-there} too many were handed over")


def _used(payloads: Iterable[Payload]) -> Counter[UUID]:
    """What sales, returns and rewards took of each lease."""
    used: Counter[UUID] = Counter()
    for one in payloads:
        if isinstance(one, SaleConfirmed | SaleReturned | RewardRedeemed):
            for use in one.leases:
                used[use.lease] += use.amount
    return used


def _may_be(lease_id: UUID, returned: set[UUID], written_off: set[UUID]) -> set[str]:
    """One that a restored server forgot stays unknown to it if its device doesn't come to show it."""
    ends = {name for name, ids in ((RETURNED, returned), ("written_off", written_off)) if lease_id in ids}
    return {*(ends or {OPEN}), FORGOTTEN if lease_id in returned else UNDECLARED}


def _funded(server: ServerBooks, receipts: Mapping[str, Receipt], exposed: Mapping[Pool, int], found: Account) -> None:
    """Of points no more is lent than is there, of an offer no more used and lent than it has, of a receipt's line no
    more than can still come back. Those who were joined have one balance."""
    lent: Counter[Pool] = Counter()
    spent: Counter[Pool] = Counter()
    beyond: Counter[Pool] = Counter()
    for lease in server.leases.values():
        pool = _pool(server, (lease.kind, lease.key))
        spent[pool] += lease.used
        lent[pool] += max(0, lease.amount - lease.used) if lease.state == OPEN else 0
    for each, amount in exposed.items():
        beyond[_pool(server, each)] += amount
    goods = {str(each.sale.sale_id): each for each in receipts.values()}
    for kind, key in spent:
        pool = kind, key
        if kind == BUDGET and key.endswith(shop.FIRST_COME):
            there = shop.FIRST_COME_USES - spent[pool]
        elif kind == POINTS:
            there = max(0, server.shown[UUID(key)].points)
        elif kind == STORED_VALUE:
            people = [each for each, one in server.people.items() if UUID(key) in (each, one.alias_of)]
            there = max(0, sum(server.value.get(each, 0) for each in people))
        elif kind == GIFT:
            there = max(0, server.gifts.get(UUID(key), 0))
        elif kind == RETURNS and (receipt := goods.get(key.partition("/")[0])) is not None:
            number = int(key.partition("/")[2])
            sold = sum(line.quantity_milli for line in receipt.sale.lines if line.number == number)
            there = max(0, sold - receipt.came_back(receipt.returns)[number])
        else:
            continue
        if lent[pool] > there + beyond[pool]:
            found.violations.append(f"{lent[pool]} of {kind} {key} are lent, where {there} are left")


def _pool(server: ServerBooks, pool: Pool) -> Pool:
    kind, key = pool
    if kind not in (POINTS, STORED_VALUE):
        return pool
    member_id = UUID(key)
    return kind, str(server.people[member_id].alias_of or member_id)
