"""What tests of several packages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import postgres


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[postgres.Cluster]:
    """A real PostgreSQL, started once per session and worker."""
    if postgres.programs() is None:
        pytest.fail("PostgreSQL isn't installed (Debian: apt install postgresql)")
    with postgres.cluster() as started:
        yield started
