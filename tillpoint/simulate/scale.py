"""A shop small enough to be simulated: when a till lacks too much for pages is a matter of dozens of rows here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

import pos_client.app.sign_in
import pos_client.store.part_file
import pos_client.sync.arrival
import sync_server.api.snapshots
import sync_server.feed
import sync_server.snapshots.builder
import sync_server.snapshots.shelf
from shared_models.wire.pin import pin_hash

FAR_BEHIND_ROWS, FEWEST_ROWS, REFRESH_ROWS, PART_BYTES, SYNC_BYTES = 30, 20, 20, 16 * 1024, 48 * 1024


_pin_hash = cache(pin_hash)
"""It takes a third of a second on purpose, and cashiers sign in after each of hundreds of power cuts."""


@contextmanager
def small_shop() -> Iterator[None]:
    """Inside, ready-made replicas are offered, made and cut at the size of a simulated shop, and a PIN's hash is
    reckoned once. The code is the same."""
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
            (pos_client.store.part_file, "SYNC_BYTES", SYNC_BYTES),
            (pos_client.app.sign_in, "pin_hash", _pin_hash),
        ):
            stack.callback(setattr, module, name, getattr(module, name))
            setattr(module, name, value)
        yield
