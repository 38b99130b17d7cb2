"""A document as a page to read on a screen or to print on a sheet: the receipt without paper.

The page has no scripts and loads nothing. Its only style is ``STYLE``, so a server can name it by ``STYLE_HASH`` in its
content security policy and forbid the rest.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from typing import Final

from drivers.printer import symbols
from shared_models.domain.receipt import Align, Barcode, Cell, Columns, Cut, Document, Feed, Logo, Pair, Qr, Rule, Text

STYLE: Final = """
:root{color-scheme:light dark;--ground:#eef1f0;--paper:#fff;--text:#14201e;--edge:#cfd8d6}
@media (prefers-color-scheme:dark){:root{--ground:#0e1413;--paper:#18211f;--text:#eef4f2;--edge:#34423f}}
*{box-sizing:border-box}
body{margin:0;padding:16px;background:var(--ground);color:var(--text);
font:16px/1.45 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei UI",sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:420px;margin:0 auto;padding:24px 20px;background:var(--paper);
border:1px solid var(--edge);border-radius:8px}
p{margin:0 0 2px;overflow-wrap:anywhere;white-space:pre-wrap;text-align:left}
.center{text-align:center}.right{text-align:right}.bold{font-weight:700}
.x2{font-size:24px;line-height:1.3}.x3{font-size:32px;line-height:1.2}.x4{font-size:40px;line-height:1.2}
.pair,.row{display:flex;gap:12px;justify-content:space-between}
.pair>:last-child{white-space:nowrap;text-align:right}
.row>*{flex:1 1 0;min-width:0;overflow-wrap:anywhere}
.w2{flex-grow:2}.w3{flex-grow:3}.w4{flex-grow:4}
hr{border:0;border-top:1px dashed var(--edge);margin:10px 0}hr.double{border-top:3px double var(--text)}
.feed{height:1em}
.logo{display:block;margin:0 auto 8px;background:#fff;padding:8px;border-radius:4px;max-width:100%}
svg{display:block;margin:12px auto 6px;background:#fff;padding:12px;border-radius:4px;max-width:100%}
@media print{body{background:none;padding:0}main{border:0;max-width:80mm}}
"""
STYLE_HASH: Final = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

_TAGS: Final = {"en": "en", "zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant"}
_WIDEST_SHARE: Final = 4
_MODULE, _BAR_HEIGHT = 5, 64


def page(document: Document, title: str, notes: Iterable[str] = ()) -> str:
    """The whole page. ``notes`` are sentences above the document, such as that it isn't a tax invoice."""
    body = "\n".join(part for block in document.blocks if (part := _html(block)))
    said = "".join(f'<p class="center">{_text(note)}</p><hr>' for note in notes)
    return (
        f'<!doctype html>\n<html lang="{_TAGS[document.language]}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n<meta name="robots" content="noindex">\n'
        f"<title>{_text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{said}{body}\n</main>\n"
        "</body>\n</html>\n"
    )


def _html(block: object) -> str:
    match block:
        case Text(text, align, bold, scale):
            return f'<p dir="auto"{_classes(align, bold, scale)}>{_text(text)}</p>'
        case Pair(left, right, bold, scale):
            return f"<p{_classes(Align.LEFT, bold, scale, 'pair')}>{_span(left)}{_span(right)}</p>"
        case Columns(cells):
            return f'<p class="row">{"".join(map(_cell, cells))}</p>'
        case Rule(double):
            return '<hr class="double">' if double else "<hr>"
        case Feed():
            return '<div class="feed"></div>'
        case Barcode():
            return _bars(block)
        case Qr(data):
            return _square(data)
        case Logo(png, name):
            return f'<img class="logo" src="data:image/png;base64,{png}" alt="{_text(name)}">'
        case Cut():
            return ""
        case _:
            raise TypeError(f"{type(block).__name__} is no block of a document")


def _classes(align: Align, bold: bool, scale: int, *more: str) -> str:
    names = [*more, *([align.value] if align is not Align.LEFT else []), *(["bold"] if bold else [])]
    names += [f"x{scale}"] if scale > 1 else []
    return f' class="{" ".join(names)}"' if names else ""


def _span(text: str) -> str:
    return f'<span dir="auto">{_text(text)}</span>'


def _cell(cell: Cell) -> str:
    share = min(cell.share, _WIDEST_SHARE)
    classes = _classes(cell.align, cell.bold, 1, *([f"w{share}"] if share > 1 else []))
    return f'<span dir="auto"{classes}>{_text(cell.text)}</span>'


def _text(text: str) -> str:
    """Escaped, and without what UTF-8 or HTML can't hold."""
    return escape(
        "".join(char if char >= " " or char == "\n" else " " for char in text).encode(errors="replace").decode()
    )


def _bars(code: Barcode) -> str:
    modules = symbols.of_document(code)
    bars = "".join(f"M{at} 0h1v{_BAR_HEIGHT}h-1z" for at, module in enumerate(modules) if module == "1")
    drawn = _drawing(len(modules), _BAR_HEIGHT, 2 * len(modules), _BAR_HEIGHT, bars, code.data)
    return f'{drawn}\n<p class="center">{_text(code.data)}</p>'


def _square(data: str) -> str:
    rows = symbols.qr_matrix(data.encode(), 1)
    dots = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    size = len(rows)
    return _drawing(size, size, _MODULE * size, _MODULE * size, dots, data)


def _drawing(columns: int, rows: int, width: int, height: int, path: str, meaning: str) -> str:
    return (
        f'<svg role="img" aria-label="{_text(meaning)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {columns} {rows}" preserveAspectRatio="none" shape-rendering="crispEdges">'
        f'<path fill="#000" d="{path}"/></svg>'
    )


__all__ = ["STYLE", "STYLE_HASH", "page"]
