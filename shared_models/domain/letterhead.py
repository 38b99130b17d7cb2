"""What stands at the head of a paper: the store's logo, its name and its address."""

from __future__ import annotations

from collections.abc import Iterator

from shared_models.domain.receipt import Align, Block, Language, Logo, Text
from shared_models.domain.store import StoreInfo


def letterhead(store: StoreInfo, language: Language, *, address: bool = True) -> Iterator[Block]:
    name = store.name_in(language)
    if store.logo:
        yield Logo(store.logo, name)
    yield Text(name, Align.CENTER, bold=True, scale=2)
    for line in store.address if address else ():
        yield Text(line, Align.CENTER)


__all__ = ["letterhead"]
