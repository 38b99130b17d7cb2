"""What earlier versions wrote stays as it was, and is still read."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import msgspec
import pytest

from shared_models.wire import facts, messages
from tests.shared_models.wire import examples, goldens

FROZEN = {1: "69a261018a0638a7ddd968ca963a26e71f67e87b0de54f4c86682856b6ea18be"}
"""Of the folders of earlier versions: SHA-256 over names and contents."""


def digest(version: int) -> str:
    found = hashlib.sha256()
    for path in sorted(goldens.folder(version).iterdir()):
        found.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def test_the_current_version_and_two_before_it() -> None:
    assert max(messages.SUPPORTED) == messages.VERSION
    oldest = max(messages.FIRST_VERSION, messages.VERSION - 2)
    assert tuple(range(oldest, messages.VERSION + 1)) == messages.SUPPORTED
    assert set(messages.SUPPORTED) <= set(goldens.VERSIONS)


def test_folders_of_earlier_versions_are_never_written_again() -> None:
    assert {version: digest(version) for version in goldens.VERSIONS if version < messages.VERSION} == FROZEN


@pytest.mark.parametrize("version", messages.SUPPORTED)
def test_each_message_is_read_and_says_its_version(version: int) -> None:
    for name in goldens.names(version):
        read = messages.decode(goldens.body(version, name), goldens.type_of(name))
        assert messages.version_of(goldens.body(version, name)) == version
        assert goldens.lacks(goldens.plain(version, name), msgspec.msgpack.decode(messages.encode(read))) == []


@pytest.mark.parametrize("version", goldens.VERSIONS)
def test_payloads_of_all_versions_are_read(version: int) -> None:
    for (kind, schema), payload in goldens.payloads(version).items():
        facts.decode(replace(examples.chain()[0], kind=kind, schema=schema, payload=payload))


def test_every_message_has_an_example() -> None:
    written = {goldens.type_of(name) for name in goldens.names(messages.VERSION)}
    known = {
        one
        for name, one in vars(messages).items()
        if name.endswith(("Request", "Answer")) and isinstance(one, type) and issubclass(one, msgspec.Struct)
    }
    assert known == written
