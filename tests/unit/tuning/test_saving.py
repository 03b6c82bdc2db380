"""Products: deltas that become whole again, lineage, and what is refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from cache import files
from probing.checkpoints import deltas, load, resolve
from probing.errors import BadInput
from probing.tuning.saving import HEAD, load_product
from tests import tiny_checkpoints as tiny
from tests.unit.tuning import made

SPARSE = ("bitfit", "layernorm", "head", "random", "lora:2", "top:1")


@pytest.mark.parametrize("method", [*SPARSE, "full"])
def test_a_product_read_again_gives_equal_logits(model: Path, store: Path, tmp_path: Path, method: str) -> None:
    import torch

    out = tmp_path / "out"
    one, record = made.run(model, store, out, method=method, task="intent+slots")
    assert (out / deltas.DELTA).exists() == (method in SPARSE)
    assert (out / "model.safetensors").exists() == (method not in SPARSE)
    again, _, kept = load_product(resolve(str(out), store), "cpu", tiny.USUAL)
    for wanted, found in zip(one.reader.sample(one.model), one.reader.sample(again), strict=True):
        assert torch.equal(wanted, found)
    assert kept == json.loads(json.dumps(record))


@pytest.mark.parametrize("make", [tiny.bert, tiny.gpt2])
def test_a_product_beside_a_weight_is_the_product_added_to_it(make: Any, tmp_path: Path) -> None:
    """Of linear maps and of GPT-2's, whose weights lie the other way round."""
    import torch

    from probing.tuning.low_rank import LowRankAdapters
    from probing.tuning.method import method_of
    from probing.tuning.parameters import inventory

    encoder, _ = load(resolve(str(make(tmp_path / "tiny")), None))
    names = method_of("lora")[0].choose("", inventory(encoder)).names
    ids = torch.tensor([[5, 6, 7, 8]])
    beside = LowRankAdapters(encoder, names, 2, 0)
    with torch.no_grad():
        plain = encoder(input_ids=ids).last_hidden_state
        with beside:
            assert torch.equal(encoder(input_ids=ids).last_hidden_state, plain), "nothing is changed at first"
            for parameter in beside.parameters.values():
                parameter.normal_()
            wanted = encoder(input_ids=ids).last_hidden_state
        assert torch.equal(encoder(input_ids=ids).last_hidden_state, plain), "at its end the maps are as they were"
        beside.merge()
        found = encoder(input_ids=ids).last_hidden_state
    assert not torch.allclose(wanted, plain, atol=1e-3)
    assert torch.allclose(found, wanted, atol=1e-4)


def test_a_delta_is_made_whole_once(model: Path, store: Path, tmp_path: Path) -> None:
    made.run(model, store, tmp_path / "out", method="bitfit:query")
    files = [
        sorted((file.name, file.stat().st_ino) for file in resolve(str(tmp_path / "out"), store).folder.iterdir()) for _ in "12"
    ]
    assert files[0] == files[1], "reading it again writes nothing"
    (resolve(str(tmp_path / "out"), store).folder / "config.json").write_text("{}")
    assert resolve(str(tmp_path / "out"), store).facts.hidden == 16, "a damaged copy is made anew"


def test_a_delta_is_small_and_holds_what_was_chosen(model: Path, store: Path, tmp_path: Path) -> None:
    one, _ = made.run(model, store, tmp_path / "out", method="bitfit:query")
    kept = load_file(tmp_path / "out" / deltas.DELTA)
    assert set(kept) == {f"whole/{name}" for name in one.choice.names}
    assert sum(value.size for value in kept.values()) == 2 * 16


def test_a_product_can_be_probed_at_once_and_knows_its_parent(model: Path, store: Path, tmp_path: Path) -> None:
    for method in ("bitfit", "full"):
        out = tmp_path / method
        _, record = made.run(model, store, out, method=method)
        found = resolve(str(out), store)
        assert found.name == method
        assert found.spec == str(out)
        assert found.facts.parent == str(model)
        assert found.fingerprint != resolve(str(model), store).fingerprint
        assert record["parent_fingerprint"] == resolve(str(model), store).fingerprint
        assert {"method", "trainable", "data", "steps", "seed", "rows", "learning_rate"} <= record.keys()
        states = load(found)[0]
        assert not any(parameter.requires_grad for parameter in states.parameters())


def test_a_child_of_a_delta_is_one_too(model: Path, store: Path, tmp_path: Path) -> None:
    import torch

    made.run(model, store, tmp_path / "first", method="bitfit")
    one, _ = made.run(tmp_path / "first", store, tmp_path / "second", method="layernorm")
    shutil.rmtree(store / "models")
    again, _, _ = load_product(resolve(str(tmp_path / "second"), store), "cpu", tiny.USUAL)
    for wanted, found in zip(one.reader.sample(one.model), one.reader.sample(again), strict=True):
        assert torch.equal(wanted, found)
    assert resolve(str(tmp_path / "second"), store).facts.parent == str(tmp_path / "first")


def refused(out: Path, store: Path | None) -> str:
    with pytest.raises(BadInput) as caught:
        resolve(str(out), store)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_delta_whose_parent_is_gone_or_changed_is_refused(model: Path, store: Path, tmp_path: Path) -> None:
    parent = Path(shutil.copytree(model, tmp_path / "parent"))
    made.run(parent, store, tmp_path / "out", method="bitfit")
    resolve(str(tmp_path / "out"), store)
    assert "needs a store" in refused(tmp_path / "out", None)
    tiny.bert(parent, seed=1)
    assert "other weights now" in refused(tmp_path / "out", store)
    shutil.rmtree(parent)
    assert "cannot be had" in refused(tmp_path / "out", store)
    (tmp_path / "out" / "strata.json").unlink()
    assert "names its parent" in refused(tmp_path / "out", store)


def test_a_delta_of_another_shape_is_refused(model: Path, store: Path) -> None:
    parameters = {"a": np.zeros(3), "b": np.zeros((2, 2))}
    for changes in (
        {"whole/c": np.zeros(3)},
        {"whole/a": np.zeros(4)},
        {"index/a": np.array([7]), "value/a": np.ones(1)},
        {"index/a": np.array([0, 1]), "value/a": np.ones(1)},
        {"index/a": np.array([0])},
        {"left/b": np.ones((1, 1)), "right/b": np.ones((1, 2))},
        {"odd/a": np.ones(3)},
    ):
        with pytest.raises(BadInput, match="copy the folder anew"):
            deltas.apply(changes, parameters, "it")


def test_where_a_product_may_not_go(model: Path, store: Path, tmp_path: Path) -> None:
    parent = Path(shutil.copytree(model, tmp_path / "above" / "parent"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for out, said in (
        (parent, "from which the new checkpoint is made"),
        (parent.parent, "from which the new checkpoint is made"),
        (tmp_path / "other", "no product of fine-tuning"),
        (tmp_path / "file", "is a file"),
    ):
        one = made.ready(parent, store)
        with pytest.raises(BadInput, match=said):
            one.run(str(out), made.settings(store), made.unwatched)
    roots = replace(made.settings(store), roots=(tmp_path / "other",))
    with pytest.raises(BadInput, match="outside the allowed folders"):
        made.ready(parent, store).run(str(tmp_path / "out"), roots, made.unwatched)


@pytest.mark.parametrize("swaps", [True, False])
def test_a_product_takes_the_place_of_an_earlier_one(
    model: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swaps: bool
) -> None:
    """In one step, or in two where the file system cannot swap."""
    if not swaps:
        monkeypatch.setattr(files, "exchange", lambda *_: False)
    for seed in (0, 1):
        made.run(model, store, tmp_path / "here" / "out", seed=seed, method="bitfit" if seed else "full")
    assert load_product(resolve(str(tmp_path / "here" / "out"), store), "cpu", tiny.USUAL)[2]["seed"] == 1
    assert not (tmp_path / "here" / "out" / "model.safetensors").exists()
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["out"]


def test_what_came_to_the_place_during_the_training_stays(model: Path, store: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def meanwhile(_tick: Any) -> None:
        out.mkdir(exist_ok=True)
        (out / "notes.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(BadInput, match="no product of fine-tuning"):
        made.ready(model, store).run(str(out), made.settings(store), meanwhile)
    assert [path.name for path in out.iterdir()] == ["notes.txt"]


def test_what_a_change_stands_on_is_not_replaced_by_its_child(model: Path, store: Path, tmp_path: Path) -> None:
    made.run(model, store, tmp_path / "first", method="bitfit")
    made.run(tmp_path / "first", store, tmp_path / "second", method="layernorm")
    with pytest.raises(BadInput, match="from which the new checkpoint is made"):
        made.run(tmp_path / "second", store, tmp_path / "first", method="head")


def test_a_change_of_random_weights_is_kept_whole(model: Path, store: Path, tmp_path: Path) -> None:
    """They are in no file that a change could be made whole from."""
    import torch

    one, _ = made.run(f"random:{model}@3", store, tmp_path / "out", method="bitfit")
    assert not deltas.is_delta(tmp_path / "out")
    again, _, _ = load_product(resolve(str(tmp_path / "out"), store), "cpu", tiny.USUAL)
    for wanted, found in zip(one.reader.sample(one.model), one.reader.sample(again), strict=True):
        assert torch.equal(wanted, found)


def test_a_product_that_reads_otherwise_is_not_kept(
    model: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from probing.tuning import saving

    whole: Any = saving.save_file

    def without_scale(tensors: dict[str, Any], path: Path) -> None:
        whole({name: value * 2 if path.name == HEAD else value for name, value in tensors.items()}, path)

    monkeypatch.setattr(saving, "save_file", without_scale)
    with pytest.raises(RuntimeError, match="gives other logits"):
        made.run(model, store, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_encoder_decoder_is_refused(store: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="encoder-decoder"):
        made.ready(tiny.t5(tmp_path / "t5"), store)


def test_other_architectures_are_tuned_too(store: Path, tmp_path: Path) -> None:
    for make, method in ((tiny.gpt2, "lora:2"), (tiny.gpt2, "bitfit"), (tiny.roberta, "bitfit")):
        folder = make(tmp_path / make.__name__, positions=64)
        _, record = made.run(folder, store, tmp_path / "out", method=method, task="intent+slots")
        assert record["pooling"] == ("mean" if make is tiny.gpt2 else "pooler")
