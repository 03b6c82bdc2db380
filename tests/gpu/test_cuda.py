"""The same numbers on the GPU as on the CPU. Skipped where there is no CUDA device (tests/SKIPS.md)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import made_checkpoints
from cache.keys import sentence_key
from cache.store import Store
from probing import checkpoints, probes
from probing.checkpoints import Checkpoint
from probing.extraction import batches, collection, devices, extract
from probing.extraction.attention import maps
from probing.probes.family import ProbeOptions, Problem

pytestmark = pytest.mark.gpu


@pytest.fixture(autouse=True)
def device() -> str:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device is here")
    return "cuda"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """As wide and deep as MiniLM, with random weights: nothing needs to be fetched."""
    folder = tmp_path_factory.mktemp("made")
    size = replace(made_checkpoints.MINILM, vocabulary=8192)
    return checkpoints.resolve(str(made_checkpoints.checkpoint(folder / "encoder", size)), folder)


def test_vectors_agree(checkpoint: Checkpoint, tmp_path: Path) -> None:
    forms = made_checkpoints.sentences(100)
    keys = [sentence_key(form) for form in forms]
    sentence = np.arange(len(forms))
    vectors = {}
    for device in ("cpu", "cuda"):
        store = Store(tmp_path / device)
        extract(checkpoint, forms, store, precision="fp32", device=device)
        reader = collection(store, checkpoint, "mean", "fp32").reader(keys)
        vectors[device] = reader.words(6, sentence, np.zeros_like(sentence))
    # Stored as fp16: half a unit in the last place of each side.
    np.testing.assert_allclose(vectors["cuda"], vectors["cpu"], rtol=2e-3, atol=1e-3)


def test_bf16_in_many_passes_is_near_fp32(checkpoint: Checkpoint, tmp_path: Path) -> None:
    """Passes go on while those before are copied: states that were overwritten on their way would show."""
    import torch

    forms = made_checkpoints.sentences(400)
    sentence = np.arange(len(forms))
    vectors = []
    for device, precision, budget in (("cpu", "fp32", None), ("cuda", "bf16", 256)):
        store = Store(tmp_path / device)
        extract(checkpoint, forms, store, precision=precision, device=device, token_budget=budget)
        reader = collection(store, checkpoint, "mean", precision).reader([sentence_key(form) for form in forms])
        vectors.append(reader.words(6, sentence, np.zeros_like(sentence)))
    here, there = vectors
    cosine = (here * there).sum(1) / np.linalg.norm(here, axis=1) / np.linalg.norm(there, axis=1)
    assert cosine.min() > 0.99
    assert not torch.backends.cuda.cudnn_sdp_enabled(), "it would plan every batch's shape anew"


@pytest.mark.parametrize("submodule", ["attention", "mlp"])
def test_what_blocks_add_agrees(submodule: str, checkpoint: Checkpoint, tmp_path: Path) -> None:
    forms = made_checkpoints.sentences(100)
    sentence = np.arange(len(forms))
    vectors = {}
    for device in ("cpu", "cuda"):
        store = Store(tmp_path / device)
        extract(checkpoint, forms, store, precision="fp32", submodule=submodule, device=device)
        reader = collection(store, checkpoint, "mean", "fp32", submodule).reader([sentence_key(form) for form in forms])
        vectors[device] = reader.words(6, sentence, np.zeros_like(sentence))
    np.testing.assert_allclose(vectors["cuda"], vectors["cpu"], rtol=2e-3, atol=1e-3)


def test_attention_agrees(checkpoint: Checkpoint) -> None:
    forms = made_checkpoints.sentences(50)
    for here, there in zip(
        maps(checkpoint, forms, None, precision="fp32"),
        maps(checkpoint, forms, None, precision="fp32", device="cuda"),
        strict=True,
    ):
        np.testing.assert_allclose(there, here, atol=1e-4)


def test_several_processes_store_what_one_stores(checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the last of the devices and the first, which on a machine with one GPU are the same."""
    import torch

    monkeypatch.setattr(devices, "SHARDS", 1)
    monkeypatch.setattr(batches, "SHARD_BYTES", 1 << 20)
    forms = made_checkpoints.sentences(2000)
    stored = []
    for device in ("cuda:0", f"cuda:{torch.cuda.device_count() - 1},cuda:0"):
        store = Store(tmp_path / device)
        report = extract(checkpoint, forms, store, precision="fp32", device=device, token_budget=512)
        assert report.encoded == len(set(map(tuple, forms)))
        folder = collection(store, checkpoint, "mean", "fp32").folder
        stored.append({path.name: path.read_bytes() for path in folder.glob("*.safetensors")})
    assert len(stored[0]) > 1
    assert stored[0] == stored[1]


@pytest.mark.parametrize("family", ["linear", "mlp"])
def test_probes_agree(family: str) -> None:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(600, 24)).astype(np.float32)
    y = (x @ draw.normal(size=(24, 4))).argmax(1).astype(np.int32)
    problems = [Problem("task", y[:400], y[400:500], 4)]
    right = []
    for device in ("cpu", "cuda"):
        options = ProbeOptions(width=32, device=device)
        probe = probes.of_labels(family).fit(x[:400], x[400:500], problems, options, lambda _done, _total: None)[0]
        right.append((probe.log2_probabilities(x[500:]).argmax(1) == y[500:]).mean())
    assert right[1] == pytest.approx(right[0], abs=0.03)
