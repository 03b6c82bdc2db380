"""The tree loss: real words, exact labels, the sentences that count, and the probe it begins with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from probing.errors import BadInput
from probing.measures.depths import valid_depths
from tests.unit.tuning import made

PROBE = np.random.default_rng(0).normal(size=(16, 8)).astype(np.float32)


def read(model: Path, store: Path, of: int | None) -> tuple[float, Any, Any]:
    """(loss, what the model said, the batch) of eight animals at layer 1 with the weight 2."""
    import torch

    from probing.tuning.tree_loss import TreeLoss

    one = made.ready(model, store)
    batch = one.reader.train_batch(8, 0, 0)
    one.model.eval()
    with torch.no_grad():
        said = one.model(batch)
        return float(TreeLoss(PROBE, 1, 2.0, of, "cpu")(said, batch)), said, batch


@pytest.mark.parametrize("of", [None, 1])
def test_it_is_the_error_to_the_nearest_tree_of_real_words(model: Path, store: Path, of: int | None) -> None:
    found, said, batch = read(model, store, of)
    errors: list[float] = []
    for row in range(8):
        if of is not None and int(batch.labels[row]) != of:
            continue
        words = batch.words[row].numpy()
        states = said.states[1][row].numpy()
        vectors = np.stack([states[words == word].mean(0) for word in range(words.max() + 1)])
        norms = np.square(vectors @ PROBE).sum(1)
        errors += np.square(norms - valid_depths(norms[None])[0]).tolist()
    assert found == pytest.approx(2 * np.mean(errors), rel=1e-4)


def test_a_batch_without_an_acceptable_sentence_costs_nothing(model: Path, store: Path) -> None:
    assert read(model, store, 7)[0] == 0.0


def test_words_are_means_of_their_sub_words(model: Path, store: Path) -> None:
    import torch

    from probing.tuning.tree_loss import words

    _, _, batch = read(model, store, None)
    states = torch.randn(*batch.ids.shape, 3)
    found = words(states, batch)
    assert len(found) == len(batch.word)
    for row, word, vector in zip(batch.owner.tolist(), batch.word.tolist(), found, strict=True):
        assert torch.allclose(vector, states[row][batch.words[row] == word].mean(0), atol=1e-6)


def test_without_a_probe_it_says_which_run_is_needed(model: Path, store: Path) -> None:
    with pytest.raises(BadInput, match="--task trees --probe topological"):
        made.ready(model, store, method="tree:1")
