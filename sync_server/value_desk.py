"""What administrators do about stored value and coupons: each call is one fact of the server's own device.

Ids come from the caller, so that a command that is given again does nothing twice.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from sqlalchemy import Connection, func, select

from shared_models.domain import coupon_code, coupon_token
from shared_models.domain.coupon import Coupon, CouponRefusal, CouponState
from shared_models.domain.coupon_facts import CouponIssued, CouponVoided, IssuedCoupon, code_digest
from shared_models.domain.coupon_issue import NOT_ISSUED_TEXTS, Recipient, SoFar, issue
from shared_models.domain.coupon_life import CouponRefused
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.leases import balance_free
from shared_models.domain.programme import Programme
from shared_models.domain.spending_rules import stored_value_of
from shared_models.domain.stored_value_facts import StoredValueCorrected
from shared_models.domain.stored_value_ledger import EntryKind, StoredValue
from shared_models.domain.stored_value_refused import MoreThanPrincipal
from shared_models.orm import server as tables
from sync_server.act import Act
from sync_server.errors import BadInput
from sync_server.ingest.locks import lock_own
from sync_server.ingest.server_device import ServerDevice
from sync_server.ledger.coupons import held_of
from sync_server.ledger.joins import group_of
from sync_server.ledger.leases import open_of, recall
from sync_server.ledger.stored_value import Account, read_accounts
from sync_server.server import Server

MOST_COUPONS = 1_000
"""Coupons of one batch: a fact that every reader can hold."""

_MASTER_DOMAIN = b"tillpoint.coupon.master.1\0"


@dataclass(frozen=True, slots=True)
class Printed:
    """A coupon as it is given out: ``code`` to type, if it has one, and ``token`` for its square code."""

    coupon: Coupon
    code: str
    token: str


def member_by_number(connection: Connection, number: str) -> UUID:
    """Raise ``BadInput`` if nobody, or more than one, has it."""
    wanted = select(tables.member.c.id).where(tables.member.c.number == number).limit(2)
    found: Sequence[UUID] = connection.scalars(wanted).all()
    if len(found) != 1:
        raise BadInput(f"{'No' if not found else 'More than one'} member has the number {number}.")
    return found[0]


def issue_coupons(
    server: Server,
    batch_id: UUID,
    rule_id: str,
    *,
    by: str,
    member_number: str = "",
    count: int = 1,
    store_id: str = "",
) -> list[Printed]:
    """Make ``count`` coupons of a rule, for one member or for whoever has their codes. ``batch_id`` again gives the
    same ones. Raise ``BadInput``, and issue none, if the rule doesn't allow all of them."""
    if not 0 < count <= MOST_COUPONS:
        raise BadInput(f"From 1 to {MOST_COUPONS} coupons can be issued at once.")
    with server.acting() as act:
        lock_own(server, act.connection)
        programme = server.programme(act.connection)
        before = _batch(act.connection, batch_id)
        if before:
            return [_printed(server, programme, each, serial) for each, serial in before]
        rule = programme.coupon_rules.get(rule_id)
        if rule is None:
            known = ", ".join(programme.coupon_rules) or "none"
            raise BadInput(f"The programme in force has no coupon {rule_id}. It has: {known}.")
        if store_id and not act.connection.scalar(select(tables.store.c.id).where(tables.store.c.id == store_id)):
            raise BadInput(f"There is no store {store_id}.")
        member_id = member_by_number(act.connection, member_number) if member_number else None
        made = _make(server, act, rule, batch_id, member_id, count)
        issued = tuple(
            IssuedCoupon(
                coupon.id,
                coupon.valid_from,
                coupon.valid_to,
                coupon.member_id,
                store_id,
                serial,
                code_digest(_code(server, rule, serial)) if serial is not None else b"",
            )
            for coupon, serial in made
        )
        ServerDevice(server).record(act, CouponIssued(batch_id, rule.id, server.today(), by, issued))
        return [_printed(server, programme, coupon, serial) for coupon, serial in made]


def void_coupons(server: Server, ids: Sequence[UUID], *, reason: str, by: str) -> int:
    """Cancel coupons; return how many weren't before. Raise ``BadInput`` for one nobody issued, ``CouponRefused`` for
    one that was used."""
    with server.acting() as act:
        lock_own(server, act.connection)
        table = tables.coupon
        rows = act.connection.execute(
            select(table).where(table.c.id.in_(ids)).order_by(table.c.id).with_for_update()
        ).all()
        missing = set(ids) - {row.id for row in rows}
        if missing:
            raise BadInput(f"There is no coupon {', '.join(map(str, sorted(missing)))}.")
        if any(row.state == CouponState.REDEEMED for row in rows):
            raise CouponRefused(CouponRefusal.USED)
        left = tuple(row.id for row in rows if row.state != CouponState.VOID)
        if left:
            ServerDevice(server).record(act, CouponVoided(left, reason, by))
        return len(left)


def correct_stored_value(
    server: Server, entry_id: UUID, member_number: str, minor: int, *, reason: str, by: str
) -> StoredValue:
    """Add principal to a member's stored value, or take it; return what there is then. Raise ``MoreThanPrincipal`` if
    that much isn't there, ``BadInput`` while tills hold it: it is called back then."""
    return _correct(server, entry_id, member_number, EntryKind.CORRECTION, minor, reason, by)


def freeze_stored_value(
    server: Server, entry_id: UUID, member_number: str, *, frozen: bool, reason: str, by: str
) -> StoredValue:
    """Stop a member's stored value at every till that hears of it, or let it go on."""
    kind = EntryKind.FREEZE if frozen else EntryKind.UNFREEZE
    return _correct(server, entry_id, member_number, kind, 0, reason, by)


def _correct(
    server: Server, entry_id: UUID, member_number: str, kind: EntryKind, minor: int, reason: str, by: str
) -> StoredValue:
    lent = 0
    with server.acting() as act:
        lock_own(server, act.connection)
        member_id = member_by_number(act.connection, member_number)
        entry = tables.stored_value_entry.c
        if act.connection.scalar(select(entry.id).where(entry.id == entry_id)) is None:
            account = read_accounts(act.connection, {member_id})[member_id]
            left = account.held.principal_minor
            if minor < 0 and -minor > left:
                raise MoreThanPrincipal(left_minor=max(0, left))
            lent = _called_back(server, act, account, -minor) if minor < 0 else 0
            if not lent:
                corrected = StoredValueCorrected(entry_id, member_id, kind, server.today(), reason, by, minor)
                others = _others_frozen(account) if kind is EntryKind.UNFREEZE else []
                also = [replace(corrected, entry_id=uuid5(entry_id, str(each)), member_id=each) for each in others]
                ServerDevice(server).record_all(act, [(each, ()) for each in (corrected, *also)])
        found = read_accounts(act.connection, {member_id})[member_id]
    if lent:
        raise BadInput(
            f"Tills hold {lent} (minor units) of it, which may be spent already. They are called back: try again in a"
            " minute, or write a till off that doesn't come."
        )
    return found.held


def _others_frozen(account: Account) -> list[UUID]:
    """Who else of the person has it frozen: one of them is enough to stop all."""
    return [each.member_id for each in account.group if each.summary.frozen and each is not account]


def _called_back(server: Server, act: Act, account: Account, minor: int) -> int:
    """How much tills hold of an account, and are to give back, if too little is left for taking ``minor``; else 0."""
    resources = [stored_value_of(each.member_id) for each in account.group]
    loans = [one.loan for each in resources for one in open_of(act.connection, each)]
    balance = account.held.balance_minor(server.today())
    if minor <= balance_free(balance, loans):
        return 0
    for each in resources:
        recall(act, each)
    return sum(loan.left for loan in loans)


def _batch(connection: Connection, batch_id: UUID) -> list[tuple[Coupon, int | None]]:
    table = tables.coupon
    rows = connection.execute(select(table).where(table.c.batch_id == batch_id).order_by(table.c.serial, table.c.id))
    return [(held_of(row).coupon, row.serial) for row in rows]


def _make(
    server: Server, act: Act, rule: CouponRule, batch_id: UUID, member_id: UUID | None, count: int
) -> list[tuple[Coupon, int | None]]:
    """The domain's coupons; those nobody owns get the next serial numbers of their rule's codes."""
    table = tables.coupon.c
    total, last = act.connection.execute(
        select(func.count(), func.max(table.serial)).where(table.rule == rule.id)
    ).one()
    person = group_of(act.connection, [member_id]) if member_id else set()
    of_member = select(func.count()).where(table.rule == rule.id, table.member_id.in_(person))
    by_member = {member_id: act.connection.scalar(of_member) or 0} if member_id else {}
    numbered = rule.number is not None and member_id is None
    first = (-1 if last is None else last) + 1
    serials = [first + place if numbered else None for place in range(count)]
    ids = [
        coupon_code.CouponCode(rule.number or 0, serial, 0).coupon_id
        if serial is not None
        else uuid5(batch_id, str(place))
        for place, serial in enumerate(serials)
    ]
    batch = issue(rule, [Recipient(each, member_id) for each in ids], server.today(), SoFar(total, by_member))
    if batch.left_out:
        raise BadInput(f"{NOT_ISSUED_TEXTS[batch.left_out[0][1]]} Nothing was issued.")
    return sorted(zip(batch.coupons, serials, strict=True), key=lambda each: (each[1] or 0, each[0].id))


def _printed(server: Server, programme: Programme, coupon: Coupon, serial: int | None) -> Printed:
    """The token says what the coupon was when it was issued."""
    new = replace(coupon, state=CouponState.ISSUED, reserved_by=None, version=0)
    token = coupon_token.write(new, server.identity.signing_key.sign)
    rule = programme.coupon_rules.get(coupon.rule)
    return Printed(coupon, _code(server, rule, serial) if rule and serial is not None else "", token)


def _code(server: Server, rule: CouponRule, serial: int) -> str:
    """The key of all rules' codes comes of one that never leaves the server."""
    assert rule.number is not None
    master = hmac.digest(server.identity.nonce_key, _MASTER_DOMAIN, "sha256")
    return coupon_code.make(coupon_code.rule_key(master, rule.number), rule.number, serial)
