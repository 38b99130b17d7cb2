"""The first and the last day of a rule, whose fields stand among the rule's own."""

from __future__ import annotations

from datetime import date
from typing import Any

from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.text import N_


def read_validity(fields: Fields) -> tuple[date, date | None]:
    valid_from, valid_to = fields.day("valid_from"), fields.day_or_none("valid_to")
    if valid_to is not None and valid_to < valid_from:
        raise BadProgramme(field=fields.at("valid_to"), problem=N_("it ends before it begins"))
    return valid_from, valid_to


def plain_validity(valid_from: date, valid_to: date | None) -> dict[str, Any]:
    return {"valid_from": valid_from.isoformat(), "valid_to": valid_to.isoformat() if valid_to else None}
