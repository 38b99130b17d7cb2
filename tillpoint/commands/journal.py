"""``tillpoint journal``: verify, show, account, recover, export, mirror."""

from __future__ import annotations

import argparse
import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tillpoint.commands.parts import DEFAULT_TILL, a_count, a_day, complain, declare, group, say, server_home
from tillpoint.errors import CommandError

if TYPE_CHECKING:
    from uuid import UUID

    from tillpoint.audit.account import Account
    from tillpoint.audit.checking import Checked, Verdict
    from tillpoint.audit.keys import KeyRing
    from tillpoint.audit.recovery import Found, Gathered, Sent

_PLACES = "a till's folder or journal, a mirror, or a file of facts"


def add(commands: Any) -> None:
    journal = group(commands, "journal", "tills' journals: check, show, add up, recover")
    _add_verify(journal)
    _add_show(journal)
    _add_account(journal)
    _add_recover(journal)
    _add_export(journal)
    _add_mirror(journal)


def _add_verify(commands: Any) -> None:
    parser = declare(
        commands, "verify", run_verify, "check facts without the server",
        "tillpoint journal verify var/till-1\n"
        "tillpoint journal verify copy/journal.db --keys var/till-1 --public-key 3b6a…\n"
        "tillpoint journal verify facts.tpf --public-key 9f02…",
        "Checks each fact's hash, chain, number, clock and signature, receipt and Z numbers, and personal data\n"
        "against what the facts commit to; of a lane's several devices also that the numbers go on from one to the\n"
        "next. An export's tills are checked with the keys that the server's own chain names.\n"
        "Exit status 0: whole; 1: not, with what is wrong.",
    )  # fmt: skip
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH", help=_PLACES)
    _keys(parser)
    parser.add_argument(
        "--public-key",
        metavar="HEX",
        help="the device's, as head office shows it, or for an export the server's; without it a forger isn't found",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _add_show(commands: Any) -> None:
    parser = declare(
        commands, "show", run_show, "list facts, or print one in full",
        "tillpoint journal show var/till-1 --kind sale.confirmed --from 100 --to 120\n"
        "tillpoint journal show var/till-1 --fact 117\n"
        "tillpoint journal show facts.tpf --receipt 1204 --json",
    )  # fmt: skip
    parser.add_argument("path", type=Path, metavar="PATH", help=_PLACES)
    _keys(parser)
    parser.add_argument("--fact", type=a_count, metavar="NUMBER", help="this one, in full as JSON")
    parser.add_argument(
        "--kind", action="append", default=[], help="only facts of this kind; may be given several times"
    )
    parser.add_argument("--from", type=a_count, default=1, metavar="NUMBER", dest="first", help="from this number on")
    parser.add_argument("--to", type=a_count, metavar="NUMBER", dest="last", help="up to this number")
    parser.add_argument("--member", metavar="ID", help="only facts that name this member")
    parser.add_argument("--receipt", type=a_count, metavar="NUMBER", help="only the sale with this receipt number")
    parser.add_argument("--json", action="store_true", help="print whole facts as a JSON array")


def _add_account(commands: Any) -> None:
    parser = declare(
        commands, "account", run_account, "add a member's points up, down to each fact",
        "tillpoint journal account facts.tpf --member 9000000000000171\n"
        "tillpoint journal account var/till-1 var/till-2 --member 01937f00-… --json",
        "By an arithmetic of its own, from files alone: it ends in the figure that the server shows.\n"
        "Exit status 1: something in the files couldn't be read or counted.",
    )  # fmt: skip
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH", help=_PLACES)
    _keys(parser)
    parser.add_argument("--member", required=True, metavar="ID|NUMBER", help="the member's id or number")
    parser.add_argument("--on", type=a_day, metavar="DAY", help="the day to look at (default: today, UTC)")
    parser.add_argument("--json", action="store_true", help="print the account as JSON")


def _add_recover(commands: Any) -> None:
    parser = declare(
        commands, "recover", run_recover, "get a till's facts from its mirror or from a damaged journal",
        "tillpoint journal recover /media/stick --server var/server --send\n"
        "tillpoint journal recover var/till-1 --out till-1.facts\n"
        "tillpoint journal recover var/till-1 /media/stick --keys var/till-1 --send",
        "Takes every fact that is whole and signed by its device, says which are missing, and tells the server those\n"
        "that it lacks, each once: with --server straight into that server's database, else over the network with\n"
        "the till's own keys. What was lent to a till is never recovered. docs/recovery.md goes through it step by\n"
        "step. Exit status 0: everything found is whole (and sent); 1: not, with what is missing.",
    )  # fmt: skip
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH", help=_PLACES)
    _keys(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write what was found, encrypted like a mirror")
    parser.add_argument("--send", action="store_true", help="tell the server what it lacks")
    parser.add_argument("--url", help="the server's address for --send (default: as in the till's settings)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _add_export(commands: Any) -> None:
    parser = declare(
        commands, "export", run_export, "write the facts of all devices that the server holds to a file",
        "tillpoint journal export facts.tpf --home var/server",
        "For auditors: `tillpoint journal verify`, `show` and `account` read it without the server. It holds no\n"
        "names, phones or birthdays unless --personal asks for them. It is not encrypted.",
    )  # fmt: skip
    parser.add_argument("out", type=Path, metavar="FILE", help="must not exist yet")
    server_home(parser)
    parser.add_argument(
        "--personal", action="store_true", help="with the members' profiles, for who has a right to them"
    )


def _add_mirror(commands: Any) -> None:
    parser = declare(
        commands, "mirror", run_mirror, "keep a second copy of a till's journal on a stick or a share",
        "tillpoint journal mirror /media/stick --till var/till-1",
        "Marks the place and sets it in the till's settings; the till writes there from its next start on. A new\n"
        "stick is marked in the same way.",
    )  # fmt: skip
    parser.add_argument("place", type=Path, metavar="FOLDER", help="on the stick or share")
    parser.add_argument(
        "--till", type=Path, default=DEFAULT_TILL, metavar="FOLDER", help="the till's files (default: %(default)s)"
    )


def _keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keys", type=Path, metavar="FOLDER", help="where the till's keys are (default: beside the journal)"
    )
    parser.add_argument("--server", type=Path, metavar="FOLDER", help="a server's folder: it knows each device's keys")
    parser.add_argument("--database", metavar="URL", help="that server's PostgreSQL, if it has one")


def _ring(given: argparse.Namespace) -> AbstractContextManager[KeyRing]:
    from tillpoint.audit.keys import key_ring

    return key_ring(given.keys, given.server, given.database)


# verify


def run_verify(given: argparse.Namespace) -> int:
    from tillpoint.audit.checking import check

    for path in given.paths:
        if not path.exists():
            raise CommandError(f"There is no journal at {path}. Give {_PLACES}.")
    with _ring(given) as ring:
        verdict = check(given.paths, ring, _public_key(given.public_key))
    if given.json:
        say(json.dumps(_plain_verdict(verdict), indent=2))
        return 0 if verdict.ok else 1
    for one in verdict.devices:
        _say_device(one, many=len(verdict.devices) > 1)
    for line in (*verdict.files, *verdict.lanes):
        say(f"{line}.")
    for line in verdict.torn:
        say(f"{line}: a write that was cut, as at a power cut. What was whole before it counts.")
    if len(verdict.devices) != 1 or verdict.ok != verdict.devices[0].ok:
        say(f"{len(verdict.devices)} devices: {'whole' if verdict.ok else 'NOT whole'}.")
    return 0 if verdict.ok else 1


def _say_device(one: Checked, *, many: bool) -> None:
    report = one.chain.report()
    name = f"Device {report.incarnation}, fact" if many else "Fact"
    for problem in report.problems:
        say(f"{name} {problem.number}: {problem.why}." if problem.number else f"The file: {problem.why}.")
    verdict = "whole" if report.ok else f"NOT whole, {len(report.problems)} problems"
    begins = "" if one.begins_at == 1 else f", from number {one.begins_at} on"
    say(f"{one.place}: {report.facts} facts{begins}, {report.sales} sales, {verdict}. Device {report.incarnation}.")


def _plain_verdict(verdict: Verdict) -> dict[str, Any]:
    devices = [_plain_device(one) for one in verdict.devices]
    only = devices[0] if len(devices) == 1 else {}
    return {
        **only, "ok": verdict.ok, "devices": devices, "files": verdict.files, "lanes": verdict.lanes,
        "torn": verdict.torn,
    }  # fmt: skip


def _plain_device(one: Checked) -> dict[str, Any]:
    report = one.chain.report()
    return {
        "ok": report.ok, "place": one.place, "incarnation": str(report.incarnation), "store_id": one.device.store_id,
        "lane": one.device.lane, "public_key": report.public_key.hex(), "vouched": one.vouched,
        "begins_at": one.begins_at, "facts": report.facts, "sales": report.sales, "head": report.head_hash.hex(),
        "erased_sides": report.erased_sides,
        "problems": [{"number": problem.number, "why": problem.why} for problem in report.problems],
    }  # fmt: skip


def _public_key(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError as error:
        raise CommandError("The public key is 64 hexadecimal digits.") from error
    if len(key) != 32:
        raise CommandError("The public key is 64 hexadecimal digits.")
    return key


# show


def run_show(given: argparse.Namespace) -> int:
    from tillpoint.audit.showing import HEADING, Filter, chosen, in_full, line_of
    from tillpoint.audit.sources import Lost

    first, last = (given.fact, given.fact) if given.fact else (given.first, given.last)
    filter_ = Filter(frozenset(given.kind), first, last, given.member, given.receipt)
    whole = given.json or given.fact
    shown = status = 0
    device: UUID | None = None
    with _ring(given) as ring:
        for event in chosen(given.path, ring, filter_):
            if isinstance(event, Lost):
                complain(f"{event.file}: {event.why}.")
                status = 0 if event.torn else 1
                continue
            if not whole and event.fact.incarnation != device:
                device = event.fact.incarnation
                say(f"Device {device}\n{HEADING}")
            if whole:
                begins = ("[\n" if shown == 0 else ",\n") if given.json else ""
                say(begins + json.dumps(in_full(event), ensure_ascii=False, indent=2))
            else:
                say(line_of(event))
            shown += 1
    if given.json:
        say("]" if shown else "[]")
    elif not shown:
        complain("No fact fits.")
    return status if shown or given.json else 1


# account


def run_account(given: argparse.Namespace) -> int:
    from tillpoint.audit.account import member_account, today

    on = given.on.isoformat() if given.on else today()
    with _ring(given) as ring:
        account, lost = member_account(given.paths, ring, given.member, on)
    if given.json:
        say(json.dumps(_plain_account(account, on, lost), indent=2, ensure_ascii=False))
    else:
        _say_account(account, on)
        for line in (*account.not_counted, *lost):
            say(f"Not counted: {line}.")
    return 1 if account.not_counted or lost else 0


def _say_account(account: Account, on: str) -> None:
    say(f"{'day':<10}  {'points':>9}  {'balance':>9}  what")
    for entry in account.entries:
        source = f"  (fact {entry.fact[1]} of {entry.fact[0]})" if entry.fact else ""
        say(f"{entry.on:<10}  {entry.points:>+9}  {entry.balance:>9}  {entry.what}{source}")
    stored = f", stored value {account.principal_minor} + {account.bonus_minor}" if account.principal_minor else ""
    debt = f" ({account.debt} owed)" if account.debt else ""
    say(
        f"On {on} member {account.member} has {account.balance(on)} points{debt}, {account.pending(on)} pending; "
        f"growth {account.growth}, spent {account.spent_minor} in all{stored}."
    )


def _plain_account(account: Account, on: str, lost: list[str]) -> dict[str, Any]:
    return {
        "member": account.member, "on": on, "points": account.balance(on), "pending": account.pending(on),
        "debt": account.debt, "growth": account.growth, "spent_minor": account.spent_minor,
        "principal_minor": account.principal_minor, "bonus_minor": account.bonus_minor, "coupons": account.coupons,
        "lots": [
            {
                "id": lot.id, "points": lot.left, "expires_on": lot.expires_on,
                "available_on": lot.available_on or None,
            }
            for lot in sorted(account.lots, key=lambda one: (one.expires_on, one.id))
            if lot.left
        ],
        "entries": [
            {
                "on": entry.on, "what": entry.what, "points": entry.points, "balance": entry.balance,
                "growth": entry.growth, "principal_minor": entry.principal_minor, "bonus_minor": entry.bonus_minor,
                "incarnation": str(entry.fact[0]) if entry.fact else None,
                "number": entry.fact[1] if entry.fact else None,
            }
            for entry in account.entries
        ],
        "not_counted": [*account.not_counted, *lost],
    }  # fmt: skip


# recover


def run_recover(given: argparse.Namespace) -> int:
    from tillpoint.audit.recovery import gather, write

    with _ring(given) as ring:
        gathered = gather(given.paths, ring)
        if not any(found.facts for found in gathered.devices.values()):
            for line in gathered.damage:
                complain(f"{line}.")
            raise CommandError("No whole fact of any device was found.")
        devices = list(gathered.devices.values())
        if given.out:
            if len(devices) != 1:
                raise CommandError(f"There are facts of {len(devices)} devices. Give one device's folder.")
            write(devices[0], ring, given.out)
        sent = {found.device.incarnation: _sent(found, ring, given) for found in devices} if given.send else {}
    results = [(found, sent.get(found.device.incarnation)) for found in devices]
    if given.json:
        say(json.dumps(_plain_recovery(gathered, results), indent=2))
    else:
        _say_recovery(gathered, results, given.out)
    return 0 if all(_is_whole(found, result) for found, result in results) else 1


def _sent(found: Found, ring: KeyRing, given: argparse.Namespace) -> Sent:
    from tillpoint.audit.recovery import send_over_network, send_to_database

    if ring.server is not None:
        return send_to_database(found, ring)
    from pos_client import settings

    home = given.keys or next((path for path in given.paths if (path / "till.toml").is_file()), None)
    if home is None:
        raise CommandError("Give --server with the server's folder, or --keys with the till's, whose keys sign.")
    chosen = settings.load(home)
    url = given.url or chosen.server_url
    if not url:
        raise CommandError("The till's settings name no server. Give --url.")
    from tillpoint.audit.keys import KeyRing

    return send_over_network(found, KeyRing(home), url, chosen.ca_file)


def _is_whole(found: Found, sent: Sent | None) -> bool:
    last = max(found.facts, default=0)
    told = sent is None or (not sent.stopped and sent.head >= last)
    return told and not found.missing() and not found.forked and len(found.runs()) <= 1


def _say_recovery(gathered: Gathered, results: list[tuple[Found, Sent | None]], out: Path | None) -> None:
    for line in gathered.damage:
        say(f"Damaged: {line}.")
    for found, sent in results:
        device = found.device
        runs = ", ".join(f"{first} to {last}" for first, last in found.runs())
        say(f"Device {device.incarnation}, store {device.store_id}, lane {device.lane}:")
        say(f"  {len(found.facts)} whole facts: {runs}." if found.facts else "  no whole fact.")
        for first, last in found.missing():
            say(f"  MISSING: facts {first} to {last}.")
        for number in sorted(found.forked):
            say(f"  FORKED: two different facts {number} are signed by this device. It was copied or restored.")
        if found.unproven:
            say(f"  {found.unproven} facts aren't signed by this device, or were altered; they were left out.")
        if out:
            say(f"  written to {out}.")
        if sent is not None:
            _say_sent(found, sent)


def _say_sent(found: Found, sent: Sent) -> None:
    say(f"  The server lacked {sent.new} of them and now has all up to {sent.head}.")
    if sent.quarantined:
        say(f"  It keeps {len(sent.quarantined)} that it can't read: {', '.join(map(str, sent.quarantined))}.")
    if sent.stopped:
        say(f"  It took no more: {sent.stopped}.")
    left = [number for number in found.facts if number > sent.head]
    if left:
        say(f"  {len(left)} facts, {min(left)} to {max(left)}, follow on missing ones: the server can't take them.")


def _plain_recovery(gathered: Gathered, results: list[tuple[Found, Sent | None]]) -> dict[str, Any]:
    return {
        "damage": gathered.damage,
        "devices": [
            {
                "ok": _is_whole(found, sent), "incarnation": str(found.device.incarnation),
                "store_id": found.device.store_id, "lane": found.device.lane, "facts": len(found.facts),
                "runs": found.runs(), "missing": found.missing(), "forked": sorted(found.forked),
                "unproven": found.unproven,
                "sent": sent and {
                    "head": sent.head, "new": sent.new, "quarantined": sent.quarantined, "stopped": sent.stopped,
                },
            }
            for found, sent in results
        ],
    }  # fmt: skip


# export and mirror


def run_export(given: argparse.Namespace) -> int:
    import os

    from sync_server.journal_export import export
    from tillpoint.audit.keys import key_ring

    with key_ring(None, given.home, given.database) as ring:
        assert ring.server is not None, "the home is a server's"
        try:
            with os.fdopen(os.open(given.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                done = export(ring.server, file, personal=given.personal)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise CommandError(f"{given.out} can't be written: {error.strerror}.") from error
        key = ring.server.identity.public_key.hex()
    say(f"{given.out}: {done.facts} facts of {done.devices} devices. Check it with:")
    say(f"tillpoint journal verify {given.out} --public-key {key}")
    return 0


def run_mirror(given: argparse.Namespace) -> int:
    from dataclasses import replace

    from pos_client import settings
    from pos_client.store.mirror import prepare

    if not given.till.is_dir():
        raise CommandError(f"There is no till in {given.till}. Enrol it first.")
    chosen = settings.load(given.till)
    prepare(given.place)
    settings.save(given.till, replace(chosen, mirror=str(given.place.absolute())))
    say(f"The till in {given.till} keeps a second copy of its journal in {given.place} from its next start on.")
    return 0
