"""Setting a shop up from the command line: ``store``, ``staff``, ``user``, ``code``, ``tills``, ``programme``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tillpoint.commands.importing import written
from tillpoint.commands.parts import LANGUAGES, a_count, a_day, asked_secret, declare, group, say, server_home
from tillpoint.commands.pricing import add_check
from tillpoint.errors import CommandError

if TYPE_CHECKING:
    from shared_models.wire.state import StoreDoc
    from sync_server.server import Server

_FOOTERS = {"--footer": "zh_Hans", "--footer-hant": "zh_Hant", "--footer-en": "en"}
_ROLES = ("cashier", "service_desk", "manager", "administrator")


def add(commands: Any) -> None:
    _add_store(group(commands, "store", "the stores"))
    _add_staff(group(commands, "staff", "the people who work at tills"))
    _add_user(group(commands, "user", "the people who sign in at head office"))
    code = declare(
        commands, "code", run_code, "make a one-time code that enrols a till",
        "tillpoint code S1 3 --home var/server",
    )  # fmt: skip
    server_home(code)
    code.add_argument("store", help="the store's id")
    code.add_argument("lane", type=a_count, help="the number of the counter")
    code.add_argument("--minutes", type=a_count, default=60, help="how long it is good for (default: %(default)s)")
    _add_tills(group(commands, "tills", "the tills that were enrolled"))
    programme = group(commands, "programme", "the member programme: taxes, tiers, offers, points")
    _add_programme(programme)
    add_check(programme)


def _add_store(commands: Any) -> None:
    store = declare(
        commands, "add", run_store, "create a store, or change what its receipts say",
        "tillpoint store add S1 --name 惠屿超市一店 --name-en 'Huiyu Market 1' --address '禾岸路 1 号'",
    )  # fmt: skip
    server_home(store)
    store.add_argument("id")
    store.add_argument("--name", required=True, help="in simplified Chinese, or in any language if it is the only one")
    store.add_argument("--name-hant", metavar="NAME", help="in traditional Chinese")
    store.add_argument("--name-en", metavar="NAME", help="in English")
    store.add_argument("--address", action="append", default=[], metavar="LINE", help="may be given several times")
    store.add_argument("--currency", default="CNY", help="ISO 4217 (default: %(default)s)")
    store.add_argument("--timezone", default="Asia/Shanghai", help="IANA name (default: %(default)s)")
    store.add_argument(
        "--language", choices=LANGUAGES, default="zh_Hans", help="of its receipts (default: %(default)s)"
    )

    receipts = declare(
        commands, "receipts", run_receipts, "set what a store's receipts say beside its name: logo and last lines",
        "tillpoint store receipts S1 --logo logo.png --footer '谢谢惠顾' --footer-en 'Thank you'",
    )  # fmt: skip
    server_home(receipts)
    receipts.add_argument("id")
    logo = receipts.add_mutually_exclusive_group()
    logo.add_argument("--logo", type=Path, metavar="FILE", help="a PNG or JPEG; it is printed in black and white")
    logo.add_argument("--no-logo", action="store_true", help="receipts begin with the name")
    for option, language in _FOOTERS.items():
        receipts.add_argument(option, action="append", metavar="LINE", help=f"below receipts, in {language}")


def _add_staff(commands: Any) -> None:
    staff = declare(
        commands, "add", run_staff, "create somebody who works at tills, or change them; asks for their PIN",
        "tillpoint staff add wang --store S1 --name 王芳\necho 2468 | tillpoint staff add wang --store S1 --name 王芳",
    )  # fmt: skip
    server_home(staff)
    staff.add_argument("id")
    staff.add_argument("--store", required=True, help="the store's id")
    staff.add_argument("--name", required=True)
    staff.add_argument("--role", choices=_ROLES, default="cashier", help="(default: %(default)s)")
    staff.add_argument("--language", choices=LANGUAGES, default="", help="of their screens (default: the store's)")


def _add_user(commands: Any) -> None:
    user = declare(
        commands, "add", run_user, "create somebody for head office, or change them; asks for their password",
        "tillpoint user add li --role manager",
    )  # fmt: skip
    server_home(user)
    user.add_argument("name")
    user.add_argument("--role", choices=_ROLES, default="administrator", help="(default: %(default)s)")
    user.add_argument("--language", choices=LANGUAGES, default="", help="of their pages")


def _add_tills(commands: Any) -> None:
    listed = declare(commands, "list", run_devices, "list the tills, their state and what each was lent")
    server_home(listed)
    gone = declare(
        commands, "write-off", run_write_off, "free what a till was lent that nobody will hear of again",
        "tillpoint tills list\ntillpoint tills write-off 01937f00-0000-7000-8000-00000000000a",
        "For a till that is stolen, burnt or lost. It gets nothing more. What it was lent and may have spent is said "
        "and kept as an alert; if it comes back, what it spent is still taken in (docs/offline-spending.md).",
    )  # fmt: skip
    server_home(gone)
    gone.add_argument("incarnation", type=an_id, help="which one, as `tillpoint tills list` prints it")


def an_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not the id of a till") from error


def _add_programme(commands: Any) -> None:
    publish = declare(
        commands, "publish", run_publish, "put a programme in force, all of it checked first",
        "tillpoint programme show > programme.json\ntillpoint programme publish programme.json",
    )  # fmt: skip
    server_home(publish)
    publish.add_argument("file", type=Path, help="JSON, as `tillpoint programme show` prints it, with a higher version")
    show = declare(commands, "show", run_show, "print the programme in force as JSON")
    server_home(show)
    owed = declare(
        commands, "liability", run_liability, "say what is owed for points, and what of it has become revenue",
        "tillpoint programme liability --breakage 0.15\ntillpoint programme liability --on 2026-12-31 --json owed.json",
        "By IFRS 15's relative stand-alone prices, from the server's ledger; docs/programme/README.md says how.",
    )  # fmt: skip
    server_home(owed)
    owed.add_argument("--on", type=a_day, metavar="DAY", help="the day to look at (default: today, UTC)")
    owed.add_argument(
        "--breakage",
        type=_a_part,
        metavar="PART",
        help="of points never redeemed, 0 to 1 (default: as expired ones show)",
    )
    owed.add_argument("--json", type=Path, metavar="OUT", help="write the result as JSON")


def _a_part(text: str) -> Decimal:
    try:
        part = Decimal(text)
        inside = 0 <= part <= 1
    except ArithmeticError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number like 0.15") from error
    if not inside:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 0 and 1")
    return part


@contextmanager
def opened(given: argparse.Namespace) -> Iterator[Server]:
    """The server whose files or database a command names."""
    from sync_server.main import open_home

    server = open_home(given.home, given.database)
    try:
        yield server
    finally:
        server.engine.dispose()


def run_store(given: argparse.Namespace) -> int:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from msgspec.structs import replace

    from shared_models.domain.money import CURRENCIES
    from shared_models.wire.state import StoreDoc
    from sync_server.setup import create_store, stored_store

    try:
        ZoneInfo(given.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise CommandError(
            f"There is no time zone {given.timezone}. Give an IANA name such as Asia/Shanghai."
        ) from error
    if given.currency not in CURRENCIES:
        raise CommandError(f"The currency {given.currency} isn't known. Known are {', '.join(sorted(CURRENCIES))}.")
    names = {"zh_Hans": given.name, "zh_Hant": given.name_hant, "en": given.name_en}
    doc = StoreDoc(
        id=given.id,
        names={language: name for language, name in names.items() if name},
        address=given.address,
        currency=given.currency,
        timezone=given.timezone,
        language=given.language,
    )
    with opened(given) as server:
        before = stored_store(server, given.id)
        create_store(server, replace(doc, footer=before.footer, logo=before.logo) if before else doc)
    say(f"Store {given.id} is there. Next: tillpoint staff add … --store {given.id}, tillpoint code {given.id} 1")
    return 0


def run_receipts(given: argparse.Namespace) -> int:
    from msgspec.structs import replace

    from drivers.printer.logo import BadLogo, logo_of
    from sync_server.setup import create_store, stored_store

    changed: dict[str, Any] = {"logo": ""} if given.no_logo else {}
    if given.logo is not None:
        try:
            changed["logo"] = logo_of(given.logo.read_bytes())
        except BadLogo as error:
            raise CommandError(f"{given.logo}: {error}") from error
        except OSError as error:
            raise CommandError(f"{given.logo} can't be read: {error.strerror}.") from error
    lines = {language: getattr(given, option[2:].replace("-", "_")) for option, language in _FOOTERS.items()}
    footer = {language: "\n".join(said) for language, said in lines.items() if said is not None}
    if not given.home.is_dir():
        raise CommandError(f"There is no server in {given.home}. Give its folder with --home.")
    with opened(given) as server:
        check_store(server, given.id)
        before = stored_store(server, given.id)
        assert before is not None
        if not changed and not footer:
            _say_receipts(before)
            return 0
        kept = {**before.footer, **footer}
        create_store(server, replace(before, footer={key: said for key, said in kept.items() if said}, **changed))
    say(f"The receipts of {given.id} say so once its tills have synced.")
    return 0


def _say_receipts(store: StoreDoc) -> None:
    say(f"Logo: {'there' if store.logo else 'none'}")
    for option, language in _FOOTERS.items():
        said = store.footer.get(language, "")
        say(f"{option}: {' / '.join(said.splitlines()) or 'none'}")


def run_staff(given: argparse.Namespace) -> int:
    from sync_server.setup import save_staff

    pin = asked_secret("PIN")
    with opened(given) as server:
        check_store(server, given.store)
        save_staff(server, given.id, given.store, given.name, given.role, pin, given.language)
    say(f"{given.name} can sign in at the tills of {given.store}.")
    return 0


def run_user(given: argparse.Namespace) -> int:
    from sync_server.setup import save_user

    password = asked_secret("password")
    with opened(given) as server:
        save_user(server, given.name, password, given.role, given.language)
    say(f"{given.name} can sign in at head office.")
    return 0


def run_code(given: argparse.Namespace) -> int:
    from sync_server.setup import new_enrolment_code

    with opened(given) as server:
        check_store(server, given.store)
        code = new_enrolment_code(server, given.store, given.lane, given.minutes * 60)
    say(code)
    return 0


def run_devices(given: argparse.Namespace) -> int:
    from sync_server.head_office.queries.devices import all_devices, lent

    with opened(given) as server, server.reading() as connection:
        lent_to = lent(connection)
        for each in all_devices(connection, server.ports.clock.now_ms()):
            held = ", ".join(f"{kind} {left}" for kind, left in lent_to.get(each.incarnation, {}).items())
            say(f"{each.incarnation}  {each.store_id}  lane {each.lane}  {each.state}  lent: {held or 'nothing'}")
    return 0


def run_write_off(given: argparse.Namespace) -> int:
    from sync_server.ingest.locks import UnknownDevice
    from sync_server.setup import write_off

    with opened(given) as server:
        try:
            exposure = write_off(server, given.incarnation)
        except UnknownDevice as error:
            raise CommandError("There is no such till. `tillpoint tills list` prints them.") from error
    held = ", ".join(f"{left} of {kind}" for kind, left in exposure.items())
    say(f"Written off. The till may have spent {held or 'nothing that it was lent'}.")
    return 0


def run_publish(given: argparse.Namespace) -> int:
    from shared_models.domain.programme import from_plain
    from sync_server.setup import publish_programme
    from tillpoint.commands.pricing import read_json

    plain = read_json(given.file)
    with opened(given) as server:
        version = publish_programme(server, plain)
        begins, today = from_plain(plain).valid_from, server.today()
    say(f"Programme {version} is in force." if begins <= today else f"Programme {version} is in force from {begins}.")
    return 0


def run_show(given: argparse.Namespace) -> int:
    import json

    from shared_models.domain.programme import to_plain

    with opened(given) as server, server.reading() as connection:
        programme = server.programme(connection)
    say(json.dumps(to_plain(programme), ensure_ascii=False, indent=2))
    return 0


def run_liability(given: argparse.Namespace) -> int:
    import json

    from sync_server.ledger.liability import liability

    with opened(given) as server, server.reading() as connection:
        programme = server.programme(connection)
        found = liability(connection, programme, given.on or server.today(), given.breakage)
    money = programme.money.text
    for each in found.owed:
        say(f"{each.points} points through {each.expires_on}: {money(each.minor)}")
    seen = ", as seen of expired points" if found.observed else ""
    say(
        f"On {found.on} {money(found.owed_minor)} is owed for {found.owed_points} points (breakage {found.breakage}"
        f"{seen}); of {money(found.deferred_minor)} deferred so far, {money(found.revenue_minor)} is revenue."
    )
    if given.json:
        plain = {
            "on": found.on.isoformat(),
            "breakage": str(found.breakage),
            "observed": found.observed,
            "owed": [
                {"expires_on": each.expires_on.isoformat(), "points": each.points, "minor": each.minor}
                for each in found.owed
            ],
            "owed_minor": found.owed_minor,
            "deferred_minor": found.deferred_minor,
            "revenue_minor": found.revenue_minor,
        }
        written(given.json, json.dumps(plain, indent=2))
    return 0


def check_store(server: Server, store_id: str) -> None:
    """Raise ``CommandError`` if there is no such store."""
    from sqlalchemy import select

    from shared_models.orm.server import store

    with server.reading() as connection:
        known = sorted(connection.scalars(select(store.c.id)))
    if store_id not in known:
        there = f"There are {', '.join(known)}." if known else "There is none yet: tillpoint store add …"
        raise CommandError(f"There is no store {store_id}. {there}")
