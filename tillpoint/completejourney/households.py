"""Households of the data as members: made-up people with the households' real shops, first days and preferences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from shared_models.domain.member import Profile
from sync_server.setup import NewMember
from tillpoint.completejourney.glossary import meaning
from tillpoint.completejourney.journey import Journey
from tillpoint.completejourney.people import made_up_birthday, made_up_name, made_up_phone
from tillpoint.completejourney.treatment import Treatment, treatments

SOURCE = "import"
NOTICE = "made-up"
PREFERENCES = 5
_YEAR = 2026
_KINDS_OF_AGE = {
    "19-24": (19, 24),
    "25-34": (25, 34),
    "35-44": (35, 44),
    "45-54": (45, 54),
    "55-64": (55, 64),
    "65+": (65, 84),
}
_PRIVATE = frozenset({"alcohol", "gift_card", "health", "other", "services", "tobacco"})
"""What a member is never told to like: what says something about their health or habits, and what is no goods."""

_WITH_CHILDREN = ("baby", "toys")


def member_id(household: int) -> UUID:
    """Always the same for a household, so that a second import finds who is there."""
    return uuid5(NAMESPACE_URL, f"tillpoint:completejourney:household:{household}")


def member_number(household: int) -> str:
    return f"CJ{household:06d}"


def store_id(store: int) -> str:
    return f"S{store}"


def build_members(journey: Journey, store: int | None = None) -> Iterator[tuple[NewMember, Profile]]:
    """All households, or those that ever bought at ``store``; the home store is where they bought most often."""
    lines = journey.lines
    baskets = lines.drop_duplicates("basket")
    homes = baskets.groupby(["household", "store"]).size().reset_index(name="times")
    homes = homes.sort_values(["times", "store"], ascending=[False, True]).drop_duplicates("household")
    home_of = homes.set_index("household").store
    first_days = baskets.groupby("household")["at"].min()
    here = home_of.index if store is None else baskets[baskets.store == store].household.unique()
    likes = _preferences(journey)
    for household in sorted(map(int, here)):
        yield _member(journey, household, int(home_of[household]), first_days[household].date(), likes[household])


def _member(
    journey: Journey, household: int, home: int, first_day: date, likes: tuple[str, ...]
) -> tuple[NewMember, Profile]:
    known = household in journey.demographics.index
    row: Any = journey.demographics.loc[household] if known else None
    if known and "Kids" in row.household_comp and "No Kids" not in row.household_comp:
        likes = tuple(dict.fromkeys((*likes, *_WITH_CHILDREN)))
    new = NewMember(
        member_id=member_id(household), number=member_number(household), store_id=store_id(home),
        notice_version=NOTICE, consents=(), source=SOURCE, registered_on=first_day, made_up=True,
    )  # fmt: skip
    profile = Profile(
        name=made_up_name(household),
        phone=made_up_phone(household),
        birthday=made_up_birthday(household, _KINDS_OF_AGE.get(row.age) if known else None, _YEAR),
        preferences=likes,
    )
    return new, profile


def _preferences(journey: Journey) -> dict[int, tuple[str, ...]]:
    """By household: the shelves that most of its lines are from, the most frequent first."""
    shelf_of = {
        row.Index: meaning(row.department, row.product_category, row.product_type).category
        for row in journey.products.itertuples()
    }
    lines = journey.lines[treatments(journey) == Treatment.SOLD.value]
    bought = lines.household.to_frame().assign(shelf=lines["product"].map(shelf_of))
    counts = bought[~bought.shelf.isin(_PRIVATE)].groupby(["household", "shelf"]).size().reset_index(name="times")
    counts = counts.sort_values(["household", "times", "shelf"], ascending=[True, False, True])
    tops = counts.groupby("household").head(PREFERENCES).groupby("household").shelf.agg(tuple).to_dict()
    return {int(household): tops.get(household, ()) for household in journey.lines.household.unique()}
