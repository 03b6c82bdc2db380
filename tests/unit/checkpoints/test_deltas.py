"""Changes of weights on a parent's files: names however they were saved, loops, and no torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from probing.checkpoints import deltas, load, products, resolve
from probing.errors import BadInput
from tests import tiny_checkpoints as tiny

PROJECT = Path(__file__).resolve().parents[3]
NORM = "embeddings.LayerNorm.bias"
QUERY = "encoder.layer.1.attention.self.query.weight"


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    return tiny.bert(tmp_path / "parent")


def change(folder: Path, parent: Path, store: Path, **record: str) -> Path:
    """A delta of `parent`: a norm's bias, one value of a query and a product beside it."""
    folder.mkdir()
    draw = np.random.default_rng(0)
    save_file(
        {
            f"whole/{NORM}": np.full(16, 0.5, np.float32),
            f"index/{QUERY}": np.array([3, 20]),
            f"value/{QUERY}": np.array([7.0, 8.0], np.float32),
            "left/encoder.layer.0.output.dense.weight": draw.normal(size=(16, 2)).astype(np.float32),
            "right/encoder.layer.0.output.dense.weight": draw.normal(size=(2, 32)).astype(np.float32),
        },
        folder / deltas.DELTA,
    )
    told = {"parent": str(parent), "parent_fingerprint": resolve(str(parent), store).fingerprint} | record
    (folder / products.RECORD).write_text(json.dumps(told), encoding="utf-8")
    return folder


def states(folder: Path, store: Path) -> Any:
    import torch

    encoder, _ = load(resolve(str(folder), store))
    with torch.no_grad():
        return encoder(input_ids=torch.tensor([[2, 5, 6, 3]])).last_hidden_state


def plainly(parent: Path) -> Any:
    """The states with the change made by hand, in torch."""
    import torch

    encoder, _ = load(resolve(str(parent), None))
    draw = np.random.default_rng(0)
    left, right = (torch.from_numpy(draw.normal(size=shape).astype(np.float32)) for shape in ((16, 2), (2, 32)))
    with torch.no_grad():
        encoder.get_parameter(NORM).fill_(0.5)
        encoder.get_parameter(QUERY).view(-1)[[3, 20]] = torch.tensor([7.0, 8.0])
        encoder.get_parameter("encoder.layer.0.output.dense.weight").add_(left @ right)
        return encoder(input_ids=torch.tensor([[2, 5, 6, 3]])).last_hidden_state


def renamed(parent: Path, names: Any) -> None:
    path = parent / "model.safetensors"
    save_file({names(name): value for name, value in load_file(path).items()}, path, metadata={"format": "pt"})


def early(name: str) -> str:
    return f"bert.{name}".replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")


@pytest.mark.parametrize("names", [str, lambda name: f"bert.{name}", early])
def test_a_change_finds_its_tensors_however_the_parent_was_saved(parent: Path, tmp_path: Path, names: Any) -> None:
    import torch

    renamed(parent, names)
    child = change(tmp_path / "child", parent, tmp_path / "store")
    assert torch.allclose(states(child, tmp_path / "store"), plainly(parent), atol=1e-5)
    assert not torch.allclose(states(parent, tmp_path / "store"), plainly(parent), atol=1e-2)


def test_a_parent_in_bf16_is_made_whole_in_fp32(parent: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    path = parent / "model.safetensors"
    save_file({name: value.to(torch.bfloat16) for name, value in load_file(path).items()}, path, metadata={"format": "pt"})
    child = change(tmp_path / "child", parent, tmp_path / "store")
    assert torch.allclose(states(child, tmp_path / "store"), plainly(parent), atol=1e-5)


def test_making_a_change_whole_brings_no_torch(parent: Path, tmp_path: Path) -> None:
    child = change(tmp_path / "child", parent, tmp_path / "store")
    code = (
        "import sys; from pathlib import Path; from probing.checkpoints import resolve\n"
        "found = resolve(sys.argv[1], Path(sys.argv[2])); print(found.facts.parent)\n"
        "assert (found.folder / 'model.safetensors').is_file()\n"
        "assert not {'torch', 'transformers.modeling_utils'} & sys.modules.keys(), 'torch was loaded'"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(child), str(tmp_path / "new")], cwd=PROJECT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(parent)


def test_a_change_of_what_no_file_holds_is_refused(parent: Path, tmp_path: Path) -> None:
    child = change(tmp_path / "child", parent, tmp_path / "store")
    random = f"random:{parent}@0"
    told = {"parent": random, "parent_fingerprint": resolve(random, tmp_path / "store").fingerprint}
    (child / products.RECORD).write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(BadInput, match=r"changes tensors that the files of its parent .* do not have") as caught:
        resolve(str(child), tmp_path / "store")
    assert "\n" not in str(caught.value)


def test_a_change_that_stands_on_itself_is_refused(parent: Path, tmp_path: Path) -> None:
    one = change(tmp_path / "one", parent, tmp_path / "store")
    two = change(tmp_path / "two", one, tmp_path / "store")
    assert deltas.lineage(two, None) == [two, one, parent]
    (one / products.RECORD).write_text(json.dumps({"parent": str(two), "parent_fingerprint": "any"}), encoding="utf-8")
    for folder in (one, two):
        with pytest.raises(BadInput, match="a change of itself by way of its parents"):
            resolve(str(folder), tmp_path / "store")
