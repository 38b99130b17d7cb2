"""The gallery's shop, made once per run and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pos_client.presenters.counter import Counter
from pos_client.presenters.state import Screen
from pos_client.ui.gallery_shop import GalleryTill


def screen_of(counter: Counter) -> Screen:
    return counter.state.screen


@pytest.fixture(scope="session")
def gallery_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("gallery")
    GalleryTill(home).close()
    return home


@pytest.fixture
def gallery_home(gallery_shop: Path, tmp_path: Path) -> Path:
    home = tmp_path / "till"
    shutil.copytree(gallery_shop, home)
    return home
