"""Lists of goods that people keep in CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tillpoint.errors import CommandError

_MOST: Final = 20_000


def rows_of(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row's line in the file and its cell of each column, "" if it has none.

    The first line names the columns; only the first of ``columns`` is needed. Raise ``CommandError``.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{path}: {error}.") from error
    if not rows:
        raise CommandError(f"{path} lists nothing.")
    if len(rows) > _MOST:
        raise CommandError(f"{path} lists more than {_MOST} goods.")
    if columns[0] not in rows[0] or not set(rows[0]) <= set(columns):
        raise CommandError(f"{path}: its first line names the columns: {', '.join(columns)}; {columns[0]} is needed.")
    for line, row in enumerate(rows, 2):
        yield line, {name: (row.get(name) or "").strip() for name in columns}
