"""Households as members who don't exist."""

from __future__ import annotations

import pytest

from shared_models.domain.phone import normalise
from tests.tillpoint.completejourney.conftest import STORE
from tillpoint.completejourney.households import build_members, member_id
from tillpoint.completejourney.journey import Journey
from tillpoint.completejourney.people import made_up_birthday, made_up_name, made_up_phone


def test_everybody_is_made_up_and_says_so(journey: Journey) -> None:
    members = list(build_members(journey))
    assert len(members) == 2_469
    assert all(new.made_up and new.source == "import" and new.consents == () for new, _ in members)
    assert len({new.member_id for new, _ in members}) == len({new.number for new, _ in members}) == 2_469


def test_phones_are_nobodys_and_end_differently(journey: Journey) -> None:
    phones = [profile.phone for _, profile in build_members(journey)]
    assert all(phone.startswith("861540000") and normalise(phone) == phone for phone in phones)
    assert len({phone[-4:] for phone in phones}) == len(phones)


def test_home_stores_first_days_and_preferences_are_real(journey: Journey) -> None:
    new, profile = next(pair for pair in build_members(journey) if pair[0].number == "CJ000608")
    lines = journey.lines[journey.lines.household == 608]
    visits = lines.drop_duplicates("basket").store.value_counts()
    assert new.store_id == f"S{visits.index[0]}"
    assert new.registered_on == lines["at"].min().date()
    assert 0 < len(profile.preferences) <= 7


def test_nobody_is_said_to_like_what_tells_too_much(journey: Journey) -> None:
    liked = {shelf for _, profile in build_members(journey) for shelf in profile.preferences}
    assert not liked & {"alcohol", "tobacco", "health", "gift_card", "other", "services"}
    assert {"dairy", "baby", "pets"} <= liked


def test_ages_are_within_the_real_bands(journey: Journey) -> None:
    bands = {
        "19-24": (19, 24),
        "25-34": (25, 34),
        "35-44": (35, 44),
        "45-54": (45, 54),
        "55-64": (55, 64),
        "65+": (65, 84),
    }
    for new, profile in build_members(journey):
        household = int(new.number.removeprefix("CJ"))
        if household in journey.demographics.index:
            youngest, oldest = bands[journey.demographics.loc[household].age]
            assert youngest <= 2026 - int(profile.birthday[:4]) <= oldest
        else:
            assert len(profile.birthday) == 5


def test_a_store_has_those_who_came(journey: Journey) -> None:
    here = set(journey.lines[journey.lines.store == STORE].household)
    assert {new.member_id for new, _ in build_members(journey, STORE)} == {member_id(int(one)) for one in here}
    assert len(here) == 154


def test_the_same_number_is_always_the_same_person() -> None:
    assert (made_up_name(608), made_up_phone(608)) == (made_up_name(608), "8615400004752")
    assert made_up_birthday(608, None, 2026) == made_up_birthday(608, None, 2026)
    with pytest.raises(ValueError, match="9999"):
        made_up_phone(10_000)
