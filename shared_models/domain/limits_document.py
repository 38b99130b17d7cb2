"""Limits over many sales as plain documents and back."""

from __future__ import annotations

from typing import Any

from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.limits import NO_LIMITS, Cap, Limits
from shared_models.domain.text import N_

_NAMES = ("member", "member_day", "day", "total")


def read_limits(fields: Fields) -> Limits:
    """``NO_LIMITS`` itself where there are none."""
    limits = Limits(*(_cap(fields.child_or_none(name)) for name in _NAMES))
    return fields.finish(NO_LIMITS if limits == NO_LIMITS else limits)


def _cap(fields: Fields | None) -> Cap | None:
    if fields is None:
        return None
    cap = Cap(fields.integer_or_none("times", 1, 2**53), fields.integer_or_none("minor", 1, 2**53))
    if cap == Cap():
        raise BadProgramme(field=fields.path, problem=N_("say how many times or how much money, or remove it"))
    return fields.finish(cap)


def plain_limits(limits: Limits) -> dict[str, Any]:
    plain = {}
    for name in _NAMES:
        cap: Cap | None = getattr(limits, name)
        if cap is not None:
            parts = {"times": cap.times, "minor": cap.minor}
            plain[name] = {part: value for part, value in parts.items() if value is not None}
    return plain


__all__ = ["plain_limits", "read_limits"]
