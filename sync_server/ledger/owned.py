"""What belongs to somebody and is shown with what is lent of it: points, stored value and coupons."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from shared_models.domain.programme import Programme
from shared_models.domain.spending_rules import Resource, ResourceKind, points_of, stored_value_of
from sync_server.act import Act
from sync_server.ledger.coupons import Coupons
from sync_server.ledger.members import Members
from sync_server.ledger.stored_value import Accounts
from sync_server.server import Server


class Owned:
    """The rows behind ``resources``, locked until the act of the device ``incarnation`` commits. Kinds that belong to
    nobody have none."""

    def __init__(self, act: Act, incarnation: UUID, programme: Programme, resources: Iterable[Resource]) -> None:
        self._resources = set(resources)
        self.members = Members(act, incarnation, programme, ids_of(self._resources, ResourceKind.POINTS))
        self.accounts = Accounts(act, incarnation, ids_of(self._resources, ResourceKind.STORED_VALUE))
        self.coupons = Coupons(act, incarnation, ids_of(self._resources, ResourceKind.COUPON))

    def same(self, resource: Resource) -> list[Resource]:
        """``resource`` under all names that it has: points and stored value of the members who are one person."""
        if resource.kind is ResourceKind.POINTS:
            return [points_of(each) for each in self.members.joined_with(UUID(resource.key))]
        if resource.kind is ResourceKind.STORED_VALUE:
            return [stored_value_of(each.member_id) for each in self.accounts.of(UUID(resource.key)).group]
        return [resource]

    def show(self, server: Server) -> None:
        """Publish them all anew: what is lent of them has changed."""
        self.members.show(ids_of(self._resources, ResourceKind.POINTS))
        self.members.write(server)
        self.accounts.show(ids_of(self._resources, ResourceKind.STORED_VALUE))
        self.accounts.write()
        self.coupons.show(ids_of(self._resources, ResourceKind.COUPON))
        self.coupons.write()


def ids_of(resources: Iterable[Resource], kind: ResourceKind) -> set[UUID]:
    """Whose points or stored value, or which coupons. Raise ``ValueError`` for a key that is no id."""
    return {UUID(each.key) for each in resources if each.kind is kind}
