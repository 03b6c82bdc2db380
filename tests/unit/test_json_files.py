"""Files from strangers: whatever is in them, one sentence, and never more memory than the limits say."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing import json_files
from probing.errors import BadInput

ADVICE = "fetch it again"


def refusal(data: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        json_files.parse_json(data, "x.json", ADVICE)
    said = str(caught.value)
    assert said.startswith("x.json ")
    assert said.endswith(f"{ADVICE}.")
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "cannot be read as JSON"),
        (b"\xff\xfe{\x00", "cannot be read as JSON"),
        (b'{"a": 1', "cannot be read as JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "nested more than 64 deep"),
        (b"[" * 65 + b"]" * 65, "nested more than 64 deep"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "nested more than 64 deep"),
        (b'{"a": ' + b"7" * 5000 + b"}", "a number of 5,000 digits"),
        (b'{"a": -' + b"7" * 64 + b"}", "a number of 65 digits"),
        (b'"\\ud83d"', "half a character"),
        (b"[]," * (json_files.MOST_CONTAINERS + 1), "more than 4,000,000 lists and objects"),
    ],
)
def test_what_is_no_json_or_beyond_a_limit(data: bytes, says: str) -> None:
    assert says in refusal(data)


@pytest.mark.parametrize("value", [10**30, {"a": [1, 2.5, None, True]}, "\N{GRINNING FACE}", [[0]] * 10_000, float("inf")])
def test_what_real_files_hold_is_read(value: object) -> None:
    assert json_files.parse_json(json.dumps(value).encode(), "x.json", ADVICE) == value
    assert json_files.parse_json(b"\xef\xbb\xbf" + json.dumps(value).encode(), "x.json", ADVICE) == value


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text(alphabet='[]{}",:0123456789.eE+-\\ud8 ntrf', max_size=60).map(str.encode)))
def test_any_bytes_end_in_a_value_or_a_sentence(data: bytes) -> None:
    with contextlib.suppress(BadInput):
        json.dumps(json_files.parse_json(data, "x.json", ADVICE), ensure_ascii=False).encode("utf-8")
