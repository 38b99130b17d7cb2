from __future__ import annotations

import pytest

from shared_models.wire.terms import name_terms


@pytest.mark.parametrize(
    ("names", "terms"),
    [
        (("李小龙",), "李小龙 lixiaolong lxl"),
        (("Anna Schmidt",), "anna schmidt"),
        (("鲜牛奶 1L",), "鲜牛奶 1l xianniunai 1l xnn 1l"),
        (("牛奶", "Milk", "牛奶"), "牛奶 niunai nn milk"),
        (("",), ""),
        ((), ""),
    ],
)
def test_a_name_is_found_as_written_in_pinyin_and_by_initials(names: tuple[str, ...], terms: str) -> None:
    assert name_terms(*names) == terms
