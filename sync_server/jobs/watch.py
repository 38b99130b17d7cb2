"""Looking for what is suspicious (RISK-1): each fact once, by the rules of the programme in force, after it was booked.

A rule counts acts of one subject (a member, a cashier, a store, a member with one cashier) in days in a row. What
breaks it leads to one alert for that rule, subject and last day; sales go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, exists, func, literal, select, union_all

from shared_models.domain.member import MemberRegistered
from shared_models.domain.risk import Act, Per, RiskRule, Sum
from shared_models.domain.sale import PaymentState, TenderKind
from shared_models.domain.stored_value_ledger import EntryKind
from shared_models.orm.server import (
    coupon_use,
    device,
    fact,
    member,
    payment,
    reward_redemption,
    risk_finding,
    sale,
    sale_return,
    stored_value,
    stored_value_entry,
    watched,
)
from shared_models.wire.facts import Undecodable, decode
from sync_server.act import Act as Transaction
from sync_server.ingest.alerts import Alerts
from sync_server.server import Server
from sync_server.store.engine import lock
from sync_server.store.facts import fact_of
from sync_server.store.statements import add, put

WATCH_LOCK: Final = 0x71_11_00_07
CHUNK: Final = 500
"""Facts of one device in a transaction."""

_AT_A_TILL: Final = "till"

ALERT: Final = "risk-"
"""Before the act, in the kind of an alert."""


@dataclass(frozen=True, slots=True)
class _Source:
    """Where acts of one kind are: ``on`` is the business date, ``amount`` what is added up, ``of`` the columns that say
    whose act it was. ``place`` is (incarnation, number) of the fact; ``None`` where only the fact itself says it."""

    table: FromClause
    on: ColumnElement[str]
    amount: ColumnElement[Any]
    of: Mapping[str, ColumnElement[Any]]
    place: tuple[ColumnElement[Any], ColumnElement[Any]] | None
    only: ColumnElement[bool]


_SUBJECT: Final = {
    Per.MEMBER: ("member_id",),
    Per.CASHIER: ("store_id", "cashier_id"),
    Per.STORE: ("store_id",),
    Per.MEMBER_AT_CASHIER: ("member_id", "store_id", "cashier_id"),
}


def _of_sales(table: FromClause, amount: ColumnElement[Any], only: ColumnElement[bool]) -> _Source:
    of = {"member_id": sale.c.member_id, "store_id": sale.c.store_id, "cashier_id": sale.c.cashier_id}
    return _Source(table, sale.c.business_date, amount, of, (sale.c.incarnation, sale.c.number), only)


_WHOSE: Final = ("member_id", "store_id", "cashier_id", "business_date", "incarnation", "number")
_REDEEMED = union_all(
    select(*(sale.c[name] for name in _WHOSE), sale.c.points_redeemed.label("points")),
    select(*(reward_redemption.c[name] for name in _WHOSE), reward_redemption.c.points),
).subquery("redeemed")
"""Points that paid a bill, and points for rewards."""

_PAID_BY_VALUE = and_(payment.c.kind == TenderKind.STORED_VALUE, payment.c.state == PaymentState.CAPTURED)
_SOURCES: Final = {
    Act.PURCHASE: _of_sales(sale, sale.c.total_minor, literal(value=True)),
    Act.REDEMPTION: _Source(
        _REDEEMED,
        _REDEEMED.c.business_date,
        _REDEEMED.c.points,
        {name: _REDEEMED.c[name] for name in ("member_id", "store_id", "cashier_id")},
        (_REDEEMED.c.incarnation, _REDEEMED.c.number),
        _REDEEMED.c.points > 0,
    ),
    Act.STORED_VALUE: _of_sales(
        sale.join(payment, payment.c.sale_id == sale.c.sale_id), payment.c.amount_minor, _PAID_BY_VALUE
    ),
    Act.COUPON: _of_sales(
        sale.join(coupon_use, coupon_use.c.sale_id == sale.c.sale_id), literal(0), literal(value=True)
    ),
    Act.RETURN: _Source(
        sale_return,
        sale_return.c.business_date,
        sale_return.c.total_minor,
        {name: sale_return.c[name] for name in ("member_id", "store_id", "cashier_id")},
        (sale_return.c.incarnation, sale_return.c.number),
        literal(value=True),
    ),
    Act.ADJUSTMENT: _Source(
        stored_value_entry.join(stored_value, stored_value.c.id == stored_value_entry.c.account_id),
        stored_value_entry.c.booked_on,
        func.abs(stored_value_entry.c.principal_minor + stored_value_entry.c.bonus_minor),
        {"member_id": stored_value.c.member_id},
        (stored_value_entry.c.incarnation, stored_value_entry.c.number),
        stored_value_entry.c.kind == EntryKind.CORRECTION,
    ),
    Act.REGISTRATION: _Source(
        member,
        member.c.registered_on,
        literal(0),
        {"store_id": member.c.store_id},
        None,
        member.c.source == _AT_A_TILL,
    ),
}

Subject = tuple[Any, ...]


def run(server: Server, chunk: int = CHUNK) -> int:
    """Look at every fact that wasn't looked at yet; return how many rules were found broken. Cut short anywhere, it
    goes on from there; of several workers one at a time looks."""
    found = 0
    while True:
        with server.acting() as act:
            lock(act.connection, WATCH_LOCK)
            at = _next(act.connection)
            if at is None:
                return found
            incarnation, first, head = at
            last = min(head, first + chunk - 1)
            found += _look(server, act, incarnation, first, last)
            put(act.connection, watched, [{"incarnation": incarnation, "number": last}])


def _next(connection: Connection) -> tuple[UUID, int, int] | None:
    """A device that has facts nobody looked at: the first of them, and its last."""
    seen = func.coalesce(watched.c.number, 0)
    behind = (
        select(device.c.incarnation, seen + 1, device.c.head_number)
        .outerjoin(watched, watched.c.incarnation == device.c.incarnation)
        .where(device.c.head_number > seen)
        .limit(1)
    )
    row = connection.execute(behind).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def _look(server: Server, act: Transaction, incarnation: UUID, first: int, last: int) -> int:
    findings, alerts = 0, Alerts(act, server.ports.ids, incarnation)
    new = _Range(incarnation, first, last)
    for rule in server.programme(act.connection).risk:
        source = _SOURCES[rule.act]
        touched = _touched(act, rule, source, new)
        done = _done(act.connection, rule, source, touched)
        for (subject, on), number in sorted(touched.items(), key=lambda each: each[1]):
            total = rule.within(done[subject], on)
            if rule.is_broken_by(total) and _is_new(act, rule, subject, on):
                findings += 1
                member_id = subject[0] if _SUBJECT[rule.per][0] == "member_id" else None
                alerts.add(f"{ALERT}{rule.act}", _sentence(rule, subject, on, total), number, member_id)
    alerts.write()
    return findings


@dataclass(frozen=True, slots=True)
class _Range:
    """Facts of one device."""

    incarnation: UUID
    first: int
    last: int


def _touched(act: Transaction, rule: RiskRule, source: _Source, new: _Range) -> dict[tuple[Subject, date], int]:
    """Who did something, on which day, with the number of the last fact about it."""
    if source.place is None:
        return _registered(act.connection, new)
    subject = [source.of[name] for name in _SUBJECT[rule.per]]
    incarnation, number = source.place
    chosen = (
        select(*subject, source.on, func.max(number))
        .select_from(source.table)
        .where(source.only, incarnation == new.incarnation, number.between(new.first, new.last))
        .where(*(column.is_not(None) for column in subject))
        .group_by(*subject, source.on)
    )
    return {(tuple(row[:-2]), date.fromisoformat(row[-2])): row[-1] for row in act.connection.execute(chosen)}


def _registered(connection: Connection, new: _Range) -> dict[tuple[Subject, date], int]:
    """The stores and days of registrations at a till; what the server took over from elsewhere isn't suspicious."""
    chosen: Select[Any] = select(*fact.columns).where(
        fact.c.incarnation == new.incarnation,
        fact.c.number.between(new.first, new.last),
        fact.c.kind == "member.registered",
    )
    found: dict[tuple[Subject, date], int] = {}
    for row in connection.execute(chosen):
        try:
            payload = decode(fact_of(row))
        except Undecodable:
            continue
        if isinstance(payload, MemberRegistered) and payload.source == _AT_A_TILL:
            found[(payload.store_id,), payload.registered_on] = row.number
    return found


def _done(
    connection: Connection, rule: RiskRule, source: _Source, touched: Mapping[tuple[Subject, date], int]
) -> dict[Subject, dict[date, Sum]]:
    """What these subjects did on each day that counts."""
    done: dict[Subject, dict[date, Sum]] = {subject: {} for subject, _ in touched}
    if not touched:
        return done
    days = [on for _, on in touched]
    since, until = min(days) - timedelta(days=rule.days - 1), max(days)
    subject = [source.of[name] for name in _SUBJECT[rule.per]]
    chosen = (
        select(*subject, source.on, func.count(), func.coalesce(func.sum(source.amount), 0))
        .select_from(source.table)
        .where(source.only, source.on.between(since.isoformat(), until.isoformat()))
        .where(*(column.in_({each[place] for each in done}) for place, column in enumerate(subject)))
        .group_by(*subject, source.on)
    )
    for row in connection.execute(chosen):
        who = tuple(row[:-3])
        if who in done:
            done[who][date.fromisoformat(row[-3])] = Sum(row[-2], int(row[-1]))
    return done


def _is_new(act: Transaction, rule: RiskRule, subject: Subject, on: date) -> bool:
    """Note the finding; ``False`` if it was found before."""
    key = {"rule": rule.id, "subject": " ".join(map(str, subject)), "last_day": on.isoformat()}
    known = exists().where(*(risk_finding.c[name] == value for name, value in key.items()))
    if act.connection.scalar(select(known)):
        return False
    add(act.connection, risk_finding, [{**key, "found_ms": act.now_ms}])
    return True


def _sentence(rule: RiskRule, subject: Subject, on: date, done: Sum) -> str:
    named = zip(_SUBJECT[rule.per], subject, strict=True)
    who = ", ".join(f"{name.removesuffix('_id')} {value}" for name, value in named if name != "member_id")
    time = f"on {on}" if rule.days == 1 else f"in the {rule.days} days up to {on}"
    limits = [(done.times, rule.times, "times"), (done.amount, rule.amount, "in all")]
    said = "; ".join(f"{found} {what}, more than {most}" for found, most, what in limits if most is not None)
    return f"Rule {rule.id}{', ' if who else ''}{who}, {time}: {said}."
