"""Journals as each revision's version wrote them: its own statements, with the golden facts of the first messages.

What is here is never changed: files like these lie in shops. A revision after which a till writes other statements
adds its own.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import msgspec

from pos_client.store.database import Database, Durability, Files
from pos_client.store.migrating import upgrade
from shared_models.domain.effects import effect_of
from shared_models.domain.facts import Fact, fact_hash, head_message
from shared_models.domain.sale import SaleConfirmed
from shared_models.wire import facts as wire
from shared_models.wire import messages
from tests.pos_client.store.books import KEY
from tests.shared_models.wire import examples, goldens

_META = "INSERT INTO main.meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
_FACT = (
    "INSERT INTO fact (number, id, hlc, kind, schema, payload, previous, hash, signature)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SIDE = "INSERT INTO side (number, name, salt, body) VALUES (?, ?, ?, ?)"
_SHIFT = (
    "INSERT INTO shift (id, cashier_id, business_date, opened_number, float_minor, cash_minor, takings_minor,"
    " sales) VALUES (?, ?, ?, ?, ?, 0, 0, 0)"
)
_SOLD = (
    "UPDATE shift SET cash_minor = cash_minor + ?, takings_minor = takings_minor + ?, sales = sales + 1 WHERE id = ?"
)
_PRINT = (
    "INSERT INTO print_job (number, fact_number, state, attempts, message, document) VALUES (?, ?, 'queued', 0, '', ?)"
)
_OPEN = "INSERT INTO open_sale (id, state, doc, changed_hlc) VALUES (?, 'entering', ?, 1)"
_ATTEMPT = "INSERT INTO payment_attempt (id, sale_id, kind, state, amount_minor, reference) VALUES (?, ?, ?, ?, ?, '')"
_SIGN_IN = "INSERT INTO sign_in_attempt (staff_id, failures, locked_until_ms) VALUES ('c1', 2, 0)"
_EFFECT = {
    "j001": "INSERT OR IGNORE INTO effect (number, member_id, booked_on, lot_id, earned_points, expires_on,"
    " redeemed_points, growth, spend_minor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "j002": "INSERT OR IGNORE INTO effect (number, member_id, booked_on, lot_id, earned_points, expires_on,"
    " redeemed_points, growth, spend_minor, doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
}


def golden_facts() -> list[Fact]:
    push = messages.decode(goldens.body(1, "push-request"), messages.PushRequest)
    return [messages.fact_of(fact, push.incarnation) for fact in push.facts]


def write(path: Path, revision: str) -> None:
    """A journal of that revision: a shift, a member, a sale and an open one, all unsent."""
    database = Files().open(path, KEY, Durability.FULL)
    upgrade(database, "journal", revision)
    push = messages.decode(goldens.body(1, "push-request"), messages.PushRequest)
    with database.transaction():
        for key, value in (
            ("incarnation", examples.INCARNATION.bytes), ("store_id", b"s1"), ("lane", b"3"),
            ("public_key", examples.PUBLIC_KEY), ("first_receipt_number", b"42"), ("first_z_number", b"9"),
            ("receipt_number", b"41"), ("z_number", b"8"), ("epoch", b"1"), ("last_contact_ms", b"1795500000000"),
        ):  # fmt: skip
            database.run(_META, (key, value))
        for side in push.sides:
            database.run(_SIDE, (side.number, side.name, side.salt, side.body))
        database.run(_SIGN_IN)
        database.run(_OPEN, (bytes(16), b"{}"))
        database.run(_ATTEMPT, (b"a" * 16, bytes(16), "cash", "requested", 100))
    for fact in golden_facts():
        add(database, revision, fact)
    database.close()


def add(database: Database, revision: str, fact: Fact) -> None:
    """Commit ``fact`` with what follows from it."""
    with database.transaction():
        database.run(
            _FACT,
            (
                fact.number, fact.id.bytes, fact.hlc, fact.kind, fact.schema, fact.payload, fact.previous, fact.hash,
                fact.signature,
            ),
        )  # fmt: skip
        plain = msgspec.json.decode(fact.payload)
        match fact.kind:
            case "shift.opened":
                shift_id = UUID(plain["shift_id"]).bytes
                database.run(
                    _SHIFT,
                    (shift_id, plain["cashier_id"], plain["business_date"], fact.number, plain["float_minor"]),
                )
            case "shift.closed":
                database.run(_META, ("z_number", str(plain["z_number"]).encode()))
                database.run("UPDATE shift SET closed_number = ?", (fact.number,))
            case "sale.confirmed":
                database.run(_META, ("receipt_number", str(plain["receipt_number"]).encode()))
                cash = sum(paid["amount_minor"] for paid in plain["payments"] if paid["kind"] == "cash")
                database.run(_SOLD, (cash, cash, UUID(plain["shift_id"]).bytes))
                database.run(_PRINT, (fact.number, fact.number, b"{}"))
                _add_effect(database, revision, fact)


def _add_effect(database: Database, revision: str, fact: Fact) -> None:
    sale = wire.decode(fact)
    assert isinstance(sale, SaleConfirmed)
    effect = effect_of(sale)
    if effect is None:
        return
    assert effect.earned is not None
    known = max(one for one in _EFFECT if one <= revision)
    values: list[object] = [
        fact.number, effect.member_id.bytes, effect.on.isoformat(), effect.earned.id.bytes, effect.earned.points,
        effect.earned.expires_on.isoformat(), effect.redeemed_points, effect.growth, effect.spend_minor,
    ]  # fmt: skip
    database.run(_EFFECT[known], values if known == "j001" else [*values, msgspec.json.encode(effect)])


def next_sale(last: Fact) -> Fact:
    """The golden sale once more, as the next of the lane and the journal."""
    golden = golden_facts()[2]
    payload = golden.payload
    for old, new in (
        (b'"receipt_number":42', b'"receipt_number":43'), (b"0051", b"0061"), (b"0052", b"0062"), (b"0053", b"0063"),
        (b"0054", b"0064"),
    ):  # fmt: skip
        assert payload.count(old) == 1
        payload = payload.replace(old, new)
    unsealed = replace(
        golden, id=UUID(int=last.id.int + 16), number=last.number + 1, hlc=last.hlc + 1, payload=payload,
        previous=last.hash,
    )  # fmt: skip
    hash_ = fact_hash(
        id=unsealed.id, incarnation=unsealed.incarnation, number=unsealed.number, hlc=unsealed.hlc, kind=unsealed.kind,
        schema=unsealed.schema, payload=payload, previous=unsealed.previous,
    )  # fmt: skip
    signature = examples.KEY.sign(head_message(unsealed.incarnation, unsealed.number, hash_))
    return replace(unsealed, hash=hash_, signature=signature)
