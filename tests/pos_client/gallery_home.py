"""The gallery's shop, made once per run and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pos_client.ui.gallery_shop import GalleryTill


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
