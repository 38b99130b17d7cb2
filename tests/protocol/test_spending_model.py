"""The bounds of docs/offline-spending.md hold in the model, and it catches those who break them."""

from __future__ import annotations

import pytest

from tests.protocol.spending_model import BROKEN, Violation, run


def test_the_bounds_hold() -> None:
    done = run(30_000, seed=1)
    assert sum(done.values()) == 30_000
    assert min(done[name] for name in ("lose", "write_off", "copy_disk", "restore", "doubled")) > 50


@pytest.mark.parametrize("broken", BROKEN)
def test_a_careless_rule_is_caught(broken: str) -> None:
    with pytest.raises(Violation):
        run(50_000, seed=1, broken=broken)
