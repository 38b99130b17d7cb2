"""What the till's program imports until the sign-in screen: nothing that takes long to load and isn't needed yet."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tillpoint.bench import till_program
from tillpoint.bench.measure import Budget, Place, Result, Size
from tillpoint.bench.start import ready_files
from tillpoint.bench.till_files import TillFiles

HEAVY = ("sqlalchemy.orm", "alembic", "pydantic", "escpos", "fastapi", "pandas", "biip")
_MEMBERS = 1_000


def measure(size: Size, place: Place) -> Iterator[Result]:
    few = Size.of_rows(min(size.members, _MEMBERS), size.rounds)
    loaded = loaded_modules(ready_files(few, place))
    found = [name for name in HEAVY if name in loaded]
    packages = sorted({name.partition(".")[0] for name in loaded if not name.startswith("_")})
    what = f"heavy packages loaded until sign-in: {', '.join(found) or 'none'}"
    scale = f"{len(loaded)} modules of {len(packages)} packages"
    yield Result("imports", what, scale, len(found), None, "packages", Budget(most=0))


def loaded_modules(files: TillFiles) -> set[str]:
    """The names that ``-X importtime`` tells of the real program."""
    with (
        tempfile.NamedTemporaryFile(prefix="tillpoint-imports-") as told,
        till_program.running(files, ["-X", "importtime"], told.file) as program,
    ):
        program.wait_for(screen="sign_in")
        lines = Path(told.name).read_text(errors="replace").splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
