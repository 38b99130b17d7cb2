"""What the papers in ``papers`` come to, on two widths and in three languages, as ``golden/`` keeps it.

One file per paper, for people to read in a diff: for each width and language the SHA-256 of the bytes, the SHA-256 of
where the simulator's paper puts everything, and the text decoded from the bytes. The middle of long texts is left out;
the sums hold it too.

Where the paper puts everything is what its picture is drawn from, which the press reads out of the bytes without
knowing the encoder: each row's top and height, each letter's place, size and weight, bars and QR modules, pictures'
extents, feeds and cuts. Letters no printer has are sent as pictures of a font: of these the sums take the extents, not
the dots, so that they hold on every machine.

``pictures.sha256`` has the SHA-256 of each PNG's pixels. Those depend on the versions of the fonts and of the libraries
that draw, which its first line names: elsewhere nothing is compared with it.

``python -m tests.drivers.golden`` writes them anew; look at the difference before committing it.
``python -m tests.drivers.golden --all FOLDER`` also draws every one of them there as PNG, to be looked at.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final, get_args

from PIL import features
from PIL.Image import Image

from drivers.printer import fonts
from drivers.printer.commands import Tokenizer
from drivers.printer.encoder import encode
from drivers.printer.paper import decode_text, render, sheets
from drivers.printer.profiles import PROFILES, Charset, PrinterProfile
from drivers.printer.sheet import Picture, Sheet
from shared_models.domain.receipt import Document, Language
from tests.drivers.papers import PAPERS

FOLDER: Final = Path(__file__).parent / "golden"
PICTURES: Final = FOLDER / "pictures.sha256"
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
WIDTHS: Final = ("58mm", "80mm")
_KEPT_LINES: Final = 60  # of a text, at either end
_OTHER_SCRIPTS: Final = "×אا\u0e01\u0905Жя"


def charset_of(language: Language) -> Charset:
    return "big5" if language == "zh_Hant" else "gb18030"


def profile_of(language: Language, width: str) -> PrinterProfile:
    """A printer with the language's letters in its ROM."""
    return PROFILES[f"{width}-{charset_of(language)}"]


@cache
def document(name: str, language: Language) -> Document:
    return PAPERS[name](language)


@cache
def data(name: str, language: Language, width: str) -> bytes:
    return encode(document(name, language), profile_of(language, width))


@cache
def text(name: str, language: Language, width: str) -> str:
    profile = profile_of(language, width)
    return decode_text(data(name, language, width), charset_of(language), profile.width_dots)


@cache
def papers(name: str, language: Language, width: str) -> Sequence[Sheet]:
    profile = profile_of(language, width)
    return sheets(data(name, language, width), profile.width_dots, charset_of(language))


def file_of(name: str) -> str:
    """The golden file of a paper."""
    return "\n".join(line for language in LANGUAGES for width in WIDTHS for line in _section(name, language, width))


def _section(name: str, language: Language, width: str) -> Iterator[str]:
    lines = text(name, language, width).splitlines()
    if len(lines) > 2 * _KEPT_LINES:
        lines[_KEPT_LINES:-_KEPT_LINES] = [f"[{len(lines) - 2 * _KEPT_LINES} lines more]"]
    yield f"#### {language} {width}"
    yield f"bytes {_bytes_sum(data(name, language, width))}"
    yield f"paper {_sum(repr(places(papers(name, language, width))).encode())}"
    yield from lines
    yield ""


def pictures_of(name: str) -> Iterator[str]:
    """A line for each width and language of a paper: the sum of its pixels."""
    for language in LANGUAGES:
        for width in WIDTHS:
            pixels = [b"%d %d %s" % (*each.size, each.tobytes()) for each in drawn(name, language, width)]
            yield f"{_sum(b''.join(pixels))}  {name}-{language}-{width}.png"


def drawn(name: str, language: Language, width: str) -> Sequence[Image]:
    return render(data(name, language, width), profile_of(language, width).width_dots, charset_of(language))


def drawn_with() -> str:
    """What the pixels depend on beside the code: fonts by the sum of their files, and the libraries that draw."""
    files = {fonts.locate(shapes, bold)[0] for shapes in get_args(fonts.Shapes) for bold in (False, True)}
    others = (fonts.other_for(letter, bold=bold) for letter in _OTHER_SCRIPTS for bold in (False, True))
    files |= {other[0] for other in others if other is not None}
    sum_of_fonts = _sum(b"".join(Path(each).read_bytes() for each in sorted(files, key=lambda file: Path(file).name)))
    libraries = {name: features.version(name) for name in ("pil", "freetype2", "raqm", "fribidi", "harfbuzz")}
    named = ", ".join(f"{name} {version}" for name, version in libraries.items())
    return f"# {len(files)} fonts {sum_of_fonts}, uharfbuzz {metadata.version('uharfbuzz')}, {named}"


def places(papers: Sequence[Sheet]) -> list[Sheet]:
    """The papers without the dots of pictures."""
    return [
        replace(
            sheet,
            rows=[
                replace(row, pieces=tuple(replace(p, bits=b"") if isinstance(p, Picture) else p for p in row.pieces))
                for row in sheet.rows
            ],
        )
        for sheet in papers
    ]


def _bytes_sum(printed: bytes) -> str:
    tokens = Tokenizer()
    kept = bytearray()
    for token in [*tokens.feed(printed), *tokens.finish()]:
        raw = token.raw
        kept += raw[:8] if raw.startswith(b"\x1dv0") else raw
    return _sum(bytes(kept))


def _sum(what: bytes) -> str:
    return hashlib.sha256(what).hexdigest()


def _draw(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in PAPERS:
        for language in LANGUAGES:
            for width in WIDTHS:
                for place, picture in enumerate(drawn(name, language, width), 1):
                    picture.save(folder / f"{name}-{language}-{width}-{place}.png")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in PAPERS:
        (FOLDER / f"{name}.txt").write_text(file_of(name), encoding="utf-8")
    lines = [drawn_with(), *(line for name in PAPERS for line in pictures_of(name))]
    PICTURES.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if sys.argv[1:2] == ["--all"]:
        _draw(Path(sys.argv[2]))
