"""``tillpoint segment``: which members are meant by a rule's ``segments``. ``tillpoint snapshot``: made in advance."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tillpoint.commands.administration import check_store, opened
from tillpoint.commands.parts import declare, group, say, server_home
from tillpoint.errors import CommandError


def add(commands: Any) -> None:
    segment = group(commands, "segment", "groups of members that rules can be for")
    set_ = declare(
        segment, "set", run_set, "make a segment of the members in a file, in place of the one before",
        "tillpoint segment set sleepers sleepers.txt", "The file has a member number a line; empty lines are skipped.",
    )  # fmt: skip
    server_home(set_)
    set_.add_argument("code", help="what a rule's `segments` call it")
    set_.add_argument("file", type=Path)
    list_ = declare(segment, "list", run_list, "say which segments there are and how many members they have")
    server_home(list_)
    remove = declare(segment, "remove", run_remove, "have nobody be in a segment any more")
    server_home(remove)
    remove.add_argument("code")
    snapshot = group(commands, "snapshot", "ready-made replicas for new tills")
    build = declare(
        snapshot, "build", run_build, "make a store's now, so that a new till needn't wait for it",
        "tillpoint snapshot build S1", "The server makes them by itself when a till asks; this is for the day before.",
    )  # fmt: skip
    server_home(build)
    build.add_argument("store", help="the store's id")


def run_set(given: argparse.Namespace) -> int:
    from sync_server.segments import set_segment

    try:
        numbers = given.file.read_text("utf-8-sig").split()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{given.file} can't be read ({error}). Give a text file of member numbers.") from error
    with opened(given) as server:
        count = set_segment(server, given.code, numbers)
    say(f"{count} members are in {given.code}.")
    return 0


def run_list(given: argparse.Namespace) -> int:
    from sync_server.segments import segments

    with opened(given) as server, server.reading() as connection:
        found = segments(connection)
    for segment in found:
        say(f"{segment.code}: {segment.count} members")
    if not found:
        say("There are no segments.")
    return 0


def run_remove(given: argparse.Namespace) -> int:
    from sync_server.segments import remove_segment

    with opened(given) as server:
        remove_segment(server, given.code)
    say(f"Nobody is in {given.code} any more.")
    return 0


def run_build(given: argparse.Namespace) -> int:
    from sync_server.main import SNAPSHOTS
    from sync_server.snapshots import Shelf
    from sync_server.snapshots.builder import Builder

    with opened(given) as server:
        check_store(server, given.store)
        made = Builder(server, Shelf(server, given.home / SNAPSHOTS)).build(given.store)
    if not made:
        raise CommandError("A snapshot is being made just now. Try again when it is done.")
    say(f"The snapshot of {given.store} is ready.")
    return 0
