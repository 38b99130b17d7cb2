"""What several commands' declarations share."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tillpoint.errors import CommandError

if TYPE_CHECKING:
    from pos_client.store.shop import Shop

Run = Callable[[argparse.Namespace], int]
DEFAULT_SERVER = Path("var/server")
DEFAULT_TILL = Path("var/till")
LANGUAGES = ("zh_Hans", "zh_Hant", "en")


def declare(
    commands: Any, name: str, run: Run, what: str, examples: str = "", more: str = ""
) -> argparse.ArgumentParser:
    """A command with its help: ``what`` is one line, ``examples`` are shown as they are typed."""
    description = what[0].upper() + what[1:] + "." + (f"\n\n{more}" if more else "")
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=what,
        description=description,
        epilog=f"examples:\n{indented(examples)}" if examples else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def group(commands: Any, name: str, what: str) -> Any:
    """A command that has commands of its own."""
    parser = commands.add_parser(name, help=what, description=what[0].upper() + what[1:] + ".")
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True, dest=f"{name}_command")


def server_home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home", type=Path, default=DEFAULT_SERVER, metavar="FOLDER", help="the server's files (default: %(default)s)"
    )
    parser.add_argument("--database", metavar="URL", help="postgresql+psycopg://… instead of an encrypted file there")


@contextmanager
def shop_in(home: Path) -> Iterator[Shop]:
    """The shop as the till in ``home`` knows it. Raise ``CommandError``, or as ``bootstrap.shop_of``."""
    from pos_client.bootstrap import NotEnrolled, shop_of

    with ExitStack() as stack:
        try:
            shop = stack.enter_context(shop_of(home))
        except NotEnrolled as error:
            raise CommandError(
                f"There is no till of a shop in {home}. Give its folder with --home, or make it one with a code from"
                f" head office: tillpoint enrol --home {home}"
            ) from error
        yield shop


@contextmanager
def as_given(option: object) -> Iterator[None]:
    """What is wrong with a place isn't said of ``till.toml`` if it was given with ``--to``."""
    from pos_client.settings import BadSettings

    try:
        yield
    except BadSettings as error:
        if not option:
            raise
        raise CommandError(f"--to: {error.values['why']}.") from error


def indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.strip().splitlines())


def a_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2017-11-19") from error


def a_count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def a_port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def asked_secret(prompt: str) -> str:
    """A PIN or password, typed unseen; from a pipe its first line. Raise ``CommandError`` if it is empty."""
    secret = getpass.getpass(f"{prompt}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not secret:
        raise CommandError(f"No {prompt} was given. Type it, or pipe it in as one line.")
    return secret


def say(line: str) -> None:
    print(line, flush=True)


def complain(text: str) -> None:
    """For people who look for what is wrong: on stderr."""
    print(text, file=sys.stderr)
