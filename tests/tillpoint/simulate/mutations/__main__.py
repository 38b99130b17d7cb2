"""Try the mutations.

python -m tests.tillpoint.simulate.mutations            all of them
python -m tests.tillpoint.simulate.mutations fsync      those whose name contains this
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable

from tests.tillpoint.simulate.mutations import ALL
from tests.tillpoint.simulate.mutations.mutation import SEEDS, caught


def main(names: Iterable[str]) -> int:
    """Run those whose name contains one of ``names``, all if there are none; 1 if any isn't noticed."""
    logging.disable(logging.CRITICAL)
    wanted = list(names)
    missed = 0
    for one in ALL:
        if wanted and not any(name in one.name for name in wanted):
            continue
        began = time.monotonic()
        found = caught(one)
        missed += not found
        sys.stdout.write(
            f"{'caught' if found else 'MISSED'}  {one.name}: {one.what}\n"
            f"        {found[:150] or f'{SEEDS} storms passed.'} ({time.monotonic() - began:.0f} s)\n"
        )
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
