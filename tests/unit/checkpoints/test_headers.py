"""Headers of safetensors and indexes from strangers: a tensor list or one sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from probing.checkpoints import resolve, weights
from probing.errors import BadInput
from tests import tiny_checkpoints as tiny

PLAIN = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def written(folder: Path, header: object, data: bytes = bytes(8)) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    file = folder / "x.safetensors"
    file.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return file


def refusal(file: Path) -> str:
    with pytest.raises(BadInput) as caught:
        weights.tensors(file)
    said = str(caught.value)
    assert "x.safetensors" in said
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"shape": "2"}, "contradicts itself"),
        ({"shape": [-2]}, "contradicts itself"),
        ({"shape": [2.0]}, "contradicts itself"),
        ({"shape": [True, 2]}, "contradicts itself"),
        ({"shape": [1 << 62, 1 << 62]}, "contradicts itself"),
        ({"shape": [1 << 70]}, "contradicts itself"),
        ({"shape": [1] * 100_000}, "contradicts itself"),
        ({"shape": None}, "contradicts itself"),
        ({"dtype": ["F32"]}, "contradicts itself"),
        ({"dtype": "F33"}, "contradicts itself"),
        ({"dtype": "BOOL"}, "contradicts itself"),
        ({"data_offsets": [0]}, "contradicts itself"),
        ({"data_offsets": [8, 0]}, "contradicts itself"),
        ({"data_offsets": ["0", "8"]}, "contradicts itself"),
        ({"data_offsets": {"0": 8}}, "contradicts itself"),
        ({"data_offsets": [-8, 0]}, "contradicts itself"),
        ({"data_offsets": [1 << 80, (1 << 80) + 8]}, "nested|digits|contradicts itself"),
    ],
)
def test_an_entry_that_is_none(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    assert any(part in refusal(written(tmp_path, {"a\nb": PLAIN | changes})) for part in says.split("|"))


def test_tensors_that_overlap_or_leave_gaps(tmp_path: Path) -> None:
    later = PLAIN | {"data_offsets": [4, 12]}
    assert "does not begin where the tensor before it ends" in refusal(written(tmp_path, {"a": PLAIN, "b": later}, bytes(12)))
    assert "does not begin where" in refusal(written(tmp_path, {"a": PLAIN, "b": PLAIN}))
    assert "does not begin where" in refusal(written(tmp_path, {"a": later}, bytes(12)))
    assert "should be" in refusal(written(tmp_path, {"a": PLAIN}, bytes(9)))


def test_headers_that_are_no_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no JSON object" in refusal(written(tmp_path, [1]))
    assert "contradicts itself" in refusal(written(tmp_path, {"a": 3}))
    assert "nested more than" in refusal(written(tmp_path, b'{"a":' * 5000 + b"1" + b"}" * 5000))
    assert "5,000 digits" in refusal(written(tmp_path, b'{"a":' + b"1" * 5000 + b"}"))
    assert "2,000 characters" in refusal(written(tmp_path, {"n" * 2000: PLAIN}))
    assert "cut short" in refusal(written(tmp_path, b""))
    monkeypatch.setenv("STRATA_MAX_JSON_MB", "0.0001")
    assert "set STRATA_MAX_JSON_MB higher" in refusal(written(tmp_path, {"n" * 200: PLAIN}))


@pytest.mark.parametrize("places", [None, {}, [], 3, {"a": 3}, {"a": ["b"]}, {"a": "n" * 300}, {"a": "nul\x00"}])
def test_an_index_that_names_no_files(tmp_path: Path, places: object) -> None:
    model = tiny.bert(tmp_path / "model")
    (model / "model.safetensors").unlink()
    (model / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    with pytest.raises(BadInput) as caught:
        resolve(str(model), None)
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("headers")


SIZES = st.one_of(st.integers(-2, 40), st.integers(), st.booleans(), st.floats(), st.text(max_size=2), st.none())
ENTRY = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.one_of(st.sampled_from(["F32", "F16", "BF16", "I64", "BOOL", "F8_E4M3", "?"]), SIZES),
        "shape": st.one_of(st.lists(SIZES, max_size=3), SIZES),
        "data_offsets": st.one_of(st.lists(SIZES, max_size=3), SIZES),
    },
)


@settings(max_examples=300, deadline=None)
@given(
    header=st.one_of(
        st.dictionaries(st.text(max_size=4), st.one_of(ENTRY, st.just(PLAIN), SIZES), max_size=3), st.binary(max_size=40)
    )
)
def test_any_header_ends_in_tensors_or_a_sentence(sound: Path, header: object) -> None:
    file = written(sound, header)
    try:
        found = weights.tensors(file)
    except BadInput:
        return
    assert sum(tensor.end - tensor.begin for tensor in found) == 8
    assert weights.first_non_finite(file) is None, "the data are zeros"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), max_size=3), max_size=4), st.sampled_from(["<f4", "<f2", "<i8", "?", "u1"]))
def test_what_the_library_writes_is_read_as_it_reads_it(sound: Path, shapes: list[list[int]], dtype: str) -> None:
    file = sound / "own.safetensors"
    file.write_bytes(save({f"t{i}": np.zeros(shape, np.dtype(dtype)) for i, shape in enumerate(shapes)}))
    with safe_open(file, "numpy") as told:
        expected = {name: tuple(told.get_slice(name).get_shape()) for name in told.keys()}  # noqa: SIM118
    assert {tensor.name: tensor.shape for tensor in weights.tensors(file)} == expected


def test_what_is_accepted_the_library_accepts_too(tmp_path: Path) -> None:
    """A byte of the header flipped: where we say nothing, safetensors reads it as well, or refuses it in one sentence of its own."""
    model = tiny.bert(tmp_path / "model") / "model.safetensors"
    content = model.read_bytes()
    length = int.from_bytes(content[:8], "little")
    draw = np.random.default_rng(0)
    accepted = 0
    for place in draw.integers(0, 8 + length, size=200):
        flipped = bytearray(content)
        flipped[place] ^= 1 << int(draw.integers(0, 8))
        model.write_bytes(flipped)
        try:
            weights.tensors(model)
        except BadInput:
            continue
        accepted += 1
        try:
            with safe_open(model, "numpy"):
                pass
        except SafetensorError as error:
            pytest.fail(f"byte {place}: {error}")
    assert accepted, "names of tensors may change without a contradiction"
    shutil.rmtree(model.parent)
