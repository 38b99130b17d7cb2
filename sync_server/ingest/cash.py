"""Cash that came and went beside sales and drawers opened for nothing, as rows that a shift's page counts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from shared_models.domain.cash_drawer import CashMoved, DrawerOpened
from shared_models.domain.clock import believed_ms
from shared_models.domain.facts import Fact
from shared_models.domain.sale import PaymentState, TenderKind
from shared_models.domain.stored_value_facts import StoredValueLoaded
from shared_models.orm.server import cash_movement, drawer_opening
from shared_models.wire.facts import Payload
from sync_server.act import Act
from sync_server.ingest.alerts import Alerts
from sync_server.store.statements import Row, add_missing

LOAD = "load"
"""The kind of a row about cash for stored value."""


def book_cash(act: Act, facts: Sequence[tuple[Fact, Payload]], store_id: str, lane: int, alerts: Alerts) -> None:
    """Store them by their ids: one that is told twice is there once. Figures are sums of these rows."""
    movements, openings = [], []
    for fact, one in facts:
        match one:
            case CashMoved():
                movements.append(
                    _movement(act, fact, one, one.movement_id, one.kind.value, one.amount_minor)
                    | {"approver_id": one.approver_id, "reason": one.reason}
                )
            case StoredValueLoaded() if (minor := _cash(one)) > 0:
                movements.append(_movement(act, fact, one, one.load_id, LOAD, minor))
            case DrawerOpened():
                openings.append(_opening(act, fact, one))
            case _:
                continue
        if (one.store_id, one.lane) != (store_id, lane):
            message = f"The drawer's act names store {one.store_id}, lane {one.lane}; its device is {store_id}, {lane}."
            alerts.add("foreign-lane", message, fact)
    add_missing(act.connection, cash_movement, movements)
    add_missing(act.connection, drawer_opening, openings)


def _cash(loaded: StoredValueLoaded) -> int:
    captured = [each for each in loaded.payments if each.state is PaymentState.CAPTURED]
    return sum(each.amount_minor for each in captured if each.kind is TenderKind.CASH)


def _movement(
    act: Act, fact: Fact, one: CashMoved | StoredValueLoaded, movement_id: UUID, kind: str, amount_minor: int
) -> Row:
    return {
        "movement_id": movement_id, "incarnation": fact.incarnation, "number": fact.number,
        "store_id": one.store_id, "lane": one.lane, "shift_id": one.shift_id, "cashier_id": one.cashier_id,
        "approver_id": "", "business_date": one.business_date.isoformat(),
        "moved_ms": believed_ms(fact.hlc, act.now_ms), "kind": kind, "amount_minor": amount_minor, "reason": "",
    }  # fmt: skip


def _opening(act: Act, fact: Fact, one: DrawerOpened) -> Row:
    return {
        "opening_id": one.opening_id, "incarnation": fact.incarnation, "number": fact.number,
        "store_id": one.store_id, "lane": one.lane, "shift_id": one.shift_id, "cashier_id": one.cashier_id,
        "business_date": one.business_date.isoformat(), "opened_ms": believed_ms(fact.hlc, act.now_ms),
        "reason": one.reason,
    }  # fmt: skip
