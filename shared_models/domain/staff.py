"""The people behind the till (TILL-7)."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    CASHIER = "cashier"
    SERVICE_DESK = "service_desk"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what ``needed`` may: each role may do all that those before it may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)
