"""A store as its receipts name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from shared_models.domain.catalogue import name_in


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """``names`` and ``footer`` by language; ``timezone`` is an IANA name; ``language`` is that of receipts.

    ``logo`` is as ``receipt.Logo`` has it, or empty.
    """

    id: str
    names: Mapping[str, str]
    address: tuple[str, ...]
    currency: str
    timezone: str
    language: str = "zh_Hans"
    footer: Mapping[str, str] = field(default_factory=dict)
    logo: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def name_in(self, language: str) -> str:
        return name_in(self.names, language) or self.id

    def footer_lines(self, language: str) -> tuple[str, ...]:
        return tuple(name_in(self.footer, language).splitlines())
