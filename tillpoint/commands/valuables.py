"""Coupons, stored value and gift stock from the command line: ``coupon``, ``stored-value``, ``gift``."""

from __future__ import annotations

import argparse
import getpass
import uuid
from pathlib import Path
from typing import Any
from uuid import UUID

from tillpoint.commands.administration import opened
from tillpoint.commands.importing import written
from tillpoint.commands.parts import a_count, declare, group, say, server_home

_AGAIN = "the act's own id: with the same one nothing is done twice (default: a new one)"


def add(commands: Any) -> None:
    coupons = group(commands, "coupon", "coupons: issue and cancel them")
    issue = declare(
        coupons, "issue", run_issue, "issue coupons of a kind that the programme has, and print their codes",
        "tillpoint coupon issue five-off --member 00000042\n"
        "tillpoint coupon issue leaflet --count 200 --json codes.json --id 0193…",
    )  # fmt: skip
    server_home(issue)
    issue.add_argument("rule", help="the coupon's id in the programme")
    issue.add_argument("--member", default="", metavar="NUMBER", help="its owner's member number (default: nobody's)")
    issue.add_argument("--count", type=a_count, default=1, help="how many (default: %(default)s)")
    issue.add_argument("--store", default="", help="the only store that takes them (default: all)")
    issue.add_argument("--json", type=Path, metavar="OUT", help="write them as JSON, with what a square code holds")
    _by_and_id(issue)
    void = declare(
        coupons, "void", run_void, "cancel coupons that weren't used",
        "tillpoint coupon void 76c61902-b058-5b06-af80-4a046ee53a36 --reason 'printed wrongly'",
    )  # fmt: skip
    server_home(void)
    void.add_argument("coupon", nargs="+", type=_an_id, help="the coupon's id")
    void.add_argument("--reason", required=True)
    void.add_argument("--by", default="", help="who does it (default: you)")
    stored = group(commands, "stored-value", "members' stored value: correct it, freeze it")
    correct = declare(
        stored, "correct", run_correct, "add to a member's stored value, or take from it",
        "tillpoint stored-value correct 00000042 --minor 5000 --reason 'card 17 carried over'\n"
        "tillpoint stored-value correct 00000042 --minor -1250 --reason 'loaded twice'",
    )  # fmt: skip
    server_home(correct)
    correct.add_argument("member", help="the member's number")
    correct.add_argument("--minor", type=int, required=True, help="in minor units (cents, fen); below zero takes")
    correct.add_argument("--reason", required=True)
    _by_and_id(correct)
    for name, what in (("freeze", "stop a member's stored value at all tills"), ("unfreeze", "let it go on")):
        command = declare(
            stored, name, run_freeze, what, f"tillpoint stored-value {name} 00000042 --reason 'phone lost'"
        )
        server_home(command)
        command.add_argument("member", help="the member's number")
        command.add_argument("--reason", required=True)
        command.set_defaults(frozen=name == "freeze")
        _by_and_id(command)

    _add_gifts(commands)


def _add_gifts(commands: Any) -> None:
    gifts = group(commands, "gift", "gift stock: what stores have of rewards' goods")
    stock = declare(
        gifts, "stock", run_stock, "bring gifts into a store's stock, or take them out",
        "tillpoint gift stock mug --store 001 --add 50 --reason delivered\n"
        "tillpoint gift stock mug --store 001 --add -2 --reason broken",
    )  # fmt: skip
    server_home(stock)
    stock.add_argument("reward", help="the reward's id in the programme")
    stock.add_argument("--store", required=True, help="whose stock it is")
    stock.add_argument("--add", type=int, required=True, metavar="UNITS", help="how many; below zero takes")
    stock.add_argument("--reason", required=True)
    _by_and_id(stock)
    listed = declare(
        gifts, "list", run_list, "say what stores have, and what of it tills were lent",
        "tillpoint gift list --store 001",
    )  # fmt: skip
    server_home(listed)
    listed.add_argument("--store", default="", help="only this store's (default: all)")


def run_stock(given: argparse.Namespace) -> int:
    from sync_server.gift_desk import stock_gifts

    with opened(given) as server:
        there = stock_gifts(
            server, given.id or uuid.uuid4(), given.store, given.reward, given.add, reason=given.reason, by=_by(given)
        )
    say(f"{there.units} of {there.reward} in store {there.store_id}, {there.lent} of them lent to tills.")
    return 0


def run_list(given: argparse.Namespace) -> int:
    from sync_server.gift_desk import gift_stocks

    with opened(given) as server, server.reading() as connection:
        found = gift_stocks(connection, given.store)
    for each in found:
        say(f"{each.store_id}  {each.reward}  {each.units} in stock, {each.lent} of them lent to tills")
    if not found:
        say("No gifts are in stock.")
    return 0


def run_issue(given: argparse.Namespace) -> int:
    import json

    from sync_server.value_desk import issue_coupons

    batch_id = given.id or uuid.uuid4()
    with opened(given) as server:
        made = issue_coupons(
            server, batch_id, given.rule, by=_by(given), member_number=given.member, count=given.count,
            store_id=given.store,
        )  # fmt: skip
    for each in made:
        say(f"{each.coupon.id}  {each.code or '-'}  good {each.coupon.valid_from} to {each.coupon.valid_to}")
    if given.json:
        plain = [{"id": str(each.coupon.id), "code": each.code, "token": each.token} for each in made]
        written(given.json, json.dumps({"batch": str(batch_id), "coupons": plain}, indent=2))
    return 0


def run_void(given: argparse.Namespace) -> int:
    from sync_server.value_desk import void_coupons

    with opened(given) as server:
        count = void_coupons(server, given.coupon, reason=given.reason, by=_by(given))
    say(f"{count} cancelled. Tills hear of it when they sync.")
    return 0


def run_correct(given: argparse.Namespace) -> int:
    from sync_server.value_desk import correct_stored_value

    with opened(given) as server:
        held = correct_stored_value(
            server, given.id or uuid.uuid4(), given.member, given.minor, reason=given.reason, by=_by(given)
        )
        with server.reading() as connection:
            money = server.programme(connection).money.text
        say(f"{money(held.principal_minor)} paid in, {money(held.bonus_minor(server.today()))} bonus.")
    return 0


def run_freeze(given: argparse.Namespace) -> int:
    from sync_server.value_desk import freeze_stored_value

    with opened(given) as server:
        held = freeze_stored_value(
            server, given.id or uuid.uuid4(), given.member, frozen=given.frozen, reason=given.reason, by=_by(given)
        )
    say("It is frozen. Tills hear of it when they sync." if held.frozen else "It can be used.")
    return 0


def _by_and_id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", default="", help="who does it (default: you)")
    parser.add_argument("--id", type=_an_id, metavar="UUID", help=_AGAIN)


def _by(given: argparse.Namespace) -> str:
    return given.by or getpass.getuser()


def _an_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an id like {UUID(int=42)}") from error
