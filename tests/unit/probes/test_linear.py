"""The linear family: the path of penalties, what dev may choose, fixed penalties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from probing.probes import ProbeOptions, Problem
from probing.probes.family import FittedProbe
from probing.probes.linear import GRID, LinearFamily


def xor(items: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    vectors = np.random.default_rng(seed).normal(size=(items, 8)).astype(np.float32)
    return vectors, ((vectors[:, 0] > 0) ^ (vectors[:, 1] > 0)).astype(np.int32)


def test_exclusive_or_is_found_by_the_mlp_and_not_by_a_line() -> None:
    from probing.probes.mlp import MlpFamily

    train, labels = xor(1500, 0)
    dev, dev_labels = xor(400, 1)
    test, gold = xor(600, 2)
    found = {}
    for family in (LinearFamily(), MlpFamily()):
        problem = Problem("task", labels, dev_labels, 2)
        probe = family.fit(train, dev, [problem], ProbeOptions(width=32), lambda _done, _total: None)[0]
        found[family.card.name] = (probe.log2_probabilities(test).argmax(1) == gold).mean()
    assert found["linear"] < 0.58
    assert found["mlp"] > 0.9


def test_labels_without_a_reason_choose_a_strong_penalty() -> None:
    draw = np.random.default_rng(0)
    train, dev = (draw.normal(size=(n, 60)).astype(np.float32) for n in (200, 400))
    problem = Problem("task", *(draw.integers(0, 3, n).astype(np.int32) for n in (200, 400)), 3)
    probe = LinearFamily().fit(train, dev, [problem], ProbeOptions(), lambda _done, _total: None)[0]
    assert probe.setting["lambda"] in ("prior", *GRID[:3])
    assert probe.dev_loss == pytest.approx(np.log2(3), abs=0.05)


def at(penalty: float, train: np.ndarray, problem: Problem, dev: np.ndarray) -> FittedProbe:
    """The problem at one penalty, alone."""
    return LinearFamily().fit(train, dev, [replace(problem, penalty=penalty)], ProbeOptions(), lambda _done, _total: None)[0]


def test_a_path_goes_on_until_it_has_beaten_the_prior() -> None:
    """A broad direction of train is reversed in dev; a narrow one, which only weak penalties reach, holds in both."""
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 2, 1500).astype(np.int32)
    sign = 2 * labels - 1
    vectors = draw.normal(size=(1500, 20)).astype(np.float32)
    vectors[:, 0] += np.where(np.arange(1500) < 1000, 0.35, -0.45) * sign
    shared = 6 * draw.normal(size=1500)
    vectors[:, 1], vectors[:, 2] = shared, shared + 0.25 * sign
    problem = Problem("task", labels[:1000], labels[1000:], 2)
    assert at(1.0, vectors[:1000], problem, vectors[1000:]).dev_loss > 1, "a strong penalty is worse than the prior's bit"
    probe = LinearFamily().fit(vectors[:1000], vectors[1000:], [problem], ProbeOptions(), lambda _done, _total: None)[0]
    assert probe.setting["lambda"] == GRID[-1]
    assert probe.dev_loss < 0.05


def test_the_penalty_is_the_best_on_dev() -> None:
    train, labels = xor(300, 0)
    train[:, 2] += labels
    dev, dev_labels = xor(200, 1)
    dev[:, 2] += dev_labels
    family, options = LinearFamily(), ProbeOptions()
    problem = Problem("task", labels, dev_labels, 2)
    chosen = family.fit(train, dev, [problem], options, lambda _done, _total: None)[0]
    for penalty in (1.0, 0.1, 1e-2, 1e-3, 1e-5):
        other = at(penalty, train, problem, dev)
        loss = -np.take_along_axis(other.log2_probabilities(dev), dev_labels[:, None].astype(int), 1).mean()
        assert chosen.dev_loss <= loss + 2e-3, penalty


def test_a_stated_penalty_is_scikit_learns_objective() -> None:
    from sklearn.linear_model import LogisticRegression

    draw = np.random.default_rng(3)
    train = draw.normal(size=(500, 12)).astype(np.float32)
    labels = (train @ draw.normal(size=(12, 5)) + draw.gumbel(size=(500, 5))).argmax(1).astype(np.int32)
    probe = at(1 / 500, train, Problem("task", labels, labels, 5), train)
    rows = (train - train.mean(0)) / train.std(0)
    reference = LogisticRegression(C=1.0, tol=1e-8, max_iter=2000).fit(rows, labels)
    # The penalty's weight is known, so probabilities must agree once the unseen-class rule is undone.
    share = 5 / (500 + 5)
    ours = (np.exp2(probe.log2_probabilities(train)) - share / 5) / (1 - share)
    assert np.abs(ours - reference.predict_proba(rows)).max() < 5e-3
    assert probe.setting == {"lambda": 1 / 500}


def test_a_fixed_penalty_in_the_batch_is_the_fixed_penalty_alone() -> None:
    draw = np.random.default_rng(5)
    x = draw.normal(size=(500, 12)).astype(np.float32)
    y = (x[:, :3] + 0.8 * draw.normal(size=(500, 3))).argmax(1).astype(np.int32)
    train, dev = slice(0, 400), slice(400, 500)
    chosen = Problem("task", y[train], y[dev], 3)
    fixed = Problem("reference", y[train], y[dev], 3, penalty=0.02)
    family = LinearFamily()
    together = family.fit(x[train], x[dev], [chosen, fixed], ProbeOptions(), lambda _done, _total: None)
    alone = at(0.02, x[train], fixed, x[dev])
    assert together[1].setting == {"lambda": 0.02}
    np.testing.assert_allclose(together[1].log2_probabilities(x[dev]), alone.log2_probabilities(x[dev]), atol=0.02)
    assert together[0].setting["lambda"] != 0.02


def test_a_fixed_penalty_stays_where_dev_is_too_small_to_choose_on() -> None:
    draw = np.random.default_rng(6)
    x = draw.normal(size=(220, 8)).astype(np.float32)
    y = (x[:, :3]).argmax(1).astype(np.int32)
    problems = [Problem("task", y[:200], y[200:], 3), Problem("reference", y[:200], y[200:], 3, penalty=1 / 200)]
    kept = LinearFamily().fit(x[:200], x[200:], problems, ProbeOptions(), lambda _done, _total: None)
    assert kept[1].setting["lambda"] == 1 / 200
