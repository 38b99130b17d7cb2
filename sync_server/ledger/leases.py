"""The rows of what devices were lent, as the domain's loans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Connection, and_, func, or_, select, update

from shared_models.domain.leases import Lease, Loan, LoanState
from shared_models.domain.spending_rules import Resource, ResourceKind
from shared_models.orm.server import lease, lease_recall
from shared_models.wire.leases import decode
from shared_models.wire.state import LentDoc
from sync_server.act import Act
from sync_server.store.statements import Row, add, add_missing, among, put

_LEASE = lease.c
_UNKNOWN = (LoanState.UNDECLARED, LoanState.FORGOTTEN)
_OF_MEMBERS = frozenset({ResourceKind.POINTS, ResourceKind.STORED_VALUE})


class Borrowed:
    """A lease's row. ``terms`` is the lease itself, ``None`` as long as nobody has shown it."""

    __slots__ = ("doc", "epoch", "granted_ms", "id", "incarnation", "loan", "resource", "signature")

    def __init__(self, row: Row) -> None:
        self.id: UUID = row["id"]
        self.incarnation: UUID = row["incarnation"]
        self.resource = Resource(ResourceKind(row["kind"]), row["key"]) if row["kind"] else None
        self.loan = Loan(row["amount"], row["used"], LoanState(row["state"]))
        self.epoch: int = row["epoch"]
        self.doc = bytes(row["doc"])
        self.signature = bytes(row["signature"])
        self.granted_ms: int = row["granted_ms"]

    @property
    def terms(self) -> Lease | None:
        return decode(self.doc) if self.doc else None

    @property
    def member_id(self) -> UUID | None:
        """Whose points or stored value it is, ``None`` for anything else."""
        is_of_member = self.resource is not None and self.resource.kind in _OF_MEMBERS
        return UUID(self.resource.key) if self.resource is not None and is_of_member else None


def find(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Borrowed]:
    found = connection.execute(select(lease).where(_LEASE.id.in_(set(ids)))).mappings()
    return {row["id"]: Borrowed(dict(row)) for row in found}


def open_of_device(connection: Connection, incarnation: UUID) -> list[Borrowed]:
    rows = connection.execute(
        select(lease)
        .where(_LEASE.incarnation == incarnation, _LEASE.state == LoanState.OPEN)
        .order_by(_LEASE.granted_ms, _LEASE.id)
    ).mappings()
    return [Borrowed(dict(row)) for row in rows]


def open_of(connection: Connection, resource: Resource) -> list[Borrowed]:
    rows = connection.execute(
        select(lease).where(_LEASE.kind == resource.kind, _LEASE.key == resource.key, _LEASE.state == LoanState.OPEN)
    ).mappings()
    return [Borrowed(dict(row)) for row in rows]


def loans_of(connection: Connection, resource: Resource) -> list[Loan]:
    """All loans of a resource; those that have ended as one, of what was used of them."""
    there = select(_LEASE.state, _LEASE.amount, _LEASE.used).where(
        _LEASE.kind == resource.kind, _LEASE.key == resource.key
    )
    open_ones = connection.execute(there.where(_LEASE.state == LoanState.OPEN)).all()
    ended = connection.scalar(
        select(func.coalesce(func.sum(_LEASE.used), 0)).where(
            _LEASE.kind == resource.kind, _LEASE.key == resource.key, _LEASE.state != LoanState.OPEN
        )
    )
    return [Loan(0, int(ended or 0), LoanState.RETURNED), *(Loan(row.amount, row.used) for row in open_ones)]


def lent_to(connection: Connection, kind: ResourceKind, ids: Sequence[UUID]) -> dict[UUID, list[LentDoc]]:
    """What devices hold of a kind of resource, by the member's or the coupon's id."""
    if not ids:
        return {}
    rows = connection.execute(
        select(_LEASE.id, _LEASE.key, _LEASE.amount, _LEASE.used)
        .where(
            _LEASE.kind == kind,
            among(connection, _LEASE.key, map(str, ids)),
            _LEASE.state == LoanState.OPEN,
        )
        .order_by(_LEASE.id)
    )
    found: dict[UUID, list[LentDoc]] = {}
    for row in rows:
        left = Loan(row.amount, row.used).left
        if left:
            found.setdefault(UUID(row.key), []).append(LentDoc(row.id, left))
    return found


def insert(act: Act, terms: Lease, loan: Loan, doc: bytes, signature: bytes) -> None:
    """Keep a lease; one that only facts named so far is completed."""
    row = {
        "id": terms.id, "incarnation": terms.incarnation, "kind": terms.resource.kind.value, "key": terms.resource.key,
        "amount": loan.amount, "used": loan.used, "state": loan.state.value, "epoch": terms.epoch, "doc": doc,
        "signature": signature, "granted_ms": act.now_ms,
        "ended_ms": act.now_ms if loan.state is LoanState.RETURNED else None,
    }  # fmt: skip
    put(act.connection, lease, [row])


def insert_unknown(act: Act, id: UUID, incarnation: UUID, loan: Loan) -> None:
    """Keep what facts used of a lease that nobody knows."""
    assert loan.state in _UNKNOWN
    row = {
        "id": id, "incarnation": incarnation, "kind": "", "key": "", "amount": 0, "used": loan.used,
        "state": loan.state.value, "epoch": 0, "doc": b"", "signature": b"", "granted_ms": act.now_ms, "ended_ms": None,
    }  # fmt: skip
    add(act.connection, lease, [row])


def change(act: Act, id: UUID, loan: Loan) -> None:
    ended = {} if loan.state in (LoanState.OPEN, LoanState.UNDECLARED) else {"ended_ms": act.now_ms}
    act.connection.execute(update(lease).where(_LEASE.id == id).values(used=loan.used, state=loan.state.value, **ended))


def recall(act: Act, resource: Resource, but: UUID | None = None) -> int:
    """Call back what devices other than ``but`` hold of a resource; how many leases that are."""
    called = [{"id": one.id} for one in open_of(act.connection, resource) if one.incarnation != but]
    add_missing(act.connection, lease_recall, called)
    return len(called)


def to_tell(connection: Connection, incarnation: UUID, limit: int) -> tuple[list[UUID], list[UUID]]:
    """Which leases a device is to give back, and which its facts name and it is to show; at most ``limit`` in all."""
    is_recalled = and_(_LEASE.state == LoanState.OPEN, lease_recall.c.id.is_not(None))
    rows = connection.execute(
        select(_LEASE.id, _LEASE.state)
        .outerjoin(lease_recall, lease_recall.c.id == _LEASE.id)
        .where(_LEASE.incarnation == incarnation, or_(_LEASE.state.in_(_UNKNOWN), is_recalled))
        .order_by(_LEASE.state != LoanState.OPEN, _LEASE.id)
        .limit(limit)
    ).all()
    return (
        [row.id for row in rows if row.state == LoanState.OPEN],
        [row.id for row in rows if row.state != LoanState.OPEN],
    )
