"""The auditor's own arithmetic comes to what the server shows, whatever tills did."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from pos_client.app.refusals import ReturnsStale, UnknownReceipt
from shared_models.domain import points
from shared_models.domain.clock import utc
from shared_models.domain.facts import Fact
from shared_models.domain.returns import ReturnRefused
from shared_models.orm.server import member, points_lot, sale_return
from shared_models.wire import fact_file
from shared_models.wire.fact_file import DeviceRecord
from sync_server.journal_export import export
from sync_server.ledger.member_rows import read_members
from tests.pos_client.world import BREAD, COLA, MANAGER, MILK, PIN, RICE, TillAtWork, World, import_member
from tests.sync_server.tables import count
from tests.tillpoint.audit.conftest import Run
from tillpoint.audit.account import add_up, member_account
from tillpoint.audit.keys import KeyRing
from tillpoint.audit.sources import Told

RunJson = Callable[..., tuple[int, Any]]
DAY_MS = 86_400_000
MEMBER = UUID(int=5)


def exported(world: World) -> Path:
    path = world.folder / "facts.tpf"
    with path.open("wb") as file:
        export(world.server, file, personal=False)
    return path


LONG, SHORT = (1_000, 60_000, DAY_MS, 20 * DAY_MS), (1_000, 60_000, DAY_MS)
"""Steps of time: over a year and a half, or over the days in which goods come back."""


def play(
    world: World, chance: random.Random, tills: list[TillAtWork], members: list[UUID], steps: tuple[int, ...]
) -> None:
    """Sales, redemptions, returns and syncs in any order."""
    codes: list[str] = []
    for _ in range(40):
        world.clock.ms += chance.choice(steps)
        till = chance.choice(tills)
        if chance.random() < 0.3:
            till.sync()
            continue
        if codes and steps == SHORT and chance.random() < 0.5:
            bring_back(chance, till, chance.choice(codes[-5:]))
            continue
        goods = chance.choices((MILK, BREAD, COLA, RICE), k=chance.randrange(1, 4))
        for one in goods:
            till.till.enter(one.codes[0])
        till.till.attach_member(chance.choice(members))
        due = till.till.start_payment()
        if due.points is not None and due.points.max_points and chance.random() < 0.7:
            due = till.till.redeem_points(due.points.max_points)
        codes.append(till.pay(due.due_minor).receipt_code)
    for till in tills:
        world.clock.ms += 1
        till.sync()


def bring_back(chance: random.Random, till: TillAtWork, code: str) -> None:
    """A part of the sale, or all; where the till doesn't know it, or of nothing left, nothing."""
    try:
        view = till.till.begin_return(code)
        if chance.random() < 0.5:
            till.till.choose_all_to_return()
        else:
            till.till.choose_to_return(chance.choice(view.lines).number, 1_000)
        till.till.confirm_return("other", MANAGER, PIN)
    except (UnknownReceipt, ReturnRefused, ReturnsStale):
        till.till.drop_return()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("steps", [LONG, SHORT])
def test_it_comes_to_what_the_server_shows(world: World, seed: int, steps: tuple[int, ...]) -> None:
    members = [import_member(world, 42 + n, "李雷", f"1380013804{n}") for n in range(2)]
    tills = [world.open(name, seed=seed) for name in ("one", "two")]
    for till in tills:
        till.sync()
        till.start_day()
    play(world, random.Random(seed), tills, members, steps)
    for till in tills:
        till.close()
    path = exported(world)
    shown = 0
    for member_id in members:
        with world.server.reading() as connection:
            found = read_members(connection, {member_id})[member_id].view
        for on in (utc(world.clock.ms).date(), date(2027, 12, 31), date(2028, 1, 1), date(2029, 6, 1)):
            account, lost = member_account([path], KeyRing(), str(member_id), on.isoformat())
            assert account.balance(on.isoformat()) == points.balance(found.account, on)
            assert account.debt == found.account.debt
            assert account.growth == found.standing.growth
            left = sorted((lot.expires_on, lot.id, lot.left) for lot in account.lots if lot.left)
            assert left == [(lot.expires_on.isoformat(), str(lot.id), lot.points) for lot in found.account.lots]
            assert (lost, account.not_counted) == ([], [])
            assert sum(entry.points for entry in account.entries) == account.entries[-1].balance
            assert account.entries[-1].balance == account.balance(on.isoformat())
            shown += len(account.entries)
    assert shown > 60
    assert (steps == SHORT) == (count(world.server, sale_return) > 0)


def test_from_the_tills_journals_alone(
    world: World, counter: TillAtWork, run: Run, run_json: RunJson, server_home: Path
) -> None:
    """Without the server's export: two journals, by member number."""
    hit = counter.till.register_member("王芳", "13800138042", made_up=True)
    counter.sell(RICE.codes[0], member=hit.id)
    counter.sync()
    other = world.open("two")
    other.sync()
    other.start_day()
    world.clock.ms += DAY_MS
    other.sell(RICE.codes[0], member=hit.id, points=200)
    other.sync()
    status, told = run_json(
        "journal", "account", counter.home, other.home, "--member", hit.number, "--on", "2026-12-01"
    )
    with world.server.reading() as connection:
        found = read_members(connection, {hit.id})[hit.id].view
        debt = connection.scalar(select(member.c.debt).where(member.c.id == hit.id))
        left = connection.scalars(select(points_lot.c.remaining).where(points_lot.c.member_id == hit.id)).all()
    assert (status, told["member"], told["points"]) == (
        0,
        str(hit.id),
        points.balance(found.account, date(2026, 12, 1)),
    )
    assert (told["debt"], sorted(lot["points"] for lot in told["lots"])) == (debt, sorted(filter(None, left)))
    assert [entry["what"] for entry in told["entries"]] == [
        "registered",
        "receipt 1, lane 1: paid 28500, 285 points earned",
        "receipt 1, lane 2: paid 28300, 200 points redeemed, 283 points earned",
    ]
    assert [entry["balance"] for entry in told["entries"]] == [0, 285, 368]
    status, said = run("journal", "account", counter.home, other.home, "--member", str(hit.id), "--on", "2026-12-01")
    assert status == 0
    assert f"On 2026-12-01 member {hit.id} has 368 points, 0 pending; growth" in said
    assert run("journal", "account", counter.home, "--member", "123")[0] == 1
    assert run("journal", "account", counter.home, "--member", str(UUID(int=9)))[0] == 1
    other.close()


def test_a_sale_told_again_by_another_device_counts_once(world: World, tmp_path: Path) -> None:
    """As when a lane goes on in a new journal: the same fact may be in an export twice."""
    device = DeviceRecord(incarnation=UUID(int=1), store_id="A", lane=1, public_key=bytes(32), sides=False)
    sales = [told(number, "sale.confirmed", a_sale(number, "2026-01-05", 100)) for number in (1, 2)]
    retold = [
        {
            "incarnation": str(UUID(int=1)), "number": one.fact.number, "hlc": one.fact.hlc, "kind": one.fact.kind,
            "payload": base64.b64encode(one.fact.payload).decode(),
        }
        for one in sales
    ]  # fmt: skip
    wrapped = [told(number, "fact.retold", plain) for number, plain in enumerate(retold, 1)]
    path = tmp_path / "facts.tpf"
    parts = [fact_file.MAGIC, fact_file.device_record(device), fact_file.fact_record(whole(sales[0]), [], 7)]
    other = DeviceRecord(incarnation=UUID(int=2), store_id="A", lane=1, public_key=bytes(32), sides=False)
    parts += [fact_file.device_record(other), *(fact_file.fact_record(whole(one), [], 9) for one in wrapped)]
    path.write_bytes(b"".join(parts))
    account, lost = member_account([path], KeyRing(), str(MEMBER), "2026-01-06")
    assert (account.balance("2026-01-06"), account.not_counted, lost) == (200, [], [])


def whole(one: Told) -> Fact:
    return replace(one.fact, previous=bytes(32), hash=bytes(32), signature=bytes(64))


def told(number: int, kind: str, payload: dict[str, Any], state: str = "") -> Told:
    body = json.dumps(payload).encode()
    fact = Fact(UUID(int=number), UUID(int=1), number, number << 16, kind, 1, body, b"", b"", b"")
    return Told(fact, [], number, state)


def a_sale(number: int, on: str, earned: int = 0, expires_on: str = "2027-12-31", **more: Any) -> dict[str, Any]:
    lot = {"lot_id": str(UUID(int=number)), "points": earned, "expires_on": expires_on, **more.pop("lot", {})}
    return {
        "sale_id": str(UUID(int=number)), "receipt_number": number, "lane": 1, "business_date": on, "payments": [],
        "member": {"id": str(MEMBER), "earned": lot if earned else None, "redeemed_points": more.pop("redeemed", 0)},
        **more,
    }  # fmt: skip


def test_points_expire_begin_and_are_owed_on_their_days() -> None:
    facts = [
        told(1, "sale.confirmed", a_sale(1, "2026-01-05", 100, "2026-06-30")),
        told(2, "sale.confirmed", a_sale(2, "2026-01-06", 50, lot={"available_on": "2026-02-01"})),
        told(3, "sale.confirmed", a_sale(3, "2026-01-07", redeemed=120)),
        told(4, "sale.confirmed", a_sale(4, "2026-09-01", redeemed=50)),
        told(5, "sale.confirmed", a_sale(5, "2026-09-02", 30)),
    ]
    account = add_up(facts, str(MEMBER), "2028-01-01")
    assert [(entry.on, entry.points, entry.balance) for entry in account.entries] == [
        ("2026-01-05", 100, 100),
        ("2026-01-06", 0, 100),
        ("2026-01-07", -100, 0),
        ("2026-02-01", 30, 30),
        ("2026-09-01", -50, -20),
        ("2026-09-02", 30, 10),
        ("2027-12-31", -10, 0),
    ]
    early = add_up(facts[:2], str(MEMBER), "2026-07-01")
    assert [(entry.on, entry.what, entry.balance) for entry in early.entries][2:] == [
        ("2026-02-01", "50 points can be spent from now on", 150),
        ("2026-06-30", "100 points expired", 50),
    ]


def test_what_counts_nowhere_is_named() -> None:
    again = a_sale(1, "2026-01-05", 100)
    facts = [
        told(1, "sale.confirmed", again),
        told(2, "sale.confirmed", again),
        told(3, "sale.confirmed", a_sale(3, "2026-01-05", 5, training=True)),
        told(4, "sale.confirmed", a_sale(4, "2026-01-05", 7), state="quarantined"),
        told(5, "member.hugged", {"member_id": str(MEMBER)}),
        told(6, "sale.confirmed", {"member": {"id": str(MEMBER)}, "sale_id": "x"}),
    ]
    account = add_up(facts, str(MEMBER), "2026-01-06")
    assert (account.balance("2026-01-06"), len(account.not_counted)) == (100, 5)
    assert "member.hugged names the member" in account.not_counted[3]


def test_stored_value_and_coupons_are_followed() -> None:
    paid = {"state": "captured", "kind": "stored_value", "amount_minor": 70_00, "bonus_minor": 5_00}
    declined = {"state": "declined", "kind": "stored_value", "amount_minor": 70_00}
    coupon = {"id": str(UUID(int=77)), "member_id": str(MEMBER)}
    loaded = {
        "member_id": str(MEMBER),
        "business_date": "2026-01-01",
        "amount_minor": 100_00,
        "bonus": [{"minor": 9_00}],
    }
    facts = [
        told(1, "stored_value.loaded", loaded),
        told(2, "coupon.issued", {"issued_on": "2026-01-02", "rule": "welcome", "coupons": [coupon]}),
        told(3, "sale.confirmed", a_sale(3, "2026-01-03", payments=[paid, declined], coupons=[coupon])),
        told(4, "stored_value.corrected", {"member_id": str(MEMBER), "booked_on": "2026-01-04", "principal_minor": -1}),
    ]
    account = add_up(facts[:2], str(MEMBER), "2026-01-05")
    assert (account.principal_minor, account.bonus_minor, account.coupons) == (100_00, 9_00, [coupon["id"]])
    account = add_up(facts, str(MEMBER), "2026-01-05")
    assert (account.principal_minor, account.bonus_minor, account.coupons) == (34_99, 4_00, [])
    assert (account.spent_minor, account.not_counted) == (70_00, [])


def test_a_loan_to_a_till_moves_nothing() -> None:
    plain = {
        "lease": str(UUID(int=1)),
        "incarnation": str(UUID(int=2)),
        "kind": "points",
        "key": str(MEMBER),
        "amount": 300,
        "epoch": 1,
    }
    lent = Told(Fact(UUID(int=3), UUID(int=4), 1, 1, "lease.granted", 1, json.dumps(plain).encode(), b"", b"", b""), [])
    account = add_up([lent], str(MEMBER), "2026-06-01")
    assert (account.entries, account.not_counted, account.balance("2026-06-01")) == ([], [], 0)
