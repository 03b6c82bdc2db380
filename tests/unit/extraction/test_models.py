"""Models that are kept: which, how many, and that what they compute does not depend on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cache.keys import sentence_key
from cache.store import Store
from probing.checkpoints import Checkpoint, resolve
from probing.extraction import collection, extract
from probing.extraction.models import Models
from tests.tiny_checkpoints import USUAL, bert

TEXT = [("the", "cat"), ("a", "dog", "sat"), ("cats", ".")]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> list[Checkpoint]:
    folder = tmp_path_factory.mktemp("models")
    return [resolve(str(bert(folder / str(seed), seed)), None) for seed in range(3)]


def test_a_kept_model_gives_the_same_vectors_and_is_read_once(checkpoints: list[Checkpoint], tmp_path: Path) -> None:
    kept = Models(2)
    for submodule in ("layer", "attention"):
        whole, pieces = Store(tmp_path / f"whole-{submodule}"), Store(tmp_path / f"pieces-{submodule}")
        options = {"precision": "fp32", "submodule": submodule}
        extract(checkpoints[0], TEXT, whole, **options)  # type: ignore[arg-type]
        for forms in TEXT:
            assert extract(checkpoints[0], [forms], pieces, models=kept, **options).forward_passes == 1  # type: ignore[arg-type]
        for forms in TEXT:
            word = np.arange(len(forms))
            both = [
                collection(store, checkpoints[0], "mean", "fp32", submodule).reader([sentence_key(forms)])
                for store in (whole, pieces)
            ]
            for layer in range(3):
                one, other = (found.words(layer, np.zeros_like(word), word) for found in both)
                np.testing.assert_allclose(one, other, atol=2e-3 * np.abs(one).max())
    assert kept.loads == 2, "one a submodule, since hooks stay on a model"


def opened(models: Models, checkpoint: Checkpoint) -> bool:
    """Whether it had to be read."""
    before = models.loads
    models.open(checkpoint, USUAL, "mean", "fp32", "layer", "cpu", lambda: None)
    return models.loads > before


def test_the_one_used_longest_ago_leaves(checkpoints: list[Checkpoint]) -> None:
    one, two, three = checkpoints
    models = Models(2)
    assert [opened(models, each) for each in (one, two, one, three, one, two)] == [True, True, False, True, False, True]
    assert [opened(Models(), one) for _ in range(2)] == [True, True]


def test_large_models_leave_for_each_other_and_the_last_stays(checkpoints: list[Checkpoint]) -> None:
    one, two, _ = (replace(each, facts=replace(each.facts, parameters=60)) for each in checkpoints)
    models = Models(3, parameters=100)
    assert [opened(models, each) for each in (one, two, two, one)] == [True, True, False, True]
    alone = Models(3, parameters=10)
    assert [opened(alone, each) for each in (one, one)] == [True, False]
