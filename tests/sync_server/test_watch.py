"""What is suspicious is listed once, whatever the order and number of tills, and stops nobody (RISK-1)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared_models.domain.programme import default_programme, to_plain
from shared_models.domain.risk import DEFAULT_RISK, Act
from shared_models.domain.sale import SaleConfirmed
from shared_models.orm import server as tables
from sync_server import setup, value_desk
from sync_server.jobs import watch
from sync_server.server import Server
from tests.sync_server import acts, valuables
from tests.sync_server.tables import count, rows
from tests.sync_server.till import Till


def alerts(server: Server) -> list[tuple[str, UUID | None]]:
    return [row for row in rows(server, tables.alert, "kind", "member_id") if str(row[0]).startswith(watch.ALERT)]


def rules(server: Server, *found: dict[str, Any]) -> None:
    setup.publish_programme(server, to_plain(default_programme(2)) | {"risk": list(found)})


def registered(till: Till, number: str = "M1") -> UUID:
    member = acts.member(till, number)
    till.register(member, acts.profile(phone=f"86138001{int(number[1:]):05}"))
    return member.member_id


def on(sale: SaleConfirmed, days: int, cashier: str = "ann") -> SaleConfirmed:
    return replace(sale, business_date=acts.DAY + timedelta(days=days), cashier_id=cashier)


def test_many_redemptions_of_one_member_at_two_tills_are_told_of_once(
    server: Server, enrol: Callable[..., Till]
) -> None:
    one, two = enrol("A", 1), enrol("B", 1)
    member_id = registered(one)
    one.append(acts.sale(one, 1, 500_000, member_id, earned=5_000))
    for number in range(3):
        one.append(acts.sale(one, number + 2, 1_000, member_id, redeemed=100))
        two.append(acts.sale(two, number + 1, 1_000, member_id, redeemed=100))
    one.pushed()
    assert watch.run(server) == 0
    two.pushed()
    assert watch.run(server) == 1
    assert alerts(server) == [("risk-redemption", member_id)]
    ((message, number),) = rows(server, tables.alert, "message", "number")
    assert (message, number) == (f"Rule redemptions-a-day, on {acts.DAY}: 6 times, more than 5.", two.facts[-1].number)
    two.append(acts.sale(two, 4, 1_000, member_id, redeemed=100))
    two.pushed()
    assert watch.run(server, chunk=1) == 0
    two.append(on(acts.sale(two, 5, 1_000, member_id, redeemed=100), 1))
    two.pushed()
    assert (watch.run(server), watch.run(server)) == (0, 0)


def test_a_sum_over_days_counts_what_arrives_late(server: Server, enrol: Callable[..., Till]) -> None:
    rules(server, {"id": "week", "act": "purchase", "per": "member", "days": 7, "amount": 3_000})
    one, two = enrol("A", 1), enrol("A", 2)
    member_id = registered(one)
    one.append(on(acts.sale(one, 1, 2_000, member_id), 6))
    one.append(on(acts.sale(one, 2, 2_000, member_id), 13))
    one.pushed()
    assert watch.run(server) == 0
    two.append(on(acts.sale(two, 1, 1_001, member_id), 0))
    two.append(replace(acts.sale(two, 2, 9_000, member_id), training=True))
    two.pushed()
    assert watch.run(server) == 0
    two.append(on(acts.sale(two, 3, 1, member_id), 6))
    two.pushed()
    assert watch.run(server) == 1
    assert [row[0] for row in rows(server, tables.risk_finding, "last_day")] == [str(acts.DAY + timedelta(days=6))]


def test_one_card_with_one_cashier_isnt_the_same_as_with_many(server: Server, till: Till) -> None:
    rules(server, {"id": "own", "act": "purchase", "per": "member_at_cashier", "times": 2})
    member_id, other = registered(till, "M1"), registered(till, "M2")
    for number, (who, cashier) in enumerate([(member_id, "ann"), (member_id, "bo"), (other, "ann"), (None, "ann")] * 2):
        till.append(on(acts.sale(till, number + 1, 1_000, who), 0, cashier))
    till.pushed()
    assert watch.run(server) == 0
    till.append(on(acts.sale(till, 9, 1_000, member_id), 0, "ann"))
    till.pushed()
    assert watch.run(server) == 1
    assert alerts(server) == [("risk-purchase", member_id)]
    ((message,),) = rows(server, tables.alert, "message")
    assert message == f"Rule own, store A, cashier ann, on {acts.DAY}: 3 times, more than 2."


def test_registrations_of_a_store_coupons_stored_value_and_corrections_are_counted(server: Server, till: Till) -> None:
    plain = valuables.programme() | {
        "risk": [
            {"id": "r", "act": "registration", "per": "store", "times": 2},
            {"id": "v", "act": "stored_value", "per": "cashier", "amount": 1_000},
            {"id": "a", "act": "adjustment", "per": "member", "days": 30, "times": 1},
            {"id": "c", "act": "coupon", "per": "store", "times": 0},
        ]
    }
    setup.publish_programme(server, plain)
    ids = [registered(till, f"M{number}") for number in range(3)]
    till.append(valuables.load(till, ids[0], 5_000))
    till.append(valuables.purchase(till, 1, ids[0], 1_001))
    till.append(valuables.with_coupon(acts.sale(till, 2), UUID(int=9)))
    till.pushed()
    for number in range(2):
        value_desk.correct_stored_value(server, UUID(int=70 + number), "M0", 100, reason="counted wrong", by="li")
    assert watch.run(server) == 4
    assert sorted(kind for kind, _ in alerts(server)) == [
        "risk-adjustment", "risk-coupon", "risk-registration", "risk-stored_value",
    ]  # fmt: skip
    assert watch.run(server) == 0


def test_returns_are_counted_by_cashier_and_member(server: Server, till: Till) -> None:
    rules(
        server,
        {"id": "m", "act": "return", "per": "member", "times": 1},
        {"id": "c", "act": "return", "per": "cashier", "amount": 3_000},
    )
    member_id = registered(till)
    for number in range(0, 6, 2):
        sold = acts.sale(till, number + 1, 1_000, member_id if number else None)
        till.append(sold)
        till.append(acts.returned(till, sold, number + 2))
    till.pushed()
    assert watch.run(server) == 1
    assert alerts(server) == [("risk-return", member_id)]
    sold = acts.sale(till, 7, 1_000)
    till.append(sold)
    till.append(acts.returned(till, sold, 8))
    till.pushed()
    assert watch.run(server) == 1
    assert ("risk-return", None) in alerts(server)


def test_without_rules_nothing_is_suspicious_and_the_usual_ones_hold_without_a_section(
    server: Server, till: Till
) -> None:
    assert server_rules(server) == DEFAULT_RISK
    assert {rule.act for rule in DEFAULT_RISK} == set(Act)
    rules(server)
    member_id = registered(till)
    for number in range(30):
        till.append(acts.sale(till, number + 1, 1_000, member_id))
    till.pushed()
    assert watch.run(server) == 0
    assert count(server, tables.watched) == 2


def test_workers_that_look_at_once_tell_it_once(server: Server, till: Till) -> None:
    rules(server, {"id": "x", "act": "purchase", "per": "member", "times": 3})
    members = [registered(till, f"M{number}") for number in range(5)]
    for number in range(40):
        till.append(acts.sale(till, number + 1, 1_000, members[number % 5]))
    till.pushed()
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: watch.run(server, chunk=7), range(3)))
    assert sum(found) == 5
    assert sorted(alerts(server), key=str) == sorted([("risk-purchase", each) for each in members], key=str)


@pytest.mark.parametrize(
    "rule",
    [
        {"id": "x", "act": "registration", "per": "member", "times": 1},
        {"id": "x", "act": "purchase", "per": "member"},
        {"id": "x", "act": "purchase", "per": "member", "times": 1, "days": 0},
        {"id": "x", "act": "return", "per": "till", "times": -1},
    ],
)
def test_a_rule_that_finds_nothing_is_refused(server: Server, rule: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="risk"):
        rules(server, rule)


def server_rules(server: Server) -> tuple[Any, ...]:
    with server.reading() as connection:
        return server.programme(connection).risk
