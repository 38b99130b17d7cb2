"""Who may do what at head office (HQ-8)."""

from __future__ import annotations

from enum import Flag, StrEnum, auto

from shared_models.domain.text import N_


class Right(Flag):
    """What a role allows beyond reading figures."""

    PEOPLE = auto()
    """See names, phone numbers and birthdays, and search by phone."""
    DEVICES = auto()
    """Issue enrolment codes and revoke devices."""


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    MANAGER = "manager"
    SERVICE_DESK = "service_desk"
    ANALYST = "analyst"


NAMES = {
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.MANAGER: N_("Store manager"),
    Role.SERVICE_DESK: N_("Customer service"),
    Role.ANALYST: N_("Analyst"),
}

_RIGHTS = {
    Role.ADMINISTRATOR: Right.PEOPLE | Right.DEVICES,
    Role.MANAGER: Right.PEOPLE,
    Role.SERVICE_DESK: Right.PEOPLE,
    Role.ANALYST: Right(0),
}


def role_of(name: str) -> Role:
    """The role stored as ``name``. One this version doesn't know gets the least rights there are."""
    try:
        return Role(name)
    except ValueError:
        return Role.ANALYST


def may(role: Role, right: Right) -> bool:
    return right in _RIGHTS[role]
