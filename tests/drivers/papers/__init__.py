"""The papers that a shop hands out, made by the product's own makers from facts: what the goldens hold.

Each is a function of the language. The names of goods are real ones in shape: long, mixed, weighed, right to left.
"""

from __future__ import annotations

from typing import Final

from tests.drivers.papers import extremes, returns, sales, shifts, slips
from tests.drivers.papers.shop import Made

PAPERS: Final[dict[str, Made]] = {
    **sales.PAPERS, **returns.PAPERS, **slips.PAPERS, **shifts.PAPERS, **extremes.PAPERS,
}  # fmt: skip
