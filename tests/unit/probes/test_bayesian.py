"""The Bayesian family: a probe that carries its message, and reads out what is left of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from probing.probes import ProbeOptions, Problem
from probing.probes.bayesian import BayesianFamily
from probing.probes.family import FittedProbe
from probing.solvers import variational

TRAIN, DEV = (np.random.default_rng(seed).normal(3, 2, size=(n, 6)).astype(np.float32) for seed, n in ((0, 1500), (1, 200)))
LABELS, DEV_LABELS = (2 * (rows[:, 0] > 3).astype(np.int32) for rows in (TRAIN, DEV))  # class 1 of three is nowhere


@pytest.fixture(scope="module")
def probe() -> FittedProbe:
    problem = Problem("task", LABELS, DEV_LABELS, 3)
    return BayesianFamily().fit(TRAIN, DEV, [problem], ProbeOptions(width=5), lambda _done, _total: None)[0]


def test_it_carries_its_message(probe: FittedProbe) -> None:
    assert probe.code is not None
    assert probe.setting == {"width": 5, "steps": variational.ANNEALING.length(1500)}
    assert probe.code.length < 1500 / 5
    # The draws of the posterior cost more than its mean, which is what is read out, and not much.
    gold = np.take_along_axis(probe.log2_probabilities(TRAIN), LABELS[:, None].astype(int), 1)
    assert -gold.mean() < probe.code.data.mean() + 0.02
    assert probe.dev_loss < 0.2


def test_what_is_pruned_is_not_read(probe: FittedProbe) -> None:
    assert probe.code is not None
    left = [int(np.abs(probe.state[f"weights_{layer}"]).any(1).sum()) for layer in range(3)]
    assert probe.code.architecture == "-".join(map(str, left))
    assert left[0] == 1
    assert np.abs(probe.state["weights_0"][0]).any()


def test_a_class_that_train_lacks_is_paid_for_in_the_model(probe: FittedProbe) -> None:
    assert probe.code is not None
    assert np.isfinite(probe.code.data).all()
    assert np.isneginf(probe.state["bias_2"]).tolist() == [False, True, False]


def test_dev_chooses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variational, "ANNEALING", replace(variational.ANNEALING, steps=0, least=20))
    codes = []
    for dev in (DEV_LABELS, 2 - DEV_LABELS):
        problem = Problem("task", LABELS, dev.astype(np.int32), 3)
        fitted = BayesianFamily().fit(TRAIN, DEV, [problem], ProbeOptions(width=3), lambda _done, _total: None)[0]
        assert fitted.code is not None
        codes.append((fitted.code.model, fitted.code.data.sum()))
    assert codes[0] == codes[1]
