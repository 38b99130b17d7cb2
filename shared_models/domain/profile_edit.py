"""Changes to who a member is, and how those of several tills become one: by field, the latest clock wins.

Whatever the order in which edits arrive, the same comes out: every field keeps the clock of the edit it has its value
from, and what consents rest on are maxima.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final
from uuid import UUID

from shared_models.domain.clock import latest
from shared_models.domain.member import Profile

DRIFT_MS: Final = 10 * 60 * 1000
"""How far ahead of its receipt an edit's clock is believed."""


@dataclass(frozen=True, slots=True)
class ConsentChoice:
    """What a member said to one consent. ``seen`` is the clock of the newest opt-out from it that who asked knew of:
    an opt-in undoes no other."""

    consent: str
    given: bool
    seen: int = 0


@dataclass(frozen=True, slots=True)
class MemberEdited:
    """Kind ``member.edited``. The changed fields stand in the side record that ``profile`` commits to, ``None`` if only
    consents changed. ``by`` is who did it: of a till a ``staff`` key, of the server a user of head office."""

    member_id: UUID
    store_id: str
    by: str
    profile: bytes | None = None
    consents: tuple[ConsentChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """The fields of ``Profile`` that changed, ``None`` for the others: the side record ``profile`` of an edit."""

    name: str | None = None
    phone: str | None = None
    birthday: str | None = None
    gender: str | None = None
    language: str | None = None
    preferences: tuple[str, ...] | None = None

    def changed(self) -> dict[str, Any]:
        """Field and new value, in the order of the fields."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in found.items() if value is not None}

    def over(self, profile: Profile) -> Profile:
        return replace(profile, **self.changed())


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """An edit's clock: the fact's, as far as it is believed; of two alike the higher incarnation's, then the higher
    number's, is the later."""

    hlc: int
    incarnation: UUID
    number: int


def stamp(hlc: int, incarnation: UUID, number: int, received_ms: int) -> Stamp:
    """``received_ms``: when the server took the fact in, Unix milliseconds."""
    return Stamp(min(hlc, latest(received_ms + DRIFT_MS)), incarnation, number)


Clocks = Mapping[str, Stamp]
"""By field; one that isn't in it is as it was registered, which every edit is later than."""


def newer(change: ProfileChange, clocks: Clocks, at: Stamp) -> ProfileChange:
    """What of ``change`` no later edit has overwritten."""
    late = {name: value for name, value in change.changed().items() if name not in clocks or clocks[name] < at}
    return ProfileChange(**late)


@dataclass(frozen=True, slots=True)
class Consent:
    """What the choices about one consent come to. ``asked``: it was given at least once. ``seen``: the newest opt-out
    that any opt-in knew of. ``withdrawn``: the clock of the newest opt-out, 0 for none."""

    asked: bool = False
    seen: int = 0
    withdrawn: int = 0

    @property
    def given(self) -> bool:
        """An opt-out ends it unless a later opt-in knew of that opt-out: of two that didn't know each other the
        opt-out holds."""
        return self.asked and self.seen >= self.withdrawn


Consents = Mapping[str, Consent]


def registered(consents: Iterable[str]) -> dict[str, Consent]:
    """Those given with the registration, which knew of no opt-out."""
    return {name: Consent(asked=True) for name in consents}


def with_choices(
    consents: Consents, choices: Iterable[ConsentChoice], at: Stamp, received_ms: int
) -> dict[str, Consent]:
    """``consents`` and what the edit ``at`` says to them."""
    found = dict(consents)
    for each in choices:
        known = found.get(each.consent, Consent())
        if each.given:
            seen = min(each.seen, latest(received_ms + DRIFT_MS))
            found[each.consent] = Consent(True, max(known.seen, seen), known.withdrawn)
        else:
            found[each.consent] = replace(known, withdrawn=max(known.withdrawn, at.hlc))
    return found


def both(one: Consents, other: Consents) -> dict[str, Consent]:
    """Two accounts of the same choices as one."""
    found = dict(one)
    for name, each in other.items():
        known = found.get(name, Consent())
        found[name] = Consent(
            known.asked or each.asked, max(known.seen, each.seen), max(known.withdrawn, each.withdrawn)
        )
    return found
