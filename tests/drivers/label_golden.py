"""The labels' bytes as they are kept in ``golden/labels``, with the dots of drawn letters left out: those depend on the
font's version.

``python -m tests.drivers.label_golden`` writes them anew; look at the difference before committing it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from drivers.label.languages import LANGUAGES, Stock
from drivers.label.layouts import SIZES, Goods, offer, shelf
from shared_models.domain.receipt import Language
from shared_models.domain.text import Words

FOLDER = Path(__file__).parent / "golden" / "labels"
EAN = "6901028075831"
GOODS: dict[Language, Goods] = {
    "en": Goods("Whole milk 3.5 %, 1 l", "$12.80", EAN, "$12.80/l", "2026-11-27", "$15.00", "$10.88"),
    "zh_Hans": Goods("光明 优倍鲜牛奶 950ml", "¥1,234.50", EAN, "¥12.99/l", "2026-11-27", "¥1,500.00", "¥1,049.33"),
    "zh_Hant": Goods("光明 優倍鮮牛奶 950ml", "NT$85", "AB-12345", "", "2026-11-27", "NT$99", "NT$72"),
}
_WORDS = {
    "zh_Hans": {"Member price": "会员价", "Was": "原价"},
    "zh_Hant": {"Member price": "會員價", "Was": "原價"},
}


def texts(language: Language) -> Words:
    return lambda text: _WORDS.get(language, {}).get(text, text)


@cache
def files() -> dict[str, str]:
    """Names and contents."""
    made: dict[str, str] = {}
    for reader, goods in GOODS.items():
        size = SIZES["60x40"]
        kinds = {"shelf": shelf(goods, size, reader), "offer": offer(goods, size, reader, texts(reader))}
        for kind, label in kinds.items():
            for language, encode in LANGUAGES.items():
                made[f"{kind}-{reader}.{language}"] = readable(encode(label, Stock(), 2))
    return made


def readable(raw: bytes) -> str:
    """Commands as text; pictures only by place and that they are there, as letters differ by a dot."""
    if raw[:2] == b"\x1b@":
        return _escpos(raw)
    text = re.sub(rb"\^FO[0-9]+,[0-9]+\^GFA,[^\^]*", b"^FO<place>^GFA,<picture>", _without_bitmaps(raw))
    return text.decode("ascii").replace("\r\n", "\n")


def _without_bitmaps(raw: bytes) -> bytes:
    made, rest = b"", raw
    while (found := re.search(rb"BITMAP [0-9]+,[0-9]+,([0-9]+),([0-9]+),0,", rest)) is not None:
        made += rest[: found.start()] + b"BITMAP <place>,0,<picture>"
        rest = rest[found.end() + int(found[1]) * int(found[2]) :]
    return made + rest


_ESCPOS = {b"\x1b@": 2, b"\x1c(L\x02\x00": 7, b"\x1dV\x01": 3, b"\x1dV\x42": 4}
"""How long the commands are that a label has beside its picture."""


def _escpos(raw: bytes) -> str:
    made, rest = [], raw
    while rest:
        if rest[:4] == b"\x1dv0\x00":
            wide, high = int.from_bytes(rest[4:6], "little"), int.from_bytes(rest[6:8], "little")
            made.append(f"GS v 0: {wide} bytes × {high} rows")
            rest = rest[8 + wide * high :]
        else:
            length = next(length for start, length in _ESCPOS.items() if rest.startswith(start))
            made.append(rest[:length].hex(" "))
            rest = rest[length:]
    return "\n".join(made) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True, parents=True)
    for name, content in files().items():
        (FOLDER / name).write_text(content, "utf-8")
