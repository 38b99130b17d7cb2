from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pos_client.store.books import Books, books_of, open_books


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty journal and an empty replica, closed."""
    folder = tmp_path_factory.mktemp("books")
    books = open_books(folder, founding=True)
    books.generations.start(1)
    books.database.close()
    return folder


@pytest.fixture
def books(template: Path, tmp_path: Path) -> Iterator[Books]:
    """A journal whose replica isn't attached yet."""
    yield from books_of(template, tmp_path / "books")
