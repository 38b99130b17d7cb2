"""Whatever somebody types into a programme is refused by the field it stands in, never with a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_models.domain.programme import BadProgramme, default_programme, from_plain, to_plain
from shared_models.domain.programme_document import FORMAT
from tests.domain.any_programme import Plain, documents

GARBAGE: list[Any] = [
    None, True, -1, 0, 10**13, 2**64, 10**5_000, 1.5, float("nan"), float("inf"), "", " ", "x", "-1", "1e9", "NaN",
    "{x}", "{0}", "{", "\ud800", "\0", "٣", "9999-12-31", "0001-01-01", "24:00", "x" * 3_000,
    [], {}, [None], ["x", "x"], [[]], {"": 1}, {"kind": "spend"}, {1: 2},
]  # fmt: skip


def _deep() -> list[Any]:
    nested: list[Any] = []
    for _ in range(5_000):
        nested = [nested]
    return nested


def _places(plain: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Of everything in a document."""
    inside = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    return [path, *(place for name, each in inside for place in _places(each, (*path, name)))]


def _with(plain: Any, path: tuple[Any, ...], garbage: Any) -> Any:
    if not path:
        return garbage
    copy = dict(plain) if isinstance(plain, dict) else list(plain)
    copy[path[0]] = _with(plain[path[0]], path[1:], garbage)
    return copy


@pytest.mark.parametrize(
    "garbage",
    ["{x}", "{", "\ud800", "\0", 10**5_000, _deep(), float("nan")],
    ids=lambda each: ascii(each)[:9] if isinstance(each, str) else type(each).__name__,
)
@pytest.mark.parametrize(
    "place",
    [("valid_from",), ("taxes", "standard"), ("in_store", 0, "prefix"), ("tiers", 0, "code"), ("earn", "points")],
    ids=str,
)
def test_garbage_is_refused_by_the_field_it_stands_in(place: tuple[Any, ...], garbage: Any) -> None:
    plain = {**to_plain(default_programme()), "format": FORMAT}
    if place == ("tiers", 0, "code") and garbage in ("{x}", "{"):
        assert from_plain(_with(plain, place, garbage), strict=True).tiers[0].code == garbage
        return
    with pytest.raises(BadProgramme) as refused:
        from_plain(_with(plain, place, garbage), strict=True)
    assert refused.value.values["field"].replace("[0]", ".0") == ".".join(map(str, place))
    assert refused.value.values["field"] in refused.value.sentence(str)


@given(st.data(), documents)
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_garbage_in_any_field_is_refused_by_name(data: st.DataObject, document: Plain) -> None:
    places = _places(document)
    for _ in range(25):
        place = data.draw(st.sampled_from(places))
        garbage = data.draw(st.sampled_from([*GARBAGE, _deep()]))
        _read_or_refuse(_with(document, place, garbage))


def _read_or_refuse(plain: Any) -> None:
    try:
        rules = from_plain(plain, strict=True)
    except BadProgramme as error:
        _check_refusal(error)
        return
    written = json.dumps(to_plain(rules), ensure_ascii=False).encode()
    assert from_plain(json.loads(written), strict=True) == rules


def _check_refusal(error: BadProgramme) -> None:
    assert error.values["field"] in error.sentence(str)
