"""The MLP family: what a linear probe cannot read, seeds, early stopping."""

from __future__ import annotations

import numpy as np

from probing.probes import ProbeOptions, Problem
from probing.probes.mlp import MlpFamily


def test_the_width_is_that_of_the_options() -> None:
    draw = np.random.default_rng(0)
    vectors = draw.normal(size=(120, 5)).astype(np.float32)
    labels = (vectors[:, 0] > 0).astype(np.int32)
    problem = Problem("task", labels[:80], labels[80:], 2)
    for width in (1, 7):
        probe = MlpFamily().fit(vectors[:80], vectors[80:], [problem], ProbeOptions(width), lambda _done, _total: None)[0]
        assert probe.setting["width"] == width
        assert probe.state["weights_0"].shape == (5, width)
        assert probe.state["weights_1"].shape == (width, 2)


def test_a_handful_of_items_does() -> None:
    draw = np.random.default_rng(0)
    vectors = draw.normal(size=(10, 40)).astype(np.float32)
    problem = Problem("task", np.array([0, 1, 2, 0, 1], np.int32), np.array([0, 1, 2, 0, 1], np.int32), 3)
    probe = MlpFamily().fit(vectors[:5], vectors[5:], [problem], ProbeOptions(), lambda _done, _total: None)[0]
    assert np.isfinite(probe.log2_probabilities(vectors)).all()
    assert probe.dev_loss <= np.log2(3)
