"""``tillpoint label-scale``: the fresh department's scales that print labels, and the goods and prices they hold."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tillpoint.commands.parts import DEFAULT_TILL, LANGUAGES, a_day, as_given, complain, declare, group, say
from tillpoint.errors import CommandError

if TYPE_CHECKING:
    from drivers.label_scale.goods import Plu
    from shared_models.domain.barcode import InStoreRule
    from tillpoint.label_scale.choosing import Chosen
    from tillpoint.label_scale.source import Catalogue

_FORMATS: Final = ("dahua", "rongta", "columns")
_CURRENCY_DIGITS: Final = 2


def add(all_commands: Any) -> None:
    commands = group(all_commands, "label-scale", "the goods and prices of scales that print labels")
    listed = declare(
        commands, "list", run_list, "say which goods a scale is told of, at which prices, and which not and why",
        "tillpoint label-scale list --home var/till-1 --code 26/18\n"
        "tillpoint label-scale list --server var/server --store S1 --on 2026-11-20 --code 26/18",
    )  # fmt: skip
    _goods(listed)
    _dated(listed)
    export = declare(
        commands, "export", run_export, "write them to a file that a scale's own program loads",
        "tillpoint label-scale export --format rongta --out plu.txp\n"
        "tillpoint label-scale export --format columns --columns plu,item,name:20,price,-,days --header --out plu.txt",
        "rongta is the PLU file (.TXP) of RLS scales, dahua the lines that TM scales are sent, columns any other text\n"
        "file: its columns are plu, item, name, price, price_minor, by, prefix, tare, days and - for an empty one.",
    )  # fmt: skip
    _goods(export)
    _dated(export)
    export.add_argument("--format", choices=_FORMATS, required=True)
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.add_argument("--columns", default="plu,item,name,price", metavar="NAMES", help="(default: %(default)s)")
    export.add_argument("--separator", choices=("tab", "comma", "semicolon"), default="tab", help="(default: tab)")
    export.add_argument("--encoding", choices=("gbk", "utf-8", "utf-16"), default="gbk", help="(default: gbk)")
    export.add_argument("--header", action="store_true", help="name the columns in the first line")
    send = declare(
        commands, "send", run_send, "send to Dahua TM scales what they aren't known to hold",
        "tillpoint label-scale send --home var/till-1\n"
        "tillpoint label-scale send --to tcp://192.168.1.87:4001 --code 26/18 --all --check",
        "What a scale has said that it holds is kept in the folder label-scales beside the till's files: after a\n"
        "broken line the same command goes on, and the next day it sends what is new. Exit status 0: each scale has\n"
        "said of each PLU that it holds it, and no goods had to be left out; 1: not, with what is wrong.",
    )  # fmt: skip
    _goods(send)
    send.add_argument("--to", action="append", metavar="PLACE", help="tcp://host:4001 (default: label_scales)")
    send.add_argument("--all", action="store_true", help="send everything, for a scale that is new or was cleared")
    send.add_argument("--check", action="store_true", help="have the scale say what it holds, and compare")


def _goods(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home", type=Path, default=DEFAULT_TILL, metavar="FOLDER",
        help="the till whose settings, goods and prices these are (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--server", type=Path, metavar="FOLDER", help="take goods and prices from the server's files")
    parser.add_argument("--database", metavar="URL", help="postgresql+psycopg://… instead of an encrypted file there")
    parser.add_argument("--store", help="the store's id; goes with --server")
    parser.add_argument("--code", metavar="PREFIX/DIGITS", help="the labels' code, of the programme's in_store: 26/18")
    parser.add_argument("--details", type=Path, metavar="CSV", help="columns item, plu, tare_g, days")
    parser.add_argument("--category", action="append", default=[], help="these goods alone; may be given several times")
    parser.add_argument("--language", choices=LANGUAGES, help="of the names (default: that of the store's receipts)")


def _dated(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--on", type=a_day, metavar="DAY", help="the prices of the end of that day; goes with --server")


def run_list(given: argparse.Namespace) -> int:
    from drivers.label_scale import dahua

    catalogue, rule, code = _found(given)
    layout = _layout(rule, dahua.check)
    chosen = _chosen(given, catalogue, rule, dahua.download)
    say(f"Store {catalogue.store_id}, prices of {catalogue.day}. Labels {code}: set the scale to {layout}.")
    for plu in chosen.plus:
        per = f"{plu.price_minor // 100}.{plu.price_minor % 100:02d}/{plu.by}"
        say(f"{plu.number:>5}  {plu.item:<7} {per:>14}  {plu.name}")
    say(f"{_plus(len(chosen.plus))}.")
    _tell_left_out(chosen)
    return 0


def run_export(given: argparse.Namespace) -> int:
    from drivers.label_scale import columns, dahua, rongta
    from drivers.label_scale.goods import NotForScale

    catalogue, rule, _ = _found(given)
    try:
        table = columns.table(given.columns, given.separator, given.encoding, header=given.header)
    except NotForScale as error:
        raise CommandError(str(error)) from error
    checks: dict[str, Callable[[InStoreRule], str]] = {"dahua": dahua.check, "rongta": rongta.check}
    fits: dict[str, Callable[[Plu], object]] = {
        "dahua": dahua.download, "rongta": lambda plu: rongta.line(plu, rule), "columns": lambda plu: plu
    }  # fmt: skip
    if given.format in checks:
        _layout(rule, checks[given.format])
    chosen = _chosen(given, catalogue, rule, fits[given.format])
    data = {
        "dahua": lambda: b"".join(map(dahua.download, chosen.plus)),
        "rongta": lambda: rongta.file(chosen.plus, rule),
        "columns": lambda: table.file(chosen.plus),
    }[given.format]()
    try:
        given.out.write_bytes(data)
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}.") from error
    say(f"{given.out}: {_plus(len(chosen.plus))}, prices of {catalogue.day}")
    return _tell_left_out(chosen)


def run_send(given: argparse.Namespace) -> int:
    from drivers.label_scale import dahua
    from pos_client import settings
    from pos_client.hardware.devices import label_scales_of
    from tillpoint.label_scale.sending import send

    with as_given(given.to):
        scales = label_scales_of(" ".join(given.to) if given.to else settings.load(given.home).label_scales)
    if not scales:
        raise CommandError("No label scale is set. Set label_scales in till.toml, or give --to.")
    catalogue, rule, code = _found(given)
    layout = _layout(rule, dahua.check)
    chosen = _chosen(given, catalogue, rule, dahua.download)
    say(f"Store {catalogue.store_id}, prices of {catalogue.day}. Labels {code}: the scale has to be set to {layout}.")
    wrong = _tell_left_out(chosen)
    for scale in scales:
        sent = send(
            scale, chosen.plus, given.server or given.home, say, everything=given.all, check=given.check
        )  # fmt: skip
        for each in sent.said:
            (say if sent.right else complain)(each)
        wrong = wrong or not sent.right
    return int(wrong)


def _plus(number: int) -> str:
    return f"{number} PLU" if number == 1 else f"{number} PLUs"


def _found(given: argparse.Namespace) -> tuple[Catalogue, InStoreRule, str]:
    """The goods, and the rule of their labels with its name."""
    from pos_client import settings
    from shared_models.domain.money import CURRENCIES
    from tillpoint.label_scale.choosing import rule_of
    from tillpoint.label_scale.source import of_server, of_till

    day = getattr(given, "on", None)
    if (given.server is None) != (given.store is None):
        raise CommandError("--server and --store go together.")
    if day is not None and given.server is None:
        raise CommandError("A till knows the prices of now alone. For those of a day give --server and --store.")
    if given.server is None:
        catalogue = of_till(given.home)
    elif given.server.is_dir():
        catalogue = of_server(given.server, given.database, given.store, day)
    else:
        raise CommandError(f"There is no server in {given.server}.")
    currency = CURRENCIES.get(catalogue.currency)
    if currency is None or currency.exponent != _CURRENCY_DIGITS:
        raise CommandError(f"Scales are told prices with two decimals, which {catalogue.currency} hasn't.")
    rule = rule_of(catalogue.in_store, given.code or settings.load(given.home).label_scale_code)
    return catalogue, rule, f"{rule.prefix}/{rule.digits}"


def _layout(rule: InStoreRule, check: Callable[[InStoreRule], str]) -> str:
    from drivers.label_scale.goods import NotForScale

    try:
        return check(rule)
    except NotForScale as error:
        raise CommandError(str(error)) from error


def _chosen(
    given: argparse.Namespace, catalogue: Catalogue, rule: InStoreRule, fits: Callable[[Plu], object]
) -> Chosen:
    from tillpoint.label_scale.choosing import choose, details_of

    language = given.language or catalogue.language
    chosen = choose(catalogue.products, rule, language, details_of(given.details), fits, given.category)
    if not chosen.plus:
        _tell_left_out(chosen)
        raise CommandError("There are no goods for the scale.")
    return chosen


def _tell_left_out(chosen: Chosen) -> bool:
    """Whether there are any that ought to be on the scale."""
    for left_out in chosen.left_out:
        complain(f"Not for the scale: {left_out.name}: {left_out.why}.")
    return any(left_out.wrong for left_out in chosen.left_out)
