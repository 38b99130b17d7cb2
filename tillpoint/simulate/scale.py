"""A shop small enough to be simulated: when a till lacks too much for pages is a matter of dozens of rows here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pos_client.sync.arrival
import sync_server.api.snapshots
import sync_server.feed
import sync_server.snapshots.builder
import sync_server.snapshots.shelf

FAR_BEHIND_ROWS, FEWEST_ROWS, REFRESH_ROWS, PART_BYTES = 30, 20, 20, 32 * 1024


@contextmanager
def small_snapshots() -> Iterator[None]:
    """Inside, ready-made replicas are offered, made and cut at the size of a simulated shop. The code is the same."""
    with ExitStack() as stack:
        for module, name, value in (
            (sync_server.feed, "FAR_BEHIND_ROWS", FAR_BEHIND_ROWS),
            (pos_client.sync.arrival, "FAR_BEHIND_ROWS", FAR_BEHIND_ROWS),
            (sync_server.snapshots.shelf, "FAR_BEHIND_ROWS", FAR_BEHIND_ROWS),
            (sync_server.snapshots.shelf, "FEWEST_ROWS", FEWEST_ROWS),
            (sync_server.snapshots.shelf, "REFRESH_ROWS", REFRESH_ROWS),
            (sync_server.snapshots.builder, "REFRESH_ROWS", REFRESH_ROWS),
            (sync_server.snapshots.shelf, "PART_BYTES", PART_BYTES),
            (sync_server.api.snapshots, "PART_BYTES", PART_BYTES),
        ):
            stack.callback(setattr, module, name, getattr(module, name))
            setattr(module, name, value)
        yield
