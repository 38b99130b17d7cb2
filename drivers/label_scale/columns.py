"""Any other scale whose program loads a text file: columns in an order of the shop's choice.

``plu,item,name:20,price,-,days`` writes six columns, the name in at most 20 bytes and the fifth one empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from drivers.label_scale.goods import NotForScale, Plu, cut

SEPARATORS: Final = {"tab": "\t", "comma": ",", "semicolon": ";"}
CODECS: Final = ("gbk", "utf-8", "utf-16")
LONGEST_NAME: Final = 200

_VALUES: Final[Mapping[str, Callable[[Plu], str]]] = {
    "plu": lambda plu: str(plu.number),
    "item": lambda plu: plu.item,
    "name": lambda plu: plu.name,
    "price": lambda plu: f"{plu.price_minor // 100}.{plu.price_minor % 100:02d}",
    "price_minor": lambda plu: str(plu.price_minor),
    "by": lambda plu: plu.by.value,
    "prefix": lambda plu: plu.prefix,
    "tare": lambda plu: f"{plu.tare_g / 1_000:.3f}",
    "days": lambda plu: str(plu.best_before_days),
    "-": lambda _plu: "",
}
NAMES: Final = tuple(_VALUES)
_COLUMN: Final = re.compile(r"([a-z_]+|-)(?::([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class Table:
    """``header``: whether the first line names the columns. Made by ``table``."""

    columns: tuple[tuple[str, int], ...]
    separator: str
    codec: str
    header: bool

    def file(self, plus: Iterable[Plu]) -> bytes:
        lines = [self.separator.join(name for name, _ in self.columns)] if self.header else []
        lines += [self.separator.join(self._value(plu, *column) for column in self.columns) for plu in plus]
        return "".join(f"{line}\r\n" for line in lines).encode(self.codec)

    def _value(self, plu: Plu, name: str, most_bytes: int) -> str:
        """Nothing in a name can begin another column or line."""
        if name != "name":
            return _VALUES[name](plu)
        clean = plu.name.replace(self.separator, " ").replace('"', " ")
        codec = "utf-16-le" if self.codec == "utf-16" else self.codec
        return _cut(clean, most_bytes, codec)


def table(columns: str, separator: str, codec: str, *, header: bool) -> Table:
    """Raise ``NotForScale`` for columns that there aren't."""
    found = [_COLUMN.fullmatch(each.strip()) for each in columns.split(",")]
    named = [(each[1], int(each[2] or LONGEST_NAME)) for each in found if each is not None]
    wrong = len(named) != len(found) or any(name not in _VALUES for name, _ in named)
    if wrong or separator not in SEPARATORS or codec not in CODECS:
        raise NotForScale(f"{columns} are no columns like plu,item,name:20,price. There are: {', '.join(NAMES)}.")
    return Table(tuple(named), SEPARATORS[separator], codec, header)


def _cut(text: str, most_bytes: int, codec: str) -> str:
    return cut(text, most_bytes, codec).decode(codec)
