"""The printable document: it comes back from storage as it went in, and nothing else comes back at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_models.domain.receipt import (
    Align,
    Barcode,
    Cell,
    Columns,
    Cut,
    Document,
    DocumentError,
    Feed,
    Pair,
    Qr,
    Rule,
    Text,
)
from tests.drivers.supermarket import WORDS, receipt

words = st.text(max_size=30)
aligns = st.sampled_from(Align)
scales = st.integers(1, 4)
blocks = st.one_of(
    st.builds(Text, words, aligns, st.booleans(), scales),
    st.builds(
        Columns,
        st.lists(st.builds(Cell, words, aligns, st.integers(1, 9), st.booleans()), min_size=1, max_size=8).map(tuple),
    ),
    st.builds(Pair, words, words, st.booleans(), scales),
    st.builds(Rule, st.booleans()),
    st.just(Barcode("ean13", "6901234567892")),
    st.builds(
        Barcode,
        st.just("code128"),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=48),
    ),
    st.builds(Qr, st.text(st.characters(codec="utf-8"), min_size=1, max_size=100)),
    st.builds(Feed, st.integers(1, 50)),
    st.just(Cut()),
)
documents = st.builds(
    Document, words, st.sampled_from(sorted(WORDS)), st.lists(blocks, max_size=12).map(tuple), st.booleans()
)


@given(documents)
@settings(deadline=None)
def test_a_document_comes_back_from_json_as_it_was(document: Document) -> None:
    assert Document.from_plain(json.loads(json.dumps(document.to_plain()))) == document


def test_the_plain_form_is_stored_for_years() -> None:
    document = Document(
        "receipt", "en", (Text("Hi", Align.CENTER, bold=True, scale=2), Columns((Cell("1"),)), Cut()), opens_drawer=True
    )
    assert document.to_plain() == {
        "version": 1,
        "kind": "receipt",
        "language": "en",
        "opens_drawer": True,
        "blocks": [
            {"block": "text", "text": "Hi", "align": "center", "bold": True, "scale": 2},
            {"block": "columns", "cells": [{"text": "1", "align": "left", "share": 1, "bold": False}]},
            {"block": "cut"},
        ],
    }


def _with(block: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "kind": "receipt", "language": "en", "blocks": [block], "opens_drawer": False}


@pytest.mark.parametrize(
    ("plain", "sentence"),
    [
        (receipt("en").to_plain() | {"version": 2}, "version 2"),
        (receipt("en").to_plain() | {"blocks": "x"}, "list of blocks"),
        (receipt("en").to_plain() | {"language": "fr"}, "not in 'fr'"),
        (receipt("en").to_plain() | {"opens_drawer": 1}, "'opens_drawer' of Document"),
        (receipt("en").to_plain() | {"extra": 1}, "unknown fields"),
        (_with({"block": "hologram"}), "no block"),
        (_with({"block": []}), "no block"),
        (_with({"block": "text", "text": 5}), "'text' of Text can't be 5"),
        (_with({"block": "text", "text": "x", "scale": True}), "'scale' of Text"),
        (_with({"block": "text", "text": "x", "scale": 5}), "1 to 4"),
        (_with({"block": "text", "text": "x", "align": ["left"]}), "aligned left, center or right"),
        (_with({"block": "text"}), "missing or unknown"),
        (_with({"block": "columns", "cells": []}), "1 to 8 cells"),
        (_with({"block": "columns", "cells": [{"text": "x", "share": 0}]}), "share"),
        (_with({"block": "columns", "cells": ["x"]}), "no cell"),
        (_with({"block": "columns"}), "list of cells"),
        (_with({"block": "feed", "lines": 0}), "1 to 50 lines"),
        (_with({"block": "qr", "data": ""}), "1 to 1,000 bytes"),
        (_with({"block": "qr", "data": "\ud800"}), "1 to 1,000 bytes"),
        (_with({"block": "barcode", "symbology": "ean13", "data": "6901234567893"}), "check digit"),
        (_with({"block": "barcode", "symbology": "code128", "data": "é"}), "printable ASCII"),
        (_with({"block": "barcode", "symbology": "maxicode", "data": "1"}), "no barcode symbology"),
    ],
)
def test_what_is_no_document_says_why(plain: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DocumentError, match=sentence):
        Document.from_plain(plain)


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
plains = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3))


@given(
    st.sampled_from(["text", "columns", "pair", "barcode", "qr", "feed", "rule"]),
    st.dictionaries(words, plains),
    plains,
)
@settings(deadline=None)
def test_rubbish_is_refused_and_nothing_else(name: str, fields: dict[str, Any], value: Any) -> None:
    known = {"text": value, "cells": [fields, value], "align": value, "lines": value, "data": value, "left": value}
    for block in (fields | {"block": name}, known | {"block": name}, value):
        plain = receipt("en").to_plain() | {"blocks": [block, value]}
        with pytest.raises(DocumentError):
            Document.from_plain(plain)
