"""The audience of a rule, whose fields stand among the rule's own."""

from __future__ import annotations

from typing import Any

from shared_models.domain.audience import CHANNELS, EVERYBODY, Audience, Birthday
from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.text import N_


def read_audience(fields: Fields) -> Audience:
    """``EVERYBODY`` itself where no field is set."""
    audience = Audience(
        members_only=fields.flag("members_only", default=False),
        tiers=fields.names("tiers"),
        segments=fields.names("segments"),
        stores=fields.names("stores"),
        channels=fields.names("channels"),
        first_purchase=fields.flag("first_purchase", default=False),
        birthday=Birthday(fields.choice_or("birthday", tuple(Birthday), "")),
    )
    for place, channel in enumerate(audience.channels):
        if channel not in CHANNELS:
            field = f"{fields.at('channels')}[{place}]"
            raise BadProgramme(field=field, problem=N_("it must be one of {choices}"), choices=", ".join(CHANNELS))
    return EVERYBODY if audience == EVERYBODY else audience


def plain_audience(audience: Audience) -> dict[str, Any]:
    """Only what is set."""
    plain: dict[str, Any] = {}
    for name in ("tiers", "segments", "stores", "channels"):
        if names := getattr(audience, name):
            plain[name] = list(names)
    for name in ("members_only", "first_purchase"):
        if getattr(audience, name):
            plain[name] = True
    if audience.birthday:
        plain["birthday"] = audience.birthday.value
    return plain
