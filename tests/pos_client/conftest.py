from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pos_client.world import TillAtWork, World, found_shop, open_world


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    found_shop(folder)
    return folder


@pytest.fixture
def world(shop: Path, tmp_path: Path) -> Iterator[World]:
    yield from open_world(shop, tmp_path / "world")


@pytest.fixture
def counter(world: World) -> Iterator[TillAtWork]:
    """A till that has synced once, with a cashier and a shift."""
    till = world.open("one")
    till.sync()
    yield till.start_day()
    till.close()
