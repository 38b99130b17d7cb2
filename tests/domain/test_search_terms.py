from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.domain.search_terms import bigrams, fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [("  Fresh  MILK ", "fresh milk"), ("ＷＦ牛奶", "wf牛奶"), ("鮮奶", "鮮奶"), ("Straße", "strasse"), ("", "")],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("牛奶", ["牛奶"]),
        ("鲜牛奶", ["鲜牛", "牛奶"]),
        ("Milk 2L", ["mi", "il", "lk", "2l"]),
        ("米", ["米"]),
        ("aaaa", ["aa"]),
        ("", []),
    ],
)
def test_pairs(text: str, terms: list[str]) -> None:
    assert bigrams(text) == terms


@given(st.text(max_size=30), st.data())
def test_two_typed_characters_find_the_name(text: str, data: st.DataObject) -> None:
    words = [word for word in fold(text).split() if len(word) >= 2]
    if not words:
        return
    word = data.draw(st.sampled_from(words))
    start = data.draw(st.integers(0, len(word) - 2))
    assert word[start : start + 2] in bigrams(text)
