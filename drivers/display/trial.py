"""What a display is tried with: letters, figures at the edge, and Chinese that not every display has."""

from __future__ import annotations

from typing import Final

TRIAL: Final = (("Tillpoint", "12.50", ""), ("合计 / 合計", "1,234.50", "Total"))
"""Two lines: text, figure, and what stands for the text where the display has no letters for it."""
