"""A till by somebody else: written from docs/protocol.md and the golden messages alone.

Nothing of Tillpoint is imported, so that the page is proved to be enough. It keeps everything in memory and knows no
programme: the caller says what a sale earns. What a till must do it does by itself: its chain and signatures, the
requests, the replica with ``counted``, and whatever the page says of each problem.
"""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import msgspec
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.protocol.outsider_journal import (
    Fact,
    Journal,
    after_sale,
    b64,
    commitment,
    member_number,
    receipt_code,
    sha256,
    to_json,
    uuid7,
)

MESSAGEPACK = "application/vnd.msgpack"
MOST_BYTES, MOST_FACTS, MOST_TIMES_BACK = 16 * 1024 * 1024, 500, 3
UPDATE_NEEDED = {"bad-message", "unsupported-version", "too-large", "not-found", "method-not-allowed"}
ENROL_AGAIN = {"signature-invalid", "device-unknown"}
JOURNAL_REFUSED = {"broken-chain", "forked"}


class Problem(Exception):
    """The server's own refusal, with the members of its problem document."""

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document.get("detail", ""))
        self.document = document
        self.code: str = document["type"].removeprefix("/problems/")


class Away(Exception):
    """No answer, or one that isn't our server's: the facts are kept, and the till tries again later."""


@dataclass
class Row:
    version: int
    counted: int
    doc: dict[str, Any]


@dataclass
class Replica:
    cursor: dict[str, Any] | None = None
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)

    def take(self, answer: dict[str, Any]) -> None:
        for kind, key, version, counted, deleted, doc in answer["rows"]:
            if deleted:
                self.rows.pop((kind, key), None)
            else:
                self.rows[kind, key] = Row(version, counted, json.loads(doc))
        self.cursor = answer["cursor"]


class Till:
    """One enrolled till. ``trouble`` is the code to tell the shop, "" when all is well."""

    def __init__(self, url: str, code: str, today: date, key: Ed25519PrivateKey | None = None) -> None:
        self.url, self.today, self.nonce = url, today, b""
        self.key = key or Ed25519PrivateKey.generate()
        public = self.key.public_key().public_bytes_raw()
        self.enrolment = self.ask("enrol", {"v": 1, "code": code, "public_key": public, "software": "outsider"})
        self.journal = Journal(UUID(self.enrolment["incarnation"]), self.key)
        self.replica = Replica()
        self.next_replica: Replica | None = None
        self.acknowledged, self.times_back = 0, 0
        self.trouble, self.syncs, self.pushes, self.redeems = "", True, True, True
        self.receipt_number, self.z_number = self.enrolment["receipt_number"], self.enrolment["z_number"]
        self.shift: dict[str, Any] = {}

    # Requests

    def ask(self, name: str, message: dict[str, Any]) -> dict[str, Any]:
        body = zstandard.compress(msgspec.msgpack.encode(message))
        headers = {"Content-Type": MESSAGEPACK, "Content-Encoding": "zstd", "Accept-Encoding": "zstd"}
        if self.nonce and name not in ("enrol", "hello"):
            headers["Tillpoint-Incarnation"] = str(self.journal.incarnation)
            headers["Tillpoint-Nonce"] = b64(self.nonce)
            headers["Tillpoint-Signature"] = b64(self.key.sign(self.to_sign(name, body)))
        request = urllib.request.Request(f"{self.url}/v1/{name}", body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return self.read(answer.headers, answer.read(MOST_BYTES + 1))
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise self.problem(refusal.headers, refusal.read(MOST_BYTES + 1)) from None
        except (OSError, http.client.HTTPException) as error:
            raise Away(str(error)) from error

    def to_sign(self, name: str, body: bytes) -> bytes:
        return b"tillpoint.request.1\0" + self.nonce + f"POST /v1/{name}\0".encode() + sha256(body)

    @staticmethod
    def plain(headers: Any, body: bytes) -> bytes:
        if headers.get("Content-Encoding") == "zstd":
            try:
                return zstandard.ZstdDecompressor().stream_reader(body).read(MOST_BYTES)
            except zstandard.ZstdError as error:
                raise Away("the answer is garbage") from error
        return body

    def read(self, headers: Any, body: bytes) -> dict[str, Any]:
        try:
            message = msgspec.msgpack.decode(self.plain(headers, body))
        except (msgspec.DecodeError, ValueError) as error:
            raise Away("the answer is garbage") from error
        if headers.get_content_type() != MESSAGEPACK or not isinstance(message, dict) or "v" not in message:
            raise Away("the answer isn't our server's")
        if message["v"] != 1:
            raise Problem({"type": "/problems/unsupported-version"})
        return message

    def problem(self, headers: Any, body: bytes) -> Problem | Away:
        try:
            document = json.loads(self.plain(headers, body))
        except ValueError:
            return Away("the refusal is garbage")
        ours = headers.get_content_type() == "application/problem+json" and isinstance(document, dict)
        return Problem(document) if ours and "type" in document else Away("the refusal isn't our server's")

    def signed(self, name: str, message: dict[str, Any]) -> dict[str, Any]:
        try:
            if not self.nonce:
                self.hello()
            return self.ask(name, message)
        except Problem as problem:
            if problem.code != "nonce-expired":
                raise
        self.hello()
        return self.ask(name, message)

    def hello(self) -> None:
        self.nonce = self.ask("hello", {"v": 1, "incarnation": str(self.journal.incarnation)})["nonce"]

    # The cycle

    def sync(self, limit: int = 5000) -> None:
        """Push what is unsent and pull until there is no more. A problem ends in ``trouble``; raise ``Away``."""
        self.times_back, pushed = 0, False
        self.trouble = "" if self.syncs and self.pushes else self.trouble
        try:
            while self.syncs and self.pushes and not (pushed and self.acknowledged == len(self.journal.facts)):
                self.push(self.acknowledged)
                pushed = True
            while self.syncs and self.pull(limit):
                pass
        except Problem as problem:
            self.face(problem)

    def face(self, problem: Problem) -> None:
        self.trouble = problem.code
        if problem.code in UPDATE_NEEDED:
            self.syncs = False
        elif problem.code in JOURNAL_REFUSED:
            self.pushes = self.redeems = False
        elif problem.code == "device-revoked" or problem.code in ENROL_AGAIN:
            self.redeems = False

    def push(self, after: int) -> None:
        """One batch, empty if nothing is unsent. A gap sends back to the number expected."""
        facts = self.journal.facts[after : after + MOST_FACTS]
        while len(facts) > 1 and sum(len(fact.payload) for fact in facts) > MOST_BYTES // 4:
            facts = facts[: len(facts) // 2]
        try:
            acknowledged = self.agreed(self.signed("push", self.batch(facts)))
        except Problem as problem:
            if problem.code != "gap":
                raise
            acknowledged = problem.document["expected"] - 1
        self.told(acknowledged)
        if acknowledged < after + len(facts):
            self.times_back += 1
            if self.times_back > MOST_TIMES_BACK:
                raise Away("the server sends us back again and again")

    def batch(self, facts: list[Fact]) -> dict[str, Any]:
        numbers = {fact.number for fact in facts}
        sides = [side for side in self.journal.sides if side[0] in numbers]
        return {"v": 1, "incarnation": str(self.journal.incarnation), "facts": [fact.row() for fact in facts],
                "sides": sides, "software": "outsider"}  # fmt: skip

    def agreed(self, answer: dict[str, Any]) -> int:
        """The number acknowledged; a ``Problem`` if the server has another fact than ours under it."""
        number: int = answer["acknowledged"]
        if 0 < number <= len(self.journal.facts) and self.journal.facts[number - 1].hash != answer["hash"]:
            raise Problem({"type": "/problems/forked", "number": number})
        return number

    def told(self, acknowledged: int) -> None:
        """Where the server stands. Above our own head: our journal was restored from a backup."""
        if acknowledged > len(self.journal.facts):
            self.trouble, self.redeems, self.pushes = "restored", False, False
        self.acknowledged = min(acknowledged, len(self.journal.facts))

    def pull(self, limit: int) -> bool:
        """One page; True if there is more. After ``cursor-unknown`` the old rows stay until the new ones are whole."""
        replica = self.next_replica or self.replica
        try:
            answer = self.signed("pull", {"v": 1, "cursor": replica.cursor, "limit": limit})
        except Problem as problem:
            if problem.code != "cursor-unknown" or replica.cursor is None:
                raise
            self.next_replica = Replica()
            return True
        replica.take(answer)
        if not self.acknowledged <= answer["acknowledged"] <= len(self.journal.facts):
            self.told(answer["acknowledged"])
        if not answer["more"] and self.next_replica:
            self.replica, self.next_replica = self.next_replica, None
        return bool(answer["more"])

    # What the shop does

    def points(self, member_id: str) -> int:
        """The balance: the row, and folded over it the own facts that it doesn't count yet."""
        row = self.replica.rows.get(("member", member_id), Row(0, 0, {}))
        account = row.doc.get("lots", []), row.doc.get("debt", 0)
        for fact in self.journal.facts[row.counted :]:
            payload = json.loads(fact.payload)
            if fact.kind == "sale.confirmed" and (payload.get("member") or {}).get("id") == member_id:
                account = after_sale(account, payload)
        valid: list[int] = [lot[1] for lot in account[0] if lot[2] >= self.today.isoformat()]
        return sum(valid) - int(account[1])

    def at_shift(self) -> dict[str, Any]:
        return {key: self.shift[key] for key in ("shift_id", "store_id", "lane", "cashier_id", "business_date")}

    def open_shift(self, cashier_id: str, float_minor: int, currency: str) -> None:
        self.shift = {"shift_id": str(uuid7()), "store_id": self.enrolment["store_id"], "lane": self.enrolment["lane"],
                      "cashier_id": cashier_id, "business_date": self.today.isoformat(), "currency": currency,
                      "float_minor": float_minor}  # fmt: skip
        self.journal.append("shift.opened", self.shift)
        self.sales, self.takings_minor, self.cash_minor = 0, 0, float_minor

    def register(self, name: str, phone: str) -> str:
        body = to_json({"name": name, "phone": phone, "birthday": "05-20"})
        salt, member_id = os.urandom(32), str(uuid7())
        payload = {"member_id": member_id, "number": member_number(), "store_id": self.enrolment["store_id"],
                   "profile": b64(commitment(salt, body)), "notice_version": "2026-11", "consents": ["marketing"],
                   "source": "till", "registered_on": self.today.isoformat(), "made_up": True}  # fmt: skip
        self.journal.append("member.registered", payload, ("profile", salt, body))
        return member_id

    def sell(
        self, product_id: str, pieces: int, *, member_id: str = "", redeem: int = 0, earn: int = 0, good_until: str = ""
    ) -> Fact:
        """One line of one product, tax included, a point worth one minor unit; the rest is paid in cash exactly."""
        if redeem and (not self.redeems or redeem > self.points(member_id)):
            raise ValueError("there aren't as many points to redeem")
        self.receipt_number += 1
        line, taxed = self.line(self.replica.rows["product", product_id].doc, pieces)
        total, member = line["net_minor"], None
        cash = total - redeem
        payments = [self.payment("points", redeem, redeem)] if redeem else []
        payments += [self.payment("cash", cash)] if cash else []
        if member_id:
            lot = {"lot_id": str(uuid7()), "points": earn, "expires_on": good_until, "base_minor": cash,
                   "multiplier": "1"}  # fmt: skip
            member = {"id": member_id, "earned": lot if earn else None, "redeemed_points": redeem, "growth": earn}
        payload = {"sale_id": str(uuid7()), **self.at_shift(), "currency": self.shift["currency"],
                   "receipt_number": self.receipt_number, "receipt_code": receipt_code(), "prices_include_tax": True,
                   "inputs": self.inputs(member_id), "lines": [line], "taxes": [taxed], "rounding_minor": 0,
                   "total_minor": total, "payments": payments, "member": member}  # fmt: skip
        self.sales, self.takings_minor = self.sales + 1, self.takings_minor + total
        self.cash_minor += cash
        return self.journal.append("sale.confirmed", payload)

    def line(self, product: dict[str, Any], pieces: int) -> tuple[dict[str, Any], dict[str, Any]]:
        net, rate = product["price_minor"] * pieces, self.programme["taxes"][product["tax"]]
        without = int((net / (1 + Decimal(rate))).quantize(Decimal(1), ROUND_HALF_UP))
        line = {"number": 1, "product_id": product["id"], "code": product["codes"][0], "name": product["names"]["en"],
                "quantity_milli": pieces * 1000, "unit": product.get("unit", "each"),
                "unit_price_minor": product["price_minor"], "gross_minor": net, "adjustments": [], "net_minor": net,
                "tax_code": product["tax"], "tax_minor": net - without}  # fmt: skip
        return line, {"code": product["tax"], "rate": rate, "base_minor": without, "tax_minor": net - without}

    def inputs(self, member_id: str) -> dict[str, Any]:
        row = self.replica.rows.get(("member", member_id))
        return {"engine": "outsider", "programme_version": self.programme["version"],
                "catalogue_version": self.replica.cursor["version"] if self.replica.cursor else 0,
                "tier": row.doc["tier"] if row else None, "member_version": row.version if row else None,
                "points_seen": self.points(member_id) if member_id else None}  # fmt: skip

    @property
    def programme(self) -> dict[str, Any]:
        return self.replica.rows["programme", "current"].doc

    @staticmethod
    def payment(kind: str, amount_minor: int, points: int = 0) -> dict[str, Any]:
        return {"id": str(uuid7()), "kind": kind, "state": "captured", "amount_minor": amount_minor,
                "tendered_minor": 0 if points else amount_minor, "change_minor": 0, "points": points}  # fmt: skip

    def close_shift(self) -> None:
        self.z_number += 1
        counted = {"z_number": self.z_number, "sales": self.sales, "takings_minor": self.takings_minor,
                   "expected_cash_minor": self.cash_minor, "counted_cash_minor": self.cash_minor,
                   "over_short_minor": 0}  # fmt: skip
        self.journal.append("shift.closed", {**self.at_shift(), **counted})
