from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from shared_models.domain.facts import Side
from shared_models.orm import server as tables
from sync_server import setup
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.tables import count, counts, rows
from tests.sync_server.till import Till, problem


def test_facts_become_rows(server: Server, till: Till) -> None:
    shift_id = till.new_id()
    till.append(acts.shift_opened(till, shift_id))
    sale = acts.sale(till, 1)
    till.append(sale)
    last = till.append(acts.shift_closed(till, shift_id))

    answer = till.pushed()

    assert (answer.acknowledged, answer.hash, answer.quarantined) == (3, last.hash, [])
    assert rows(server, tables.sale, "sale_id", "number", "total_minor", "lines") == [(sale.sale_id, 2, 1_000, 1)]
    assert rows(server, tables.sale_line, "line", "product_id", "net_minor") == [(1, "P1", 1_000)]
    assert rows(server, tables.payment, "kind", "amount_minor") == [("cash", 1_000)]
    assert rows(server, tables.shift, "shift_id", "float_minor", "z_number", "over_short_minor") == [
        (shift_id, 20_000, 1, -50)
    ]
    assert count(server, tables.alert) == 0


def test_payload_bytes_are_kept_as_they_came(server: Server, till: Till) -> None:
    fact = till.append(acts.sale(till, 1))
    till.pushed()
    stored = rows(server, tables.fact, "incarnation", "number", "id", "hlc", "payload", "hash", "signature", "state")
    assert (
        till.incarnation, 1, fact.id, fact.hlc, fact.payload, fact.hash, fact.signature, "applied",
    ) in stored  # fmt: skip


def test_a_repeated_push_is_success_and_changes_nothing(server: Server, till: Till) -> None:
    member = acts.member(till)
    till.register(member, acts.profile())
    till.append(acts.sale(till, 1, member_id=member.member_id, earned=10))
    first = till.pushed()
    before = counts(server)
    assert till.pushed() == first
    assert counts(server) == before
    till.append(acts.sale(till, 2, member_id=member.member_id, earned=5))
    assert till.pushed().acknowledged == 3
    assert rows(server, tables.points_lot, "remaining") == [(10,), (5,)]


def test_an_empty_push_tells_the_head(till: Till) -> None:
    assert till.pushed([]).acknowledged == 0
    fact = till.append(acts.sale(till, 1))
    till.pushed()
    answer = till.pushed([])
    assert (answer.acknowledged, answer.hash) == (1, fact.hash)


def test_a_gap_is_answered_with_the_number_expected(server: Server, till: Till) -> None:
    for receipt in (1, 2, 3):
        till.append(acts.sale(till, receipt))
    till.pushed(till.facts[:1])
    before = counts(server)
    refused = problem(till.push(till.facts[2:]))
    assert (refused.code, refused.status, refused.expected) == ("gap", 409, 2)
    assert counts(server) == before
    assert till.pushed(till.facts[1:]).acknowledged == 3


def test_a_forged_signature_of_a_fact_is_refused(server: Server, till: Till) -> None:
    fact = till.append(acts.sale(till, 1))
    before = counts(server)
    refused = problem(till.push([replace(fact, signature=b"\1" * 64)]))
    assert (refused.code, refused.number) == ("signature-invalid", 1)
    assert counts(server) == before


@pytest.mark.parametrize("forge", ["hash", "payload", "previous"])
def test_a_forged_fact_breaks_the_chain(server: Server, till: Till, forge: str) -> None:
    till.append(acts.sale(till, 1))
    fact = till.append(acts.sale(till, 2))
    forged = {
        "hash": replace(fact, hash=b"\1" * 32),
        "payload": replace(fact, payload=fact.payload.replace(b"1000", b"9000")),
        "previous": till.sealed_fact(replace(fact, previous=b"\1" * 32)),
    }[forge]
    before = counts(server)
    refused = problem(till.push([till.facts[0], forged]))
    assert (refused.code, refused.status, refused.number) == ("broken-chain", 409, 2)
    assert counts(server) == before


def test_a_forged_fact_under_a_known_number_is_no_fork(server: Server, till: Till) -> None:
    fact = till.append(acts.sale(till, 1))
    till.pushed()
    assert problem(till.push([replace(fact, hash=b"\1" * 32)])).code == "broken-chain"
    stranger = till.clone()
    other = replace(stranger.sealed_fact(replace(fact, hlc=fact.hlc + 1)), signature=b"\1" * 64)
    assert problem(till.push([other])).code == "signature-invalid"
    assert count(server, tables.forked_fact) == 0


def test_numbers_that_jump_inside_a_batch(till: Till) -> None:
    for receipt in (1, 2, 3):
        till.append(acts.sale(till, receipt))
    refused = problem(till.push([till.facts[0], till.facts[2]]))
    assert (refused.code, refused.number) == ("broken-chain", 3)


def test_a_fork_freezes_the_device_and_keeps_the_evidence(server: Server, till: Till) -> None:
    till.append(acts.sale(till, 1))
    clone = till.clone()
    till.append(acts.sale(till, 2))
    till.pushed()
    other = clone.append(acts.sale(clone, 2, total_minor=99))
    before = counts(server)

    refused = problem(clone.push())

    assert (refused.code, refused.status, refused.number) == ("forked", 409, 2)
    assert rows(server, tables.forked_fact, "number", "hash") == [(2, other.hash)]
    assert ("frozen", 2) in rows(server, tables.device, "state", "frozen_at")
    assert [kind for (kind,) in rows(server, tables.alert, "kind")] == ["forked"]
    assert counts(server) == before | {"forked_fact": 1, "alert": 1, "fact": before["fact"] + 1}
    assert problem(clone.push()).code == "forked"
    assert counts(server) == before | {"forked_fact": 1, "alert": 1, "fact": before["fact"] + 1}


def test_freezing_never_stops_acceptance(server: Server, till: Till) -> None:
    till.append(acts.sale(till, 1))
    clone = till.clone()
    till.append(acts.sale(till, 2))
    till.pushed()
    clone.append(acts.sale(clone, 2, total_minor=99))
    clone.push()
    till.append(acts.sale(till, 3))
    assert till.pushed().acknowledged == 3
    assert count(server, tables.sale) == 3


def test_a_second_journal_with_the_same_numbers(server: Server, till: Till) -> None:
    """A till that lost its journal but kept its key and starts again from number 1."""
    till.append(acts.sale(till, 1))
    till.append(acts.sale(till, 2))
    till.pushed()
    second = replace(till.clone(), facts=[], sides=[])
    second.append(acts.sale(second, 1, total_minor=5))
    refused = problem(second.push())
    assert (refused.code, refused.number) == ("forked", 1)
    assert count(server, tables.sale) == 2


def test_quarantine_keeps_a_fact_whole_and_blocks_nothing(server: Server, till: Till) -> None:
    till.append(acts.sale(till, 1))
    garbage = till.append_raw("sale.confirmed", 1, b'{"sale_id": 5}', [Side(0, "note", b"s" * 32, b"personal")])
    till.append_raw("future.kind", 7, b"{}")
    till.append(acts.sale(till, 2))

    answer = till.pushed()

    assert (answer.acknowledged, answer.quarantined) == (4, [2, 3])
    assert count(server, tables.sale) == 2
    assert ("quarantined", garbage.payload) in rows(server, tables.fact, "state", "payload")
    assert rows(server, tables.side, "number", "name") == [(2, "note")]
    assert [kind for (kind,) in rows(server, tables.alert, "kind")] == ["quarantined"] * 2


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff", b"", b"[" * 200_000, b'"' + b"x" * 100 + b'"', b"\0", b"{}" * 3,
    ],
)  # fmt: skip
def test_any_bytes_as_a_payload_are_taken(till: Till, payload: bytes) -> None:
    till.append_raw("sale.confirmed", 1, payload)
    till.append(acts.sale(till, 1))
    answer = till.pushed()
    assert (answer.acknowledged, answer.quarantined) == (2, [1])


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        (b'"total_minor":1000', b'"total_minor":1000000000000000'),
        (b'"total_minor":1000', b'"total_minor":-99999999999999999999999999'),
        (b'"cashier_id":"ann"', b'"cashier_id":"a\\u0000n"'),
        (b'"receipt_code":"R1"', b'"receipt_code":"' + b"R" * 501 + b'"'),
        (b'"receipt_code":"R1"', b'"receipt_code":"' + b'\\"' * 501 + b'"'),
        (b'"redeemed_points":0', b'"redeemed_points":-100'),
        (b'"growth":10', b'"growth":-10'),
        (b'"points":"0"', b'"points":"1E+999999999"'),
        (b'"points":"0"', b'"points":"1E-999999999"'),
        (b'"points":"0"', b'"points":"NaN"'),
        (b'"points":"0"', b'"points":"-1"'),
        (b'"rate":"0.13"', b'"rate":"Infinity"'),
    ],
)  # fmt: skip
def test_what_no_database_could_hold_is_quarantined(server: Server, till: Till, written: bytes, instead: bytes) -> None:
    fact = till.append(acts.sale(till, 1, member_id=UUID(int=5)))
    assert fact.payload.count(written) == 1
    till.facts.clear()
    till.append_raw(fact.kind, fact.schema, fact.payload.replace(written, instead))
    till.append(acts.sale(till, 1))
    answer = till.pushed()
    assert (answer.acknowledged, answer.quarantined) == (2, [1])
    assert count(server, tables.sale) == 1


@pytest.mark.parametrize("what", ["spend", "total", "growth", "earned", "tax", "saved"])
def test_no_sale_is_so_large_that_the_next_one_does_not_fit(enrol: Callable[..., Till], what: str) -> None:
    """Figures that fit one by one and not together would keep honest tills from ever telling of that member again."""
    forger, honest = enrol("A", 1), enrol("A", 2)
    member = acts.member(forger)
    forger.register(member, acts.profile())
    large, many = 10**15 - 1, 9_223
    for receipt in range(1, 3):
        one = acts.sale(forger, receipt, member_id=member.member_id, earned=10)
        assert one.member is not None
        assert one.member.earned is not None
        line, payment = one.lines[0], one.payments[0]
        changed = {
            "spend": replace(one, payments=(replace(payment, amount_minor=large),) * (many - 1)),
            "total": replace(one, total_minor=large),
            "growth": replace(one, member=replace(one.member, growth=large)),
            "earned": replace(one, member=replace(one.member, earned=replace(one.member.earned, points=large))),
            "tax": replace(one, lines=(replace(line, tax_minor=large),) * many),
            "saved": replace(one, lines=(replace(line, gross_minor=large),) * many),
        }
        forger.append(changed[what])
    answer = forger.pushed()
    assert (answer.acknowledged, answer.quarantined) == (3, [2, 3])
    honest.append(acts.sale(honest, 1, 100_000, member_id=member.member_id, earned=10))
    assert honest.pushed().quarantined == []


def test_broken_rules_are_booked_with_an_alert(server: Server, till: Till) -> None:
    good = acts.sale(till, 1)
    till.append(replace(good, total_minor=900))
    till.append(replace(acts.sale(till, 7), lane=9))
    till.append(replace(good, receipt_number=8))
    till.append(acts.shift_closed(till, till.new_id(), z_number=4))

    assert till.pushed().quarantined == []

    assert rows(server, tables.sale, "receipt_number", "total_minor") == [(1, 900), (7, 1_000)]
    assert [(kind, number) for kind, number in rows(server, tables.alert, "kind", "number")] == [
        ("foreign-lane", 2), ("receipt-number", 2), ("sale-repeated", 3), ("sums", 1), ("sums", 1), ("z-number", 4),
    ]  # fmt: skip
    assert (8, 4) in rows(server, tables.device, "receipt_number", "z_number")


@pytest.mark.parametrize(("days", "alerts"), [(-400, []), (1, []), (2, ["clock"]), (400, ["clock"])])
def test_a_sale_of_a_day_to_come_is_looked_at(server: Server, till: Till, days: int, alerts: list[str]) -> None:
    till.append(replace(acts.sale(till, 1), business_date=acts.DAY + timedelta(days=days)))
    assert till.pushed().acknowledged == 1
    assert [kind for (kind,) in rows(server, tables.alert, "kind")] == alerts


def test_a_training_sale_touches_no_figure(server: Server, till: Till) -> None:
    till.append(replace(acts.sale(till, 1, member_id=UUID(int=5), earned=10), training=True))
    assert till.pushed().acknowledged == 1
    assert count(server, tables.sale) == count(server, tables.member) == count(server, tables.alert) == 0


def test_a_revoked_device_still_tells_what_it_sold(server: Server, till: Till) -> None:
    till.append(acts.sale(till, 1))
    setup.revoke(server, till.incarnation)
    assert till.pushed().acknowledged == 1
    assert count(server, tables.sale) == 1
    assert [kind for (kind,) in rows(server, tables.alert, "kind")] == ["after-revocation"]
    refused = problem(till.pull())
    assert (refused.code, refused.status) == ("device-revoked", 403)


def test_a_new_incarnation_of_a_lane_goes_on(server: Server, enrol: Callable[..., Till]) -> None:
    first = enrol("A", 3)
    first.append(acts.sale(first, 1))
    first.append(acts.sale(first, 2))
    first.append(acts.shift_closed(first, first.new_id(), z_number=1))
    first.pushed()
    second = enrol("A", 3)
    assert (second.identity.receipt_number, second.identity.z_number) == (2, 1), "it never pulled: nobody sold there"
    assert second.incarnation != first.incarnation
    second.append(acts.sale(second, 3))
    assert second.pushed().acknowledged == 1
    assert count(server, tables.alert) == 0
