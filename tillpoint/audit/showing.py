"""Facts as lines of a table, or one in full."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared_models.domain.clock import wall_ms
from tillpoint.audit.keys import KeyRing
from tillpoint.audit.sources import Lost, Told, read


@dataclass(frozen=True, slots=True)
class Filter:
    """Which facts to show; ``None`` or empty: all. ``member`` is a member's id."""

    kinds: frozenset[str] = frozenset()
    first: int = 1
    last: int | None = None
    member: str | None = None
    receipt: int | None = None

    def takes(self, told: Told) -> bool:
        fact = told.fact
        if (self.kinds and fact.kind not in self.kinds) or fact.number < self.first:
            return False
        if self.last is not None and fact.number > self.last:
            return False
        if self.member is not None and self.member.encode() not in fact.payload:
            return False
        return self.receipt is None or payload_of(told).get("receipt_number") == self.receipt


def chosen(path: Path, ring: KeyRing, filter_: Filter) -> Iterator[Told | Lost]:
    for event in read(path, ring):
        if isinstance(event, Lost) or (isinstance(event, Told) and filter_.takes(event)):
            yield event


def payload_of(told: Told) -> dict[str, Any]:
    """Empty if it isn't a JSON object."""
    try:
        plain = json.loads(told.fact.payload)
    except (ValueError, RecursionError):
        return {}
    return plain if isinstance(plain, dict) else {}


def line_of(told: Told) -> str:
    fact = told.fact
    return f"{fact.number:>8}  {_time(told)}  {fact.kind:<20}  {_summary(told)}".rstrip()


HEADING = f"{'number':>8}  {'time (UTC)':<19}  {'kind':<20}  what"


def in_full(told: Told) -> dict[str, Any]:
    """All of a fact; bytes as base64. Side records are shown with their text: they are personal data."""
    fact = told.fact
    plain: dict[str, Any] = {
        "incarnation": str(fact.incarnation), "number": fact.number, "id": str(fact.id), "hlc": fact.hlc,
        "time": _time(told), "kind": fact.kind, "schema": fact.schema,
        "payload": payload_of(told) or fact.payload.decode(errors="backslashreplace"),
        "previous": _text(fact.previous), "hash": _text(fact.hash), "signature": _text(fact.signature),
        "sides": {side.name: side.body.decode(errors="backslashreplace") for side in told.sides},
    }  # fmt: skip
    if told.state:
        plain |= {"received_ms": told.received_ms, "state": told.state}
    return plain


def _summary(told: Told) -> str:
    plain = payload_of(told)
    match told.fact.kind:
        case "sale.confirmed":
            what = f"receipt {plain.get('receipt_number')}, {plain.get('total_minor')} {plain.get('currency')}"
            member = plain.get("member")
            what += f", member {member.get('id')}" if isinstance(member, dict) else ""
            return what + (", training" if plain.get("training") else "")
        case "sale.returned":
            what = f"receipt {plain.get('receipt_number')}, {plain.get('total_minor')} {plain.get('currency')}"
            return f"{what} given back of sale {plain.get('sale_id')}"
        case "reward.redeemed":
            what = f"receipt {plain.get('receipt_number')}, {plain.get('units')} of {plain.get('reward')}"
            return f"{what} for {plain.get('points')} points, member {plain.get('member_id')}"
        case "member.registered":
            return f"member {plain.get('member_id')}, number {plain.get('number')}"
        case "shift.opened":
            return f"cashier {plain.get('cashier_id')}, float {plain.get('float_minor')}"
        case "shift.closed":
            return f"Z {plain.get('z_number')}, {plain.get('sales')} sales, takings {plain.get('takings_minor')}"
    plain_values = {name: value for name, value in plain.items() if isinstance(value, str | int)}
    return ", ".join(f"{name} {value}" for name, value in list(plain_values.items())[:4])


def _time(told: Told) -> str:
    try:
        return datetime.fromtimestamp(wall_ms(told.fact.hlc) / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return "a time beyond any"


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
