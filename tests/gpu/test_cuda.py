"""The same numbers on the GPU as on the CPU. Skipped where there is no CUDA device (tests/SKIPS.md)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cache.keys import sentence_key
from cache.store import Store
from probing import checkpoints, corpora, probes
from probing.extraction import collection, extract
from probing.probes.family import ProbeOptions, Problem

pytestmark = pytest.mark.gpu


@pytest.fixture(autouse=True)
def device() -> str:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device is here")
    return "cuda"


def test_vectors_agree(tmp_path: Path) -> None:
    checkpoint = checkpoints.resolve("minilm-l6", tmp_path)
    forms = [sentence.forms for sentence in corpora.find("grammar").load().splits["dev"][:100]]
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


@pytest.mark.parametrize("family", ["linear", "mlp"])
def test_probes_agree(family: str) -> None:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(600, 24)).astype(np.float32)
    y = (x @ draw.normal(size=(24, 4))).argmax(1).astype(np.int32)
    problems = [Problem("task", y[:400], y[400:500], 4)]
    right = []
    for device in ("cpu", "cuda"):
        options = ProbeOptions(width=32, device=device)
        probe = probes.FAMILIES.get(family).fit(x[:400], x[400:500], problems, options, lambda _done, _total: None)[0]
        right.append((probe.log2_probabilities(x[500:]).argmax(1) == y[500:]).mean())
    assert right[1] == pytest.approx(right[0], abs=0.03)
