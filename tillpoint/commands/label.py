"""``tillpoint label``: shelf and price labels of what a till knows."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from shared_models.domain.receipt import Language as DocumentLanguage
from tillpoint.commands.parts import DEFAULT_TILL, LANGUAGES, a_count, as_given, declare, group, say, shop_in
from tillpoint.errors import CommandError
from tillpoint.listed import rows_of

if TYPE_CHECKING:
    from drivers.label.device import BatchOutcome
    from drivers.label.document import Label
    from drivers.label.layouts import Goods
    from pos_client.app.labels import LabelGoods
    from pos_client.presenters.language import Language
    from pos_client.settings import Settings
    from pos_client.store.shop import Shop
    from shared_models.domain.catalogue import Product
    from shared_models.domain.tier_rules import Tier

_MOST: Final = 20_000
_COLUMNS: Final = ("code", "copies", "was", "content")
_CONTENT: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?(kg|g|l|ml)", re.IGNORECASE)
_PER: Final = {"kg": ("kg", 1_000), "g": ("kg", 1), "l": ("l", 1_000), "ml": ("l", 1)}
"""What goods of this content are compared by, and how many thousandths of it one is."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    code: str
    copies: int
    was: str = ""
    content: str = ""


def add(all_commands: Any) -> None:
    commands = group(all_commands, "label", "shelf and price labels")
    parser = declare(
        commands, "print", run, "print labels of what this till knows, also while it is open or offline",
        "tillpoint label print --home var/till-1 --code 6901028075831 --code 00003\n"
        "tillpoint label print --home var/till-1 --file list.csv --layout offer --png labels/\n"
        "tillpoint label print --home var/till-1 --all --to tcp://192.168.1.60:9100 --printer-language tspl",
        "A file has a line of names of columns: code, and if wanted copies, was (a price that doesn't hold any more)\n"
        "and content (950 ml, 1.5 kg), of which the unit price is made. What isn't given here is as in till.toml.\n"
        "Exit status 0: all were printed, or sent to a printer that doesn't say; 1: not, with where to go on.",
    )  # fmt: skip
    parser.add_argument(
        "--home", type=Path, default=DEFAULT_TILL, metavar="FOLDER", help="the till's files (default: %(default)s)"
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--code", action="append", help="a product's code; may be given several times")
    what.add_argument("--file", type=Path, metavar="CSV", help="codes, copies, former prices, contents")
    what.add_argument("--all", action="store_true", help="each product that has a code")
    parser.add_argument("--layout", choices=("shelf", "offer"), default="shelf", help="(default: %(default)s)")
    parser.add_argument("--tier", metavar="CODE", help="whose price an offer shows (default: the first that has one)")
    parser.add_argument("--language", choices=LANGUAGES, help="(default: that of the store's receipts)")
    parser.add_argument("--copies", type=a_count, default=1, help="of each label (default: %(default)s)")
    parser.add_argument("--size", type=_a_size, metavar="WxH", help="of the labels, in mm, like 60x40")
    parser.add_argument("--to", metavar="PLACE", help="tcp://host:port, serial:/dev/ttyS0 or file:/path")
    parser.add_argument(
        "--printer-language",
        choices=("zpl", "tspl", "escpos", "escpos-gap", "escpos-mark"),
        help="what the printer understands",
    )
    parser.add_argument("--png", type=Path, metavar="FOLDER", help="draw the labels there; alone, print none")
    parser.add_argument("--from", type=a_count, default=1, metavar="NUMBER", dest="first", help="go on with this label")


def _a_size(text: str) -> str:
    size = text.replace("×", "x")
    if not re.fullmatch(r"[0-9.]+x[0-9.]+", size):
        raise argparse.ArgumentTypeError(f"{text!r} is no width and height in mm, like 60x40")
    return size


def run(given: argparse.Namespace) -> int:
    from drivers.label.document import LabelError

    chosen = _settings(given)
    with shop_in(given.home) as shop:
        try:
            labels = _labels(shop, given, chosen)
        except LabelError as error:
            raise CommandError(str(error)) from error
    if given.first > len(labels):
        raise CommandError(f"There are {len(labels)} labels, so none to go on with from {given.first}.")
    if given.png is not None:
        _draw(labels, given, chosen)
        if given.to is None:
            return 0
    return _print(labels, given, chosen)


def _settings(given: argparse.Namespace) -> Settings:
    from pos_client import settings

    chosen = settings.load(given.home)
    return replace(
        chosen,
        label_printer=given.to or chosen.label_printer,
        label_size=given.size or chosen.label_size,
        label_language=given.printer_language or chosen.label_language,
    )


@dataclass(frozen=True, slots=True)
class _Made:
    code: str
    copies: int
    label: Label


def _labels(shop: Shop, given: argparse.Namespace, chosen: Settings) -> list[_Made]:
    from drivers.label.document import LabelError
    from drivers.label.layouts import offer, shelf
    from pos_client.app.labels import on_label
    from pos_client.hardware.devices import label_stock_of
    from pos_client.presenters.language import Language

    store = shop.store()
    if store is None:
        raise CommandError("This till knows no goods yet. Let it sync with the server first.")
    size, _, _ = label_stock_of(chosen)
    reader = _reader(given.language or store.language)
    language = Language(reader)
    day = datetime.now(store.zone).date()
    tier = _tier(shop, given.tier) if given.layout == "offer" else None
    made = []
    for wanted, product in _products(shop, _wanted(shop, given)):
        goods = _goods(wanted, on_label(product, wanted.code, tier, store.currency, reader, day))
        try:
            label = (
                shelf(goods, size, reader)
                if tier is None and given.layout == "shelf"
                else offer(goods, size, reader, language.words)
            )
        except LabelError as error:
            raise LabelError(f"{wanted.code}: {error}") from error
        made.append(_Made(wanted.code, wanted.copies, label))
    return made


def _reader(language: str) -> DocumentLanguage:
    return next((known for known in get_args(DocumentLanguage) if known == language), "en")


def _tier(shop: Shop, code: str | None) -> Tier | None:
    from pos_client.app.labels import first_tier

    tiers = shop.programme().tiers
    if code is not None and code not in (tier.code for tier in tiers):
        raise CommandError(f"No tier has the code {code}. There are: {', '.join(tier.code for tier in tiers)}.")
    return next((each for each in tiers if each.code == code), None) if code else first_tier(tiers)


def _wanted(shop: Shop, given: argparse.Namespace) -> list[_Wanted]:
    if given.file is not None:
        return list(_listed(given.file, given.copies))
    if given.code is not None:
        return [_Wanted(code, given.copies) for code in given.code]
    products = shop.popular_products(_MOST + 1)
    if len(products) > _MOST:
        raise CommandError(f"There are more than {_MOST} products. Name those that need labels in a file.")
    return [_Wanted(product.codes[0], given.copies) for product in products if product.codes]


def _listed(path: Path, copies: int) -> Iterator[_Wanted]:
    for line, cells in rows_of(path, _COLUMNS):
        wanted = cells["copies"] or str(copies)
        if not cells["code"] or not (wanted.isascii() and wanted.isdigit() and 0 < int(wanted) <= 999):
            raise CommandError(f"{path}, line {line}: a code, and 1 to 999 copies.")
        yield _Wanted(cells["code"], int(wanted), cells["was"], cells["content"])


def _products(shop: Shop, wanted: Sequence[_Wanted]) -> list[tuple[_Wanted, Product]]:
    """Every code that isn't known, or is of several products, is said before anything is printed."""
    found: list[tuple[_Wanted, Product]] = []
    unknown: list[str] = []
    several: list[str] = []
    for each in wanted:
        products = shop.products_by_code(each.code)
        if len(products) == 1:
            found.append((each, products[0]))
        else:
            (several if products else unknown).append(each.code)
    if unknown:
        raise CommandError(f"This till knows no product with the code {', '.join(unknown[:20])}. Nothing was printed.")
    if several:
        raise CommandError(f"Several products have the code {', '.join(several[:20])}. Nothing was printed.")
    if not found:
        raise CommandError("No product has a code.")
    return found


def _goods(wanted: _Wanted, goods: LabelGoods) -> Goods:
    from pos_client.presenters.label_words import goods_of
    from pos_client.presenters.language import Language
    from shared_models.domain.catalogue import EACH

    language = Language(goods.language)
    per = "" if goods.unit == EACH else f"/{language.unit(goods.unit)}"
    return replace(
        goods_of(goods),
        unit_price=_unit_price(wanted.content, goods.price_minor, language, goods.currency),
        was=language.money(_minor(wanted, goods.currency), goods.currency) + per if wanted.was else "",
    )


def _unit_price(content: str, price_minor: int, language: Language, currency: str) -> str:
    """For a kilogram or a litre, rounded half up."""
    from shared_models.domain.money import round_ratio

    if not content:
        return ""
    found = _CONTENT.fullmatch(content)
    if found is None or not Decimal(found[1]):
        raise CommandError(f"{content!r} is no content like 950 ml, 1.5 kg or 400 g.")
    per, thousandths = _PER[found[2].lower()]
    numerator, denominator = (Decimal(found[1]) * thousandths).as_integer_ratio()
    per_unit = round_ratio(price_minor * 1_000 * denominator, numerator)
    return f"{language.money(per_unit, currency)}/{language.unit(per)}"


def _minor(wanted: _Wanted, currency: str) -> int:
    from shared_models.domain.money import CURRENCIES, MAX_AMOUNT_MINOR

    known = CURRENCIES.get(currency)
    try:
        minor = Decimal(wanted.was).scaleb(known.exponent if known else 2)
    except InvalidOperation:
        minor = Decimal(-1)
    if not minor.is_finite() or minor != minor.to_integral_value() or not 0 < minor <= MAX_AMOUNT_MINOR:
        raise CommandError(f"{wanted.code}: {wanted.was!r} is no price in {currency} like 15.00.")
    return int(minor)


def _draw(labels: Sequence[_Made], given: argparse.Namespace, chosen: Settings) -> None:
    from drivers.label.document import LabelError
    from drivers.label.drawing import picture

    try:
        given.png.mkdir(parents=True, exist_ok=True)
        for number, made in enumerate(labels[given.first - 1 :], given.first):
            picture(made.label, chosen.label_dpi).save(given.png / f"label-{number:04d}.png")
    except LabelError as error:
        raise CommandError(f"{made.code}: {error}") from error
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}.") from error
    say(f"{given.png}: {len(labels) - given.first + 1} labels drawn")


def _print(labels: Sequence[_Made], given: argparse.Namespace, chosen: Settings) -> int:
    from drivers.label.device import print_batch
    from drivers.label.document import LabelError
    from pos_client.hardware.devices import jobs_of, label_printer_of, label_stock_of

    with as_given(given.to):
        printer = label_printer_of(chosen, jobs_of(given.home, "labels"))
    if printer is None:
        raise CommandError("No label printer is set. Set label_printer in till.toml, or give --to.")
    _, stock, encode = label_stock_of(chosen)
    rest = labels[given.first - 1 :]
    jobs = []
    for made in rest:
        try:
            jobs.append(encode(made.label, stock, made.copies))
        except LabelError as error:
            raise CommandError(f"{made.code}: {error} Nothing was printed.") from error
    outcome = print_batch(printer, jobs)
    say(_done(outcome, rest))
    if outcome.problem is not None:
        raise CommandError(f"{outcome.problem} {_where(outcome, rest, given.first)}") from outcome.problem
    return 0


def _done(outcome: BatchOutcome, rest: Sequence[_Made]) -> str:
    said = [f"Printed {outcome.printed} of {outcome.total} labels."]
    if outcome.sent:
        said.append(f"Sent {outcome.sent} more; the printer doesn't say what became of them.")
    done = outcome.printed + outcome.sent
    if (pieces := sum(made.copies for made in rest[:done])) != done:
        said.append(f"With their copies that makes {pieces}.")
    return " ".join(said)


def _where(outcome: BatchOutcome, rest: Sequence[_Made], first: int) -> str:
    said = []
    if outcome.doubtful is not None:
        made = rest[outcome.doubtful - 1]
        what = "It" if made.copies == 1 else f"Some or all of its {made.copies} copies"
        said.append(
            f"Label {first + outcome.doubtful - 1} ({made.code}) is in doubt: {what} may be out, or may still come"
            " once the printer goes on. Look before you print it again."
        )
    if outcome.go_on_with is not None:
        said.append(f"Go on with --from {first + outcome.go_on_with - 1}.")
    return " ".join(said)
