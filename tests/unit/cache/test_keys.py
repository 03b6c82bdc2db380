"""Keys: canonical, injective, the same everywhere."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.keys import canonical_json, digest, file_sha256, sentence_key

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
quick = settings(max_examples=60, deadline=None)


@quick
@given(values)
def test_canonical_json_survives_its_own_round_trip(value: object) -> None:
    text = canonical_json(value)
    assert text.isascii()
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


@quick
@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_canonical_json_does_not_depend_on_insertion_order(value: dict[str, int]) -> None:
    assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)


@quick
@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_digest_and_sentence_key_tell_lists_apart(a: list[str], b: list[str]) -> None:
    assert (digest(*a) == digest(*b)) == (a == b)
    assert (sentence_key(a) == sentence_key(b)) == (a == b)
    assert len(digest(*a)) == 32


def test_canonical_json_by_hand() -> None:
    assert canonical_json({"b": (1, 2.5), "a": "é", "c": {}}) == '{"a":"\\u00e9","b":[1,2.5],"c":{}}'
    assert canonical_json({"n": np.int64(3), "x": np.float32(0.5)}) == '{"n":3,"x":0.5}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [float("-inf")]}, {1: "a"}, [{"a": {None: 1}}]])
def test_canonical_json_refuses_what_has_no_one_text(value: object) -> None:
    with pytest.raises(ValueError, match=r"JSON|range|float"):
        canonical_json(value)


def test_canonical_json_refuses_other_objects() -> None:
    with pytest.raises(TypeError, match="no canonical JSON"):
        canonical_json({"a": object()})


def test_digest_is_length_prefixed_sha256() -> None:
    assert digest("a", "b") != digest("ab", "") != digest("", "ab")
    assert digest("é") == digest("é".encode())
    expected = hashlib.sha256((2).to_bytes(8, "big") + b"ab").hexdigest()[:32]
    assert digest("ab") == expected


def test_word_boundaries_make_the_sentence() -> None:
    assert sentence_key(["ice", "cream"]) != sentence_key(["ice cream"])
    assert sentence_key(["<script>", "\ud800"]) == sentence_key(("<script>", "\ud800"))


def test_file_sha256(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"strata" * 500_000)
    assert file_sha256(path) == hashlib.sha256(b"strata" * 500_000).hexdigest()
