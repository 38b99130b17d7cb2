"""The page a printer is tried with: what goes wrong in setting one up shows on it."""

from __future__ import annotations

from shared_models.domain.receipt import Align, Barcode, Cell, Columns, Cut, Document, Feed, Pair, Qr, Rule, Text

_CODE = "6901234567892"


def trial_document(profile: str) -> Document:
    """Both scripts, all widths, both codes; ``profile`` is named on it. It opens no drawer."""
    return Document(
        "trial",
        "en",
        (
            Text("Tillpoint", Align.CENTER, bold=True, scale=2),
            Text(profile, Align.CENTER),
            Rule(double=True),
            Text("English · 简体中文 · 繁體中文 · café ñ ü ß € £ ¥"),
            Text("鲜牛奶 950 毫升，散养鸡蛋 15 枚，龘靐齉 – letters beyond the printer's own are drawn."),
            Rule(),
            Columns(
                (Cell("left", share=2), Cell("right", Align.RIGHT, share=1), Cell("1,234.50", Align.RIGHT, share=1))
            ),
            Pair("The figure stands at the edge", "9,999,999.99"),
            Pair("Total", "¥12.50", bold=True, scale=2),
            Rule(),
            Barcode("ean13", _CODE),
            Feed(),
            Qr("https://example.org/tillpoint/trial"),
            Text("Printed whole, with both codes readable, means that the profile fits.", Align.CENTER),
            Cut(),
        ),
    )
