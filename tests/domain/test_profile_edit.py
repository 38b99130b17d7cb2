from __future__ import annotations

from itertools import permutations
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.clock import latest
from shared_models.domain.member import Profile
from shared_models.domain.profile_edit import (
    DRIFT_MS,
    Consent,
    ConsentChoice,
    ProfileChange,
    Stamp,
    both,
    newer,
    registered,
    stamp,
    with_choices,
)

NOW_MS = 1_795_500_000_000
TILLS = [UUID(int=number) for number in (1, 2, 3)]
BASE = Profile("Ann", "8613800138000")

stamps = st.builds(Stamp, st.integers(1, 4), st.sampled_from(TILLS), st.integers(1, 4))
changes = st.builds(
    ProfileChange,
    name=st.none() | st.sampled_from(["A", "B", "C"]),
    phone=st.none() | st.sampled_from(["1", "2", "3"]),
    preferences=st.none() | st.sampled_from([(), ("x",), ("x", "y")]),
)
choices = st.builds(ConsentChoice, st.sampled_from(["marketing", "sms"]), st.booleans(), st.integers(0, 5))


@given(st.lists(st.tuples(stamps, changes), max_size=4, unique_by=lambda each: each[0]))
def test_any_order_of_edits_gives_the_same_profile(edits: list[tuple[Stamp, ProfileChange]]) -> None:
    found = set()
    for order in permutations(edits):
        profile, clocks = BASE, dict[str, Stamp]()
        for at, change in order:
            late = newer(change, clocks, at)
            profile = late.over(profile)
            clocks |= dict.fromkeys(late.changed(), at)
        found.add((profile, tuple(sorted(clocks.items()))))
    assert len(found) == 1
    for field in ("name", "phone", "preferences"):
        said = [(at, change.changed()[field]) for at, change in edits if field in change.changed()]
        newest = max(said, default=(None, getattr(BASE, field)))[1]
        assert getattr(next(iter(found))[0], field) == newest


@given(st.lists(st.tuples(stamps, st.lists(choices, max_size=2)), max_size=4, unique_by=lambda each: each[0]))
def test_any_order_of_choices_gives_the_same_consents(edits: list[tuple[Stamp, list[ConsentChoice]]]) -> None:
    found = []
    for order in permutations([(at, said) for at, said in edits] + [None]):
        consents: dict[str, Consent] = {}
        for each in order:
            consents = both(consents, registered(["sms"])) if each is None else with_choices(
                consents, each[1], each[0], NOW_MS
            )  # fmt: skip
        found.append(consents)
    assert all(each == found[0] for each in found)


def test_an_opt_in_undoes_only_the_opt_out_it_knew_of() -> None:
    consents = registered(["marketing"])
    out = Stamp(50, TILLS[0], 1)
    consents = with_choices(consents, [ConsentChoice("marketing", given=False)], out, NOW_MS)
    assert not consents["marketing"].given
    unaware = with_choices(consents, [ConsentChoice("marketing", True, seen=0)], Stamp(90, TILLS[1], 1), NOW_MS)
    assert not unaware["marketing"].given
    aware = with_choices(consents, [ConsentChoice("marketing", True, seen=50)], Stamp(60, TILLS[1], 1), NOW_MS)
    assert aware["marketing"].given
    later = with_choices(aware, [ConsentChoice("marketing", given=False)], Stamp(70, TILLS[2], 1), NOW_MS)
    assert not later["marketing"].given


def test_a_clock_is_believed_ten_minutes_ahead_of_its_receipt() -> None:
    honest = (NOW_MS - 1_000) << 16
    assert stamp(honest, TILLS[0], 7, NOW_MS) == Stamp(honest, TILLS[0], 7)
    fast = (NOW_MS + 86_400_000) << 16
    assert stamp(fast, TILLS[0], 7, NOW_MS).hlc == latest(NOW_MS + DRIFT_MS) == ((NOW_MS + 600_000) << 16 | 0xFFFF)
