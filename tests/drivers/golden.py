"""The receipts' bytes and text as they are kept in ``golden/``.

``python -m tests.drivers.golden`` writes them anew; look at the difference before committing it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from drivers.printer.encoder import encode
from drivers.printer.paper import decode_text
from drivers.printer.profiles import PROFILES, Charset
from tests.drivers.supermarket import WORDS, receipt

FOLDER = Path(__file__).parent / "golden"


@cache
def files() -> dict[str, bytes]:
    """Names and contents. Native letters only: what is drawn depends on the font's version."""
    made: dict[str, bytes] = {}
    for language in sorted(WORDS):
        charset: Charset = "big5" if language == "zh_Hant" else "gb18030"
        for width in ("58mm", "80mm"):
            profile = PROFILES[f"{width}-{charset}"]
            data = encode(receipt(language), profile)
            text = decode_text(data, charset, profile.width_dots)
            made[f"{language}-{width}.bin"] = data
            made[f"{language}-{width}.txt"] = f"{text}\n".encode()
    return made


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)
