"""Files from strangers: whatever is in them, one sentence, and never more memory than the limits say."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing import limited
from probing.errors import BadInput

ADVICE = "fetch it again"


def refusal(data: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        limited.parse_json(data, "x.json", ADVICE)
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
        (b"[]," * (limited.MOST_CONTAINERS + 1), "more than 4,000,000 lists and objects"),
    ],
)
def test_what_is_no_json_or_beyond_a_limit(data: bytes, says: str) -> None:
    assert says in refusal(data)


@pytest.mark.parametrize("value", [10**30, {"a": [1, 2.5, None, True]}, "\N{GRINNING FACE}", [[0]] * 10_000, float("inf")])
def test_what_real_files_hold_is_read(value: object) -> None:
    assert limited.parse_json(json.dumps(value).encode(), "x.json", ADVICE) == value
    assert limited.parse_json(b"\xef\xbb\xbf" + json.dumps(value).encode(), "x.json", ADVICE) == value


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text(alphabet='[]{}",:0123456789.eE+-\\ud8 ntrf', max_size=60).map(str.encode)))
def test_any_bytes_end_in_a_value_or_a_sentence(data: bytes) -> None:
    with contextlib.suppress(BadInput):
        json.dumps(limited.parse_json(data, "x.json", ADVICE), ensure_ascii=False).encode("utf-8")


def test_only_regular_files_are_read_and_none_beyond_its_limit(tmp_path: Path) -> None:
    """A pipe would wait for ever, a device has no end, and a sparse file costs its length in memory."""
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    with (tmp_path / "sparse.json").open("wb") as stream:
        stream.truncate(5 << 30)
    for path, says in (
        (tmp_path / "pipe.json", "is a pipe, and only a file can be read"),
        (Path("/dev/zero"), "is a device, and only a file can be read"),
        (tmp_path / "folder.json", "is a folder, and only a file can be read"),
        (tmp_path / "gone.json", "cannot be read (No such file or directory)"),
        (tmp_path / ("n" * 300), "cannot be read (File name too long)"),
        (Path("nul\x00"), "cannot be read"),
        (tmp_path / "sparse.json", "has 5,368,709,120 bytes, more than 1,000: set STRATA_MAX_JSON_MB higher"),
    ):
        with pytest.raises(BadInput) as caught:
            limited.read_bytes(path, 1000, ADVICE, "STRATA_MAX_JSON_MB")
        assert says in str(caught.value)
        assert limited.regular(path) == ("sparse" in path.name)


def test_links_that_lead_out_are_refused(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.write_text("secret")
    (inside / "own").write_text("own")
    (inside / "near").symlink_to("own")
    (inside / "far").symlink_to(outside)
    limited.refuse_leading_out(inside / "near", [inside])
    limited.refuse_leading_out(inside / "far", None)
    limited.refuse_leading_out(inside / "far", [inside, tmp_path])
    with pytest.raises(BadInput, match="a link to a file outside the allowed folders"):
        limited.refuse_leading_out(inside / "far", [inside])
