"""The label that a label printer is tried with: what goes wrong in setting one up shows on it."""

from __future__ import annotations

from drivers.label.document import Bars, Box, Label, Price, Rule, Text
from drivers.label.layouts import check_size
from shared_models.domain.receipt import Align

_CODE = "6901234567892"


def trial_label(size: tuple[int, int], says: str) -> Label:
    """A frame along the label's edge, both scripts, a code and a price; ``says`` names how the printer is set. ``size``
    in tenths of a millimetre; raise ``LabelError``."""
    check_size(size)
    width, height = size
    edge, inset = 10, 30
    inner, line = width - 2 * inset, height // 8
    bars = height * 28 // 100
    rest = height - 2 * inset - 3 * line - bars
    return Label(
        width,
        height,
        (
            Rule(Box(edge, edge, width - 2 * edge, 3)),
            Rule(Box(edge, height - edge - 3, width - 2 * edge, 3)),
            Rule(Box(edge, edge, 3, height - 2 * edge)),
            Rule(Box(width - edge - 3, edge, 3, height - 2 * edge)),
            Text(Box(inset, inset, inner, line), "Tillpoint · 标签 · 標籤", line * 8 // 10, bold=True),
            Text(Box(inset, inset + line, inner, line), says, line * 7 // 10),
            Price(Box(inset, inset + 2 * line, inner, rest), "¥12.50", Align.RIGHT),
            Bars(Box(inset, height - inset - line - bars, inner, bars), "ean13", _CODE),
            Text(Box(inset, height - inset - line, inner, line), _CODE, line * 7 // 10, Align.CENTER),
        ),
        "zh_Hans",
    )
