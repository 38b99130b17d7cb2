"""Head office of the test's server, served on loopback. One database unless a test asks for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sync_server import setup
from sync_server.head_office.gallery.site import serving
from sync_server.main import create_app
from sync_server.server import Server
from tests.sync_server.head_office.web import PASSWORD, Web

ROLES = {"ann": "administrator", "max": "manager", "ana": "analyst"}


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    wanted = getattr(request, "param", "sqlcipher")
    url = request.getfixturevalue("sqlcipher_url" if wanted == "sqlcipher" else "postgres_url")
    assert isinstance(url, str)
    return url


@pytest.fixture
def address(server: Server) -> Iterator[str]:
    with serving(create_app(server)) as found:
        yield found


@pytest.fixture
def stranger(server: Server, address: str) -> Web:
    """Nobody yet; ann, an administrator, exists."""
    setup.save_user(server, "ann", PASSWORD, ROLES["ann"])
    return Web(address, {"tillpoint_language": "en"})


@pytest.fixture
def sign_in(stranger: Web, server: Server) -> Callable[[str], Web]:
    """Sign in as ann, max (a manager) or ana (an analyst)."""

    def make(name: str) -> Web:
        if name != "ann":
            setup.save_user(server, name, PASSWORD, ROLES[name])
        web = Web(stranger.address, {"tillpoint_language": "en"})
        assert web.sign_in(name).status == 303
        return web

    return make


@pytest.fixture
def ann(sign_in: Callable[[str], Web]) -> Web:
    return sign_in("ann")
