"""What a user may name, what the files say, and every refusal in one sentence."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from cache.keys import file_sha256
from cache.store import Store
from probing.checkpoints import CHECKPOINTS, resolve, weights
from probing.checkpoints.facts import front_matter
from probing.checkpoints.known import PackageSource
from probing.errors import BadInput
from tests import tiny_checkpoints as tiny


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.bert(tmp_path_factory.mktemp("tiny") / "tiny-bert")


@pytest.fixture
def copy(model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "copy"))


def refused(folder: Path, store: Path | None = None) -> str:
    with pytest.raises(BadInput) as caught:
        resolve(str(folder), store, offline=True)
    said = str(caught.value)
    assert "\n" not in said
    assert said.endswith(".")
    return said


def test_a_folders_facts(model: Path, tmp_path: Path) -> None:
    found = resolve(str(model), tmp_path / "store", offline=True)
    facts = found.facts
    assert (found.name, found.spec, found.kind, found.random_seed) == ("tiny-bert", str(model), "folder", None)
    assert (facts.layers, facts.hidden, facts.heads, facts.max_length) == (2, 16, 2, 24)
    assert (facts.architecture, facts.model_type, facts.dtype) == ("BertModel", "bert", "F32")
    assert facts.uncased
    # A layer: four 16×16 products and two of 16×32 with their biases, and two norms.
    assert facts.parts["layer 1"] == 4 * (16 * 16 + 16) + 16 * 32 + 32 + 32 * 16 + 16 + 2 * 32
    assert facts.parts["embeddings"] == 16 * (facts.vocab + 24 + 2) + 32
    assert facts.parts["other"] == 16 * 16 + 16  # the pooler
    assert list(facts.parts) == ["embeddings", "layer 1", "layer 2", "other"]
    assert sum(facts.parts.values()) == facts.parameters
    assert facts.licence is None
    assert facts.parent is None


@pytest.mark.parametrize(
    ("maker", "length", "uncased"), [(tiny.gpt2, 24, False), (tiny.roberta, 22, False), (tiny.t5, 8192, False)]
)
def test_other_architectures_facts(maker: object, length: int, uncased: bool, tmp_path: Path) -> None:
    facts = resolve(str(maker(tmp_path / "model")), None).facts  # type: ignore[operator]
    assert (facts.layers, facts.hidden, facts.heads, facts.uncased) == (2, 16, 2, uncased)
    assert facts.max_length == length
    assert set(facts.parts) >= {"embeddings", "layer 1", "layer 2"}
    assert ("decoder" in facts.parts) == (facts.model_type == "t5")


def test_the_fingerprint_follows_content_and_not_place(model: Path, copy: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    original = resolve(str(model), store)
    assert resolve(str(copy), store).fingerprint == original.fingerprint
    weights_file = copy / "model.safetensors"
    tensors = load_file(weights_file)
    tensors["embeddings.LayerNorm.bias"] = tensors["embeddings.LayerNorm.bias"] + 1
    save_file(tensors, weights_file, metadata={"format": "pt"})
    changed = resolve(str(copy), store).fingerprint
    assert changed != original.fingerprint
    tiny.edit_json(copy / "tokenizer_config.json", clean_up_tokenization_spaces=True)
    assert resolve(str(copy), store).fingerprint not in (changed, original.fingerprint)


def test_hashes_are_remembered_and_the_store_still_opens(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "store"
    first = resolve(str(model), root)
    Store(root)
    monkeypatch.setattr(weights, "first_non_finite", lambda _file: pytest.fail("the weights were read again"))
    assert resolve(str(model), root) == first
    (root / "fingerprints.json").write_text("{ cut short")
    monkeypatch.undo()
    assert resolve(str(model), root) == first


def test_lineage_and_licence_come_from_the_folder(copy: Path) -> None:
    (copy / "README.md").write_text("---\nlicense: mit\nbase_model:\n- org/parent\n---\n# Words\n", encoding="utf-8")
    facts = resolve(str(copy), None).facts
    assert (facts.licence, facts.parent) == ("mit", "org/parent")
    (copy / "strata.json").write_text(json.dumps({"parent": "minilm-l6"}))
    assert resolve(str(copy), None).facts.parent == "minilm-l6"
    (copy / "README.md").write_text("---\nlicense: [unclosed\n---\n", encoding="utf-8")
    assert front_matter(copy / "README.md") == {}
    assert resolve(str(copy), None).facts.licence is None


def test_sharded_weights_are_the_same_model(copy: Path) -> None:
    whole = resolve(str(copy), None).facts
    tensors = load_file(copy / "model.safetensors")
    names = sorted(tensors)
    index = {"metadata": {}, "weight_map": {}}
    for number, part in enumerate((names[:7], names[7:]), start=1):
        file = f"model-{number:05d}-of-00002.safetensors"
        save_file({name: tensors[name] for name in part}, copy / file, metadata={"format": "pt"})
        index["weight_map"].update(dict.fromkeys(part, file))
    (copy / "model.safetensors").unlink()
    (copy / "model.safetensors.index.json").write_text(json.dumps(index))
    assert resolve(str(copy), None).facts == whole
    (copy / "model-00002-of-00002.safetensors").unlink()
    assert "lacks model-00002-of-00002.safetensors" in refused(copy)
    index["weight_map"][names[0]] = "../elsewhere.safetensors"
    (copy / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "outside its folder" in refused(copy)


def test_random_weights_share_their_familys_twin(model: Path, copy: Path) -> None:
    twin = resolve(f"random:{model}@7", None)
    assert (twin.name, twin.spec, twin.kind, twin.random_seed) == (
        "random:tiny-bert@7",
        f"random:{model}@7",
        "random",
        7,
    )
    assert twin.fingerprint not in (
        resolve(str(model), None).fingerprint,
        resolve(f"random:{model}@8", None).fingerprint,
    )
    # A fine-tuned child: other weights, another training note, another truncation baked in; the same architecture.
    tensors = load_file(copy / "model.safetensors")
    save_file({name: value * 2 for name, value in tensors.items()}, copy / "model.safetensors", metadata={"format": "pt"})
    tiny.edit_json(copy / "config.json", transformers_version="4.8.2", _name_or_path="elsewhere")
    tiny.edit_json(copy / "tokenizer.json", truncation=None)
    assert resolve(f"random:{copy}@7", None).fingerprint == twin.fingerprint
    tiny.edit_json(copy / "config.json", hidden_act="relu")
    assert resolve(f"random:{copy}@7", None).fingerprint != twin.fingerprint


@pytest.mark.parametrize(
    "spec",
    ["random:", "random:minilm-l6", "random:minilm-l6@", "random:minilm-l6@-1", "random:minilm-l6@x", "random:@3"],
)
def test_random_without_a_seed_is_refused(spec: str) -> None:
    with pytest.raises(BadInput, match="random:CKPT@SEED"):
        resolve(spec, None, offline=True)


def test_random_of_random_is_refused() -> None:
    with pytest.raises(BadInput, match="random twice over"):
        resolve("random:random:minilm-l6@1@2", None, offline=True)


@pytest.mark.parametrize("spec", ["", "nonsense", "a/b/c", "org/..", "ünknown"])
def test_what_names_nothing_is_refused_with_what_is_known(spec: str) -> None:
    with pytest.raises(BadInput, match="minilm-l6"):
        resolve(spec, None, offline=True)


def test_folders_that_are_not_there_or_not_allowed(model: Path, tmp_path: Path) -> None:
    assert "is not there" in refused(tmp_path / "nothing")
    assert "is a file" in refused(model / "config.json")
    for spec in (str(model), f"{tmp_path}/allowed/../../{model.name}", "~/model", "a\x00b"):
        with pytest.raises(BadInput):
            resolve(spec, None, roots=(tmp_path / "allowed",), offline=True)
    (tmp_path / "allowed").mkdir()
    (tmp_path / "allowed" / "link").symlink_to(model)
    with pytest.raises(BadInput, match="outside the allowed folders"):
        resolve(str(tmp_path / "allowed" / "link"), None, roots=(tmp_path / "allowed",))
    assert resolve(str(model), None, roots=(model.parent,)).name == "tiny-bert"


def test_configurations_that_cannot_be_used(copy: Path) -> None:
    tiny.edit_json(copy / "config.json", auto_map={"AutoModel": "code.Model"})
    assert "auto_map" in refused(copy)
    tiny.edit_json(copy / "config.json", auto_map=None, quantization_config={"bits": 4})
    assert "quantised" in refused(copy)
    tiny.edit_json(copy / "config.json", quantization_config=None, model_type="brand_new")
    assert "'brand_new'" in refused(copy)
    tiny.edit_json(copy / "config.json", model_type=None)
    assert "model_type" in refused(copy)
    (copy / "config.json").write_text("[1")
    assert "cannot be read as JSON" in refused(copy)
    (copy / "config.json").unlink()
    assert "no config.json" in refused(copy)


def test_weights_that_are_pickled_or_missing(copy: Path) -> None:
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    said = refused(copy)
    assert "pytorch_model.bin" in said
    assert "safe_serialization=True" in said
    (copy / "pytorch_model.bin").unlink()
    assert "has no weights" in refused(copy)


@pytest.mark.parametrize("keep", [0, 5, 100, -1])
def test_truncated_weights_are_damaged(copy: Path, keep: int) -> None:
    content = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(content[:keep])
    assert "model.safetensors is damaged" in refused(copy)


def test_weights_that_are_too_long_or_scrambled_are_damaged(copy: Path) -> None:
    file = copy / "model.safetensors"
    content = file.read_bytes()
    file.write_bytes(content + b"x")
    assert "bytes long" in refused(copy)
    file.write_bytes(content[:8] + b"?" + content[9:])
    assert "model.safetensors cannot be read as JSON" in refused(copy)
    file.write_bytes(content.replace(b'"shape":[16]', b'"shape":[61]', 1))
    assert "contradicts itself" in refused(copy)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_named(copy: Path, dtype: type, value: float, tmp_path: Path) -> None:
    tensors = {name: array.astype(dtype) for name, array in load_file(copy / "model.safetensors").items()}
    name = "encoder.layer.1.output.dense.weight"
    tensors[name][3, 5] = value
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    for _ in range(2):  # the second answer comes from memory
        assert name in refused(copy, tmp_path / "store")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(width=32), min_size=1, max_size=9))
def test_bfloat16_is_searched_as_well(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    bits = (np.array(values, np.float32).view(np.uint32) >> 16).astype("<u2")
    finite = np.isfinite((bits.astype(np.uint32) << 16).view(np.float32)).all()
    header = json.dumps({"x": {"dtype": "BF16", "shape": [len(bits)], "data_offsets": [0, 2 * len(bits)]}}).encode()
    file = tmp_path_factory.getbasetemp() / "bf16.safetensors"
    file.write_bytes(len(header).to_bytes(8, "little") + header + bits.tobytes())
    assert weights.first_non_finite(file) == (None if finite else "x")


def test_tokenizers_that_cannot_be_used(copy: Path, tmp_path: Path) -> None:
    (copy / "tokenizer.json").write_text('{"version": "1.0"}')
    assert "damaged" in refused(copy)
    (copy / "tokenizer.json").unlink()
    tiny.edit_json(copy / "tokenizer_config.json", tokenizer_class="ByT5Tokenizer")
    for _ in range(2):
        assert "slow-only" in refused(copy, tmp_path / "store")
    (copy / "tokenizer_config.json").unlink()
    assert "no tokenizer" in refused(copy)


def test_a_known_checkpoint_must_have_its_own_weights(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second source is an archive: unpacked once, inside the store, and only trusted under the right digest."""
    package = tmp_path / "packages" / "tiny_known"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('a package is located, not imported')")
    with zipfile.ZipFile(package / "model.zip", "w") as archive:
        for file in model.iterdir():
            archive.write(file, file.name)
    monkeypatch.syspath_prepend(str(package.parent))
    sources = (
        PackageSource("absent==1", "absent_package", folder="model"),
        PackageSource("tiny-known==1", "tiny_known", archive="model.zip"),
    )
    right = replace(
        CHECKPOINTS.get("minilm-l6"), name="tiny-known", sources=sources, sha256=file_sha256(model / "model.safetensors")
    )
    monkeypatch.setitem(CHECKPOINTS._entries, "tiny-known", right)
    store = tmp_path / "store"
    found = resolve("tiny-known", store)
    assert (found.kind, found.spec, found.facts.licence) == ("known", "tiny-known", "apache-2.0")
    assert found.folder == store / "models" / "tiny-known"
    assert resolve("random:tiny-known@0", store).spec == "random:tiny-known@0"
    assert [path.name for path in (store / "models").iterdir()] == ["tiny-known"]
    monkeypatch.setitem(CHECKPOINTS._entries, "tiny-known", replace(right, sha256="0" * 64))
    with pytest.raises(BadInput, match="not the known ones"):
        resolve("tiny-known", store)
    with zipfile.ZipFile(package / "model.zip", "a") as archive:
        archive.writestr("../escaped.txt", "outside")
    shutil.rmtree(store)
    with pytest.raises(BadInput, match="leads outside"):
        resolve("tiny-known", store)
    assert not (store / "escaped.txt").exists()
    (package / "model.zip").write_bytes(b"no archive")
    with pytest.raises(BadInput, match="is damaged"):
        resolve("tiny-known", store)
    monkeypatch.setitem(CHECKPOINTS._entries, "tiny-known", replace(right, sources=sources[:1]))
    with pytest.raises(BadInput, match="setup tiny-known"):
        resolve("tiny-known", store)


def test_the_registry_knows_parent_and_child() -> None:
    names = [entry.card.name for entry in CHECKPOINTS]
    assert names[0] == "minilm-l6"
    assert {entry.parent for entry in CHECKPOINTS} <= {None, *names}
    assert all(len(entry.sha256) == 64 for entry in CHECKPOINTS)


def test_nothing_heavy_is_imported(model: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import probing.checkpoints as c; import probing.extraction\n"
        "light = 'transformers' not in sys.modules\n"
        f"c.resolve({str(model)!r}, Path({str(tmp_path / 'store')!r}), offline=True)\n"
        "print(light, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ.copy())
    assert done.stdout.split() == ["True", "False"]
