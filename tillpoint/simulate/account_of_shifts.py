"""The accountant on the figures of a Z report: what the drawer should hold, and what was sold and taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared_models.domain.cash_drawer import CashMoved, MovementKind
from shared_models.domain.facts import Fact
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import Payment, PaymentState, SaleConfirmed, TenderKind
from shared_models.domain.shift import ShiftClosed, ShiftOpened
from shared_models.domain.stored_value_facts import StoredValueLoaded
from shared_models.wire.facts import Payload, decode
from tillpoint.simulate.books import Account, ServerBooks


@dataclass(slots=True)
class _Drawer:
    cash_minor: int
    sales: int = 0
    takings_minor: int = 0
    returns: int = 0
    refunds_minor: int = 0
    paid_in_minor: int = 0
    paid_out_minor: int = 0
    dropped_minor: int = 0


def check_shifts(name: str, facts: Sequence[Fact], found: Account) -> None:
    """Each shift that a journal closes has the figures of what the journal says happened in it. Points are no money."""
    drawers: dict[UUID, _Drawer] = {}
    for payload in map(decode, facts):
        match payload:
            case ShiftOpened():
                drawers[payload.shift_id] = _Drawer(payload.float_minor)
            case SaleConfirmed() if drawer := drawers.get(payload.shift_id):
                drawer.sales += 1
                drawer.cash_minor += _cash(payload.payments)
                drawer.takings_minor += sum(
                    each.amount_minor for each in _captured(payload.payments) if each.kind is not TenderKind.POINTS
                )
            case StoredValueLoaded() if drawer := drawers.get(payload.shift_id):
                drawer.cash_minor += _cash(payload.payments)
            case SaleReturned() if drawer := drawers.get(payload.shift_id):
                drawer.returns += 1
                for refund in payload.refunds:
                    drawer.cash_minor -= refund.amount_minor if refund.kind is TenderKind.CASH else 0
                    drawer.refunds_minor += refund.amount_minor if refund.kind is not TenderKind.POINTS else 0
            case CashMoved() if drawer := drawers.get(payload.shift_id):
                _move(drawer, payload)
            case ShiftClosed() if drawer := drawers.get(payload.shift_id):
                told = _Drawer(
                    payload.expected_cash_minor, payload.sales, payload.takings_minor, payload.returns,
                    payload.refunds_minor, payload.paid_in_minor, payload.paid_out_minor, payload.dropped_minor,
                )  # fmt: skip
                if told != drawer or payload.over_short_minor != payload.counted_cash_minor - drawer.cash_minor:
                    found.violations.append(f"{name}: Z report {payload.z_number} says {told}, its facts {drawer}")


def _move(drawer: _Drawer, moved: CashMoved) -> None:
    match moved.kind:
        case MovementKind.PAID_IN:
            drawer.cash_minor += moved.amount_minor
            drawer.paid_in_minor += moved.amount_minor
        case MovementKind.PAID_OUT:
            drawer.cash_minor -= moved.amount_minor
            drawer.paid_out_minor += moved.amount_minor
        case MovementKind.DROP:
            drawer.cash_minor -= moved.amount_minor
            drawer.dropped_minor += moved.amount_minor


def check_movements(payloads: Iterable[Payload], server: ServerBooks, found: Account) -> None:
    """Each movement of cash is exactly once on the server."""
    made = Counter((one.movement_id, one.amount_minor) for one in payloads if isinstance(one, CashMoved))
    if made != Counter(server.moved):
        lost, more = made - Counter(server.moved), Counter(server.moved) - made
        found.violations.append(f"movements of cash: {len(lost)} are missing on the server, {len(more)} are too many")


def _cash(payments: Sequence[Payment]) -> int:
    return sum(each.amount_minor for each in _captured(payments) if each.kind is TenderKind.CASH)


def _captured(payments: Sequence[Payment]) -> list[Payment]:
    return [each for each in payments if each.state is PaymentState.CAPTURED]
