"""A sale's receipt, made again from its fact: without the member's part, as it goes to whoever has it in hand."""

from __future__ import annotations

from datetime import UTC, datetime

from shared_models.domain.receipt import Document, Language
from shared_models.domain.sale_receipt import sale_receipt
from sync_server.head_office import languages
from sync_server.head_office.queries.sales import WholeSale
from sync_server.head_office.queries.shops import Shops

_LANGUAGES: dict[str, Language] = {"zh_Hans": "zh_Hans", "zh_Hant": "zh_Hant"}


def receipt_of(found: WholeSale, around: Shops, language: str) -> Document | None:
    """In ``language``; ``None`` if this version can't read the fact or doesn't know its store."""
    store = around.store(found.row.store_id)
    if found.record is None or store is None:
        return None
    at = datetime.fromtimestamp(found.row.confirmed_ms / 1000, UTC)
    words = languages.translations(language).gettext
    return sale_receipt(found.record, store.info(), None, words, in_language(language), at=at)


def in_language(language: str) -> Language:
    return _LANGUAGES.get(language, "en")


__all__ = ["in_language", "receipt_of"]
