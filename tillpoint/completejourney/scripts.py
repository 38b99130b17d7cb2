"""Real baskets as scripts that a till can replay: who came when, and what was scanned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import msgspec
from msgspec import Struct

from shared_models.wire.state import ProductDoc
from tillpoint.completejourney.catalogue import Catalogue
from tillpoint.completejourney.households import member_number, store_id
from tillpoint.completejourney.journey import Journey
from tillpoint.completejourney.people import made_up_phone
from tillpoint.completejourney.treatment import Treatment, treatments
from tillpoint.completejourney.weighing import scale_label
from tillpoint.errors import CommandError

OPENS = time(6)
NOON = time(12)


class NoSuchDay(CommandError):
    """No basket at that store on that morning."""


class ScriptLine(Struct, frozen=True, kw_only=True):
    """``code`` is scanned once; then the quantity is set to ``quantity`` unless it is 1 (weighed goods: always 1)."""

    product_id: str
    code: str
    quantity: int
    weighed: bool


class ScriptBasket(Struct, frozen=True, kw_only=True):
    """``at`` is the real local time. ``phone`` is the made-up phone of the household's member, normalised."""

    basket: int
    at: datetime
    household: int
    member: str
    phone: str
    lines: list[ScriptLine]


class Script(Struct, frozen=True, kw_only=True):
    """``left_out`` counts lines by their treatment, and ``no_label`` weighed lines whose weight fits no label."""

    store: str
    day: date
    baskets: list[ScriptBasket]
    left_out: dict[str, int]

    def to_json(self) -> bytes:
        return msgspec.json.encode(self)


def read_script(body: bytes) -> Script:
    return msgspec.json.decode(body, type=Script)


def build_script(
    journey: Journey, catalogue: Catalogue, store: int, day: date, opens: time = OPENS, closes: time = NOON
) -> Script:
    """The baskets of ``store`` on ``day`` from ``opens`` until before ``closes``, in order. Raise ``NoSuchDay``."""
    lines = journey.lines
    wanted = lines[
        (lines.store == store)
        & (lines["at"] >= datetime.combine(day, opens))
        & (lines["at"] < datetime.combine(day, closes))
    ]
    if wanted.empty:
        raise NoSuchDay(f"The data have no basket of store {store} on {day} from {opens:%H:%M} to {closes:%H:%M}.")
    return _script(journey, catalogue, wanted, store, day)


def next_basket(
    journey: Journey, catalogue: Catalogue, store: int, household: int, after: datetime, min_cents: int = 0
) -> ScriptBasket | None:
    """The household's next basket at ``store`` that cost at least ``min_cents`` and leaves lines to scan, if any."""
    lines = journey.lines
    later = lines[(lines.household == household) & (lines.store == store) & (lines["at"] > after)].sort_values("at")
    for _, basket in later.groupby("basket", sort=False):
        if int(basket.sales_cents.sum()) >= min_cents:
            script = _script(journey, catalogue, basket, store, basket["at"].iloc[0].date())
            if script.baskets:
                return script.baskets[0]
    return None


def _script(journey: Journey, catalogue: Catalogue, wanted: Any, store: int, day: date) -> Script:
    docs = {doc.id: doc for doc in catalogue.docs}
    left_out: Counter[str] = Counter()
    treated = treatments(Journey(wanted, journey.products, journey.demographics))
    left_out.update(treated[treated != Treatment.SOLD.value])
    sold = wanted[treated == Treatment.SOLD.value].sort_values("at", kind="stable")
    baskets = []
    for basket, rows in sold.groupby("basket", sort=False):
        if lines := _lines(rows, docs, catalogue.items, left_out):
            household = int(rows.household.iloc[0])
            baskets.append(
                ScriptBasket(
                    basket=int(basket),
                    at=rows["at"].iloc[0].to_pydatetime(),
                    household=household,
                    member=member_number(household),
                    phone=made_up_phone(household),
                    lines=lines,
                )
            )
    return Script(store=store_id(store), day=day, baskets=baskets, left_out=dict(left_out))


def _lines(
    rows: Any, docs: Mapping[str, ProductDoc], items: Mapping[str, str], left_out: Counter[str]
) -> list[ScriptLine]:
    lines: list[ScriptLine] = []
    for row in rows.itertuples(index=False):
        doc = docs[str(row.product)]
        item = items.get(doc.id)
        if item is None:
            lines.append(ScriptLine(product_id=doc.id, code=doc.codes[0], quantity=int(row.quantity), weighed=False))
            continue
        try:
            code = scale_label(item, doc.category, int(row.shelf_cents), doc.price_minor)
        except ValueError:
            left_out["no_label"] += 1
            continue
        lines.append(ScriptLine(product_id=doc.id, code=code, quantity=1, weighed=True))
    return lines
