from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pos_client.store.database import Files
from pos_client.store.keys import FileKeys
from pos_client.store.mirror import Mirror, prepare
from pos_client.sync.enrolment import JOURNAL_FILE
from tests.pos_client.conftest import counter, shop, world
from tests.pos_client.world import SERVER_KEYS, Chance, TillAtWork, World
from tillpoint.cli import main

__all__ = ["counter", "shop", "world"]

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """A command as typed: its exit status, and what it printed."""

    def run_command(*arguments: object) -> tuple[int, str]:
        status = main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return status, told.out + told.err

    return run_command


@pytest.fixture
def run_json(run: Run) -> Callable[..., tuple[int, Any]]:
    def run_command(*arguments: object) -> tuple[int, Any]:
        status, told = run(*arguments, "--json")
        return status, json.loads(told)

    return run_command


@pytest.fixture
def server_home(world: World) -> Path:
    """The folder of the world's server, as commands open it."""
    keys = world.folder / "server.keys"
    keys.write_text(f"{SERVER_KEYS.database.hex()}\n{SERVER_KEYS.data.hex()}\n", "ascii")
    keys.chmod(0o600)
    return world.folder


def mirror_to(till: TillAtWork, world: World, place: Path) -> None:
    """What the till's mirror thread does while it runs."""
    prepare(place)
    keys = FileKeys(till.home).load()
    mirror = Mirror(place, till.home / JOURNAL_FILE, keys.database, keys.pepper, Files(), world.clock, Chance(9), 60)
    while mirror.step():
        pass
    mirror.close()
