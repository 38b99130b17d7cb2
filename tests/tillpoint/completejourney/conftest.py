"""The data, read once: two seconds of a core."""

from __future__ import annotations

import pytest

from tillpoint.completejourney.catalogue import Catalogue, build_catalogue
from tillpoint.completejourney.journey import Journey, read_journey

STORE = 292


@pytest.fixture(scope="session")
def journey() -> Journey:
    return read_journey()


@pytest.fixture(scope="session")
def catalogue(journey: Journey) -> Catalogue:
    return build_catalogue(journey)


@pytest.fixture(scope="session")
def of_store(journey: Journey) -> Catalogue:
    return build_catalogue(journey, STORE)
