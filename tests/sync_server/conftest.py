"""A shop's server on each of the two databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared_models.domain.programme import default_programme, to_plain
from shared_models.wire.state import StoreDoc
from sync_server import setup
from sync_server.api.endpoints import Api
from sync_server.server import Server, open_server
from sync_server.store import Keys, new_keys, open_engine, upgrade
from tests import postgres
from tests.sync_server.ports import SeededRandomness, StillClock, seeded_ports
from tests.sync_server.till import Till

KEYS = new_keys(SeededRandomness(99))


@pytest.fixture(scope="session")
def migrated_template(postgres_cluster: postgres.Cluster) -> str:
    name = postgres_cluster.create()
    engine = open_engine(postgres_cluster.url(name), KEYS.database)
    upgrade(engine)
    engine.dispose()
    return name


@pytest.fixture
def keys() -> Keys:
    return KEYS


@pytest.fixture
def postgres_url(postgres_cluster: postgres.Cluster, migrated_template: str) -> Iterator[str]:
    """A migrated database of the test's own."""
    name = postgres_cluster.create(migrated_template)
    yield postgres_cluster.url(name)
    postgres_cluster.drop(name)


@pytest.fixture
def sqlcipher_url(tmp_path: Path) -> str:
    return f"sqlcipher:///{tmp_path / 'server.db'}"


@pytest.fixture(params=["sqlcipher", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    name = "sqlcipher_url" if request.param == "sqlcipher" else "postgres_url"
    url = request.getfixturevalue(name)
    assert isinstance(url, str)
    return url


@pytest.fixture
def server(database_url: str) -> Iterator[Server]:
    """Two stores, A and B, with the default programme."""
    engine = open_engine(database_url, KEYS.database)
    upgrade(engine)
    opened = open_server(engine, KEYS.data, seeded_ports())
    for store_id in ("A", "B"):
        setup.create_store(opened, store_doc(store_id))
    setup.publish_programme(opened, to_plain(default_programme()))
    yield opened
    engine.dispose()


@pytest.fixture
def clock(server: Server) -> StillClock:
    assert isinstance(server.ports.clock, StillClock)
    return server.ports.clock


@pytest.fixture
def api(server: Server) -> Api:
    return Api(server)


@pytest.fixture
def enrol(server: Server, api: Api) -> Callable[..., Till]:
    """Enrol a till of a store's lane."""

    def make(store_id: str = "A", lane: int = 1) -> Till:
        return Till.enrolled(api, setup.new_enrolment_code(server, store_id, lane))

    return make


@pytest.fixture
def till(enrol: Callable[..., Till]) -> Till:
    return enrol()


def store_doc(store_id: str) -> StoreDoc:
    return StoreDoc(
        id=store_id,
        names={"en": f"Store {store_id}", "zh_Hans": f"{store_id}店"},
        address=["1 Market Street"],
        currency="CNY",
        timezone="Asia/Shanghai",
    )
