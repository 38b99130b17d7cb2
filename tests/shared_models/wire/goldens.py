"""The golden files of each version of the messages, as other people's tills have them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from shared_models.wire import messages
from tests.shared_models.wire.examples import GOLDENS

VERSIONS = tuple(sorted(int(path.name[1:]) for path in GOLDENS.iterdir()))


def folder(version: int) -> Path:
    return GOLDENS / f"v{version}"


def body(version: int, name: str) -> bytes:
    return (folder(version) / f"{name}.msgpack").read_bytes()


def plain(version: int, name: str) -> Any:
    """The message as a reader without our types has it."""
    return msgspec.msgpack.decode(body(version, name))


def names(version: int) -> list[str]:
    return sorted(path.stem for path in folder(version).glob("*.msgpack"))


def type_of(name: str) -> type[msgspec.Struct]:
    """``push-request`` is a ``PushRequest``."""
    found: type[msgspec.Struct] = getattr(messages, "".join(word.title() for word in name.split("-")))
    return found


def payloads(version: int) -> dict[tuple[str, int], bytes]:
    """Kind and schema → the JSON text of an example."""
    found = {}
    for path in folder(version).glob("payload-*.json"):
        name = re.fullmatch(r"payload-(.+)-(\d+)", path.stem)
        assert name is not None
        found[name[1], int(name[2])] = path.read_bytes()
    return found


def lacks(golden: Any, found: Any, at: str = "") -> list[str]:
    """What a reader of ``golden`` would miss in ``found``: a key, a type, another length of a row."""
    if golden is None:
        return []
    if type(golden) is not type(found):
        return [f"{at}: {type(found).__name__} instead of {type(golden).__name__}"]
    if isinstance(golden, dict):
        missing = [f"{at}.{key} is missing" for key in golden if key not in found]
        return missing + [
            one for key in golden if key in found for one in lacks(golden[key], found[key], f"{at}.{key}")
        ]
    if isinstance(golden, list) and golden and isinstance(golden[0], list):
        return [f"{at}: a row of {len(row)}" for row in found if len(row) != len(golden[0])]
    return []
