"""After something went wrong: ``recovery`` (a restored server) and ``quarantine`` (facts nobody can read)."""

from __future__ import annotations

import argparse
from typing import Any
from uuid import UUID

from tillpoint.commands.administration import opened
from tillpoint.commands.parts import declare, group, say, server_home


def add(commands: Any) -> None:
    recovery = group(commands, "recovery", "a server restored from a backup")
    status = declare(
        recovery, "status", run_status, "say which tills have been heard since, and which have not",
        "tillpoint recovery status --home var/server",
        "A server that was restored finds out by itself from the first till that knows more, and begins a new epoch.\n"
        "Exit status 0: nothing is waited for; 1: tills that haven't been heard.",
    )  # fmt: skip
    server_home(status)
    begin = declare(
        recovery, "begin", run_begin, "say that this database was restored from a backup, before any till finds out",
        "tillpoint recovery begin --home var/server",
        "Every till pulls everything anew, and nothing is lent to tills until each has said what it holds.",
    )  # fmt: skip
    server_home(begin)
    quarantine = group(commands, "quarantine", "facts of tills that this server can't read")
    listed = declare(quarantine, "list", run_list, "list them; exit status 1 if there are any")
    server_home(listed)
    retry = declare(
        quarantine, "retry", run_retry, "apply those that this version can read",
        more="The server does the same at each start.",
    )  # fmt: skip
    server_home(retry)
    solve = declare(
        quarantine, "solve", run_solve, "say what was done about one by hand, so that its till redeems again",
        "tillpoint quarantine solve 01937f00-… 17 'Entered by hand from the paper receipt'",
    )  # fmt: skip
    server_home(solve)
    solve.add_argument("incarnation", type=_incarnation, help="the device's, as listed")
    solve.add_argument("number", type=int, help="the fact's, as listed")
    solve.add_argument("note", help="what was done about it")


def run_status(given: argparse.Namespace) -> int:
    from shared_models.domain.clock import utc
    from sync_server.recovery import recovery

    with opened(given) as server, server.reading() as connection:
        found = recovery(server, connection)
        epoch = server.epoch(connection)
    if found is None:
        say(f"Epoch {epoch}: this server was never restored from a backup.")
        return 0
    say(f"Epoch {found.epoch}, since {utc(found.since_ms):%Y-%m-%d %H:%M} UTC.")
    for row in found.heard:
        say(f"heard      {row.store_id} lane {row.lane}, up to fact {row.head_number}, {row.incarnation}")
    for row in found.silent:
        last = f"{utc(row.contact_ms):%Y-%m-%d %H:%M}"
        say(f"NOT heard  {row.store_id} lane {row.lane}, last on {last} UTC, {row.incarnation}")
    say(f"{len(found.heard)} tills have been heard, {len(found.silent)} have not.")
    return 1 if found.silent else 0


def run_begin(given: argparse.Namespace) -> int:
    from sync_server.recovery import raise_epoch

    with opened(given) as server, server.acting() as act:
        before = server.epoch(act.connection)
        epoch = raise_epoch(server, act, before, "An administrator said that this database was restored from a backup.")
    say(f"Epoch {epoch} has begun. Next: tillpoint recovery status")
    return 0


def run_list(given: argparse.Namespace) -> int:
    from sync_server.ingest.quarantine import unread

    with opened(given) as server, server.reading() as connection:
        found = unread(connection)
    for one in found:
        why = one.why or "this version can read it: tillpoint quarantine retry"
        what = f"{one.store_id} lane {one.lane}, {one.kind} {one.schema}, {one.bytes} bytes"
        say(f"{one.incarnation} {one.number}: {what}: {why}")
    say(f"{len(found)} facts can't be read." if found else "Every fact was read.")
    return 1 if found else 0


def run_retry(given: argparse.Namespace) -> int:
    from sync_server.ingest.quarantine import read_again

    with opened(given) as server:
        done = read_again(server)
    say(f"{done} facts were read and applied.")
    return 0


def run_solve(given: argparse.Namespace) -> int:
    from sync_server.ingest.quarantine import solve

    with opened(given) as server:
        solve(server, given.incarnation, given.number, given.note)
    say(f"Fact {given.number} holds its till up no longer. It is kept as it is.")
    return 0


def _incarnation(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a device's incarnation") from error
