"""Projections of sentences: planted trees are found, batching changes nothing, the best state comes back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from probing.errors import BadInput
from probing.measures.depths import valid_depths
from probing.measures.gold import Tree
from probing.measures.topology import bounds, levels, own_error, own_errors
from probing.measures.trees import compare_depths, compare_distances, squared_distances, squared_norms
from probing.solvers.objectives import Depth, Distance, Norms, TreeObjective
from probing.solvers.projections import PUBLISHED, Projected, ProjectionProblem, SentenceVectors, train
from probing.solvers.trainer import EarlyStopping
from tests.planted.trees import random_trees, vectors

WIDTH = 14
FAST = replace(PUBLISHED, rate=2e-2, rounds=30, slower=0.3)
LONG = replace(PUBLISHED, rate=2e-2, rounds=100, slower=0.8, patience=15)


def lengths(seed: int, sentences: int) -> list[int]:
    return [int(n) for n in np.random.default_rng(seed).integers(1, WIDTH + 1, sentences)]


TRAIN, DEV = (
    [Tree(t.distances, t.depths, np.ones(len(t), bool)) for t in random_trees(seed, lengths(seed, n))]
    for seed, n in ((0, 300), (1, 80))
)
MIX = np.linalg.qr(np.random.default_rng(2).normal(size=(WIDTH, WIDTH)))[0] * np.linspace(0.5, 2, WIDTH)
GOLD = {Distance: lambda tree: tree.distances, Depth: lambda tree: tree.depths, Norms: levels}


def text(trees: list[Tree], objective: TreeObjective, noise: float = 0.0) -> SentenceVectors:
    """Two layers: planted vectors behind a linear map, and the same with noise."""
    planted = np.concatenate([vectors(tree, WIDTH) @ MIX for tree in trees])
    planted += noise * np.random.default_rng(4).normal(size=planted.shape)
    blurred = planted + 0.5 * np.random.default_rng(3).normal(size=planted.shape)
    rows = [torch.from_numpy(x.astype(np.float32)) for x in (planted, blurred)]
    return SentenceVectors(rows, np.array([len(tree) for tree in trees]), [GOLD[type(objective)](tree) for tree in trees])


def fitted(
    problems: list[ProjectionProblem], objective: TreeObjective, schedule: EarlyStopping = FAST, noise: float = 0.0
) -> tuple[list[Projected], SentenceVectors]:
    dev = text(DEV, objective, noise)
    return train(text(TRAIN, objective, noise), dev, problems, objective, schedule, lambda _count: None), dev


def sentences(dev: SentenceVectors, layer: int, weights: np.ndarray) -> list[np.ndarray]:
    return np.split(dev.rows[layer].numpy() @ weights, np.cumsum(dev.lengths)[:-1])


def distance_error(dev: SentenceVectors, layer: int, weights: np.ndarray) -> float:
    """The published loss of a probe, sentence by sentence."""
    both = zip(DEV, sentences(dev, layer, weights), strict=True)
    return float(np.mean([np.abs(squared_distances(y) - tree.distances).mean() for tree, y in both]))


def test_planted_distances_are_found() -> None:
    (clean, blurred), dev = fitted([ProjectionProblem(0, WIDTH, 0), ProjectionProblem(1, WIDTH, 0)], Distance())
    found = compare_distances(DEV, map(squared_distances, sentences(dev, 0, clean.weights)))
    assert found["found"].sum() >= 0.99 * found["arcs"].sum()
    worse = compare_distances(DEV, map(squared_distances, sentences(dev, 1, blurred.weights)))
    assert worse["found"].sum() < found["found"].sum()
    assert clean.loss < blurred.loss


def test_planted_depths_are_found() -> None:
    # ‖h‖² is the depth and 1 more, which depth as published cannot take off: the order is what is asked.
    (one,), dev = fitted([ProjectionProblem(0, WIDTH, 0)], Depth())
    found = compare_depths(DEV, map(squared_norms, sentences(dev, 0, one.weights)))
    assert found["root_found"].mean() >= 0.99
    (sp,), dev = fitted([ProjectionProblem(0, WIDTH, 0)], Norms(), LONG)
    assert sp.loss < 0.02


@pytest.mark.parametrize("objective", [Distance(), Depth(), Norms(), Norms(valid_depths)], ids=lambda o: type(o).__name__)
def test_batching_changes_nothing(objective: TreeObjective) -> None:
    problems = [ProjectionProblem(1, 3, 0), ProjectionProblem(0, 5, 0), ProjectionProblem(1, 2, 1), ProjectionProblem(0, 1, 0)]
    # At a low rate rounding is not blown up by the steps.
    schedule = replace(PUBLISHED, rate=2e-3, rounds=6)
    together, _ = fitted(problems, objective, schedule)
    for problem, one in zip(problems, together, strict=True):
        (alone,), _ = fitted([problem], objective, schedule)
        assert one.weights.shape == (WIDTH, problem.rank)
        assert one.weights == pytest.approx(alone.weights, abs=2e-3)
        assert one.loss == pytest.approx(alone.loss, rel=1e-3)
        assert one.rounds == alone.rounds


def test_problems_stop_each_at_its_own_time() -> None:
    # A rate that falls to a millionth at the first worse round fixes the weights, so that later rounds move nothing.
    problems = [
        ProjectionProblem(0, WIDTH, 0),
        ProjectionProblem(1, 1, 0),
        ProjectionProblem(1, 6, 1),
        ProjectionProblem(0, 2, 2),
    ]
    schedule = replace(PUBLISHED, rate=5e-3, rounds=40, slower=1e-6, patience=1)
    together, dev = fitted(problems, Distance(), schedule, noise=0.1)
    assert len({one.rounds for one in together}) > 2
    for problem, one in zip(problems, together, strict=True):
        assert one.loss == pytest.approx(distance_error(dev, problem.layer, one.weights), rel=1e-4)
        (alone,), _ = fitted([problem], Distance(), schedule, noise=0.1)
        assert (one.rounds, one.loss) == (alone.rounds, pytest.approx(alone.loss, rel=1e-3))


def test_the_seed_draws_the_weights() -> None:
    problems = [ProjectionProblem(0, 4, 0), ProjectionProblem(0, 4, 0), ProjectionProblem(0, 4, 1)]
    (first, same, other), _ = fitted(problems, Distance(), replace(PUBLISHED, rounds=2))
    assert (first.weights == same.weights).all()
    assert not np.allclose(first.weights, other.weights, atol=1e-2)
    (again,), _ = fitted([problems[2]], Distance(), replace(PUBLISHED, rounds=2))
    assert again.weights == pytest.approx(other.weights, abs=1e-3)


def test_the_loss_is_that_of_the_weights_given_back() -> None:
    # A rate at which dev goes up and down, so that the last state is not the best.
    wild = replace(PUBLISHED, rate=0.3, rounds=8, patience=8, slower=1.0)
    (one,), dev = fitted([ProjectionProblem(1, 4, 0)], Distance(), wild)
    assert one.loss == pytest.approx(distance_error(dev, 1, one.weights), rel=1e-4)
    fewer = [
        fitted([ProjectionProblem(1, 4, 0)], Distance(), replace(PUBLISHED, rate=0.3, rounds=n, patience=8, slower=1.0))[0][
            0
        ].loss
        for n in (2, 5)
    ]
    assert fewer[0] >= fewer[1] >= one.loss


def test_the_losses_of_levels_are_the_measures() -> None:
    (sp,), dev = fitted([ProjectionProblem(1, 7, 0)], Norms())
    found = bounds(DEV, map(squared_norms, sentences(dev, 1, sp.weights)))
    assert sp.loss == pytest.approx(found["sp"].sum() / found["words"].sum(), rel=1e-4)
    (ssp,), dev = fitted([ProjectionProblem(1, 7, 0)], Norms(valid_depths))
    own = own_error([own_errors(squared_norms(y) for y in sentences(dev, 1, ssp.weights))])
    assert ssp.loss == pytest.approx(own.value, rel=1e-4)
    # Any tree is easier than the true one.
    assert ssp.loss < sp.loss


def test_one_long_sentence_among_single_words() -> None:
    trees = random_trees(7, [1] * 25 + [200])
    rows = torch.from_numpy(np.random.default_rng(0).normal(size=(225, 6)).astype(np.float32))
    one = SentenceVectors([rows], np.array([len(tree) for tree in trees]), [tree.distances for tree in trees])
    (found,) = train(one, one, [ProjectionProblem(0, 3, 0)], Distance(), replace(PUBLISHED, rounds=2), lambda _count: None)
    assert np.isfinite(found.loss)
    assert found.weights.dtype == np.float32


def test_what_cannot_be_trained_is_refused_in_words() -> None:
    whole = text(DEV, Distance())
    empty = SentenceVectors([torch.zeros(0, WIDTH)], np.zeros(0, int), [])
    for train_text, dev_text, name in ((empty, whole, "train"), (whole, empty, "dev")):
        with pytest.raises(BadInput, match=f"No {name} sentence"):
            train(train_text, dev_text, [ProjectionProblem(0, 2, 0)], Distance(), FAST, lambda _count: None)
    broken = SentenceVectors([rows.clone() for rows in whole.rows], whole.lengths, whole.gold)
    broken.rows[0][3, 2] = float("nan")
    with pytest.raises(BadInput, match="NaN"):
        train(broken, broken, [ProjectionProblem(0, 2, 0)], Distance(), FAST, lambda _count: None)


def test_progress_counts_every_problem_and_may_cancel() -> None:
    counts: list[int] = []
    whole = text(DEV, Depth())
    train(whole, whole, [ProjectionProblem(0, 2, s) for s in range(3)], Depth(), replace(PUBLISHED, rounds=4), counts.append)
    assert sum(counts) == 3

    def cancel(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(whole, whole, [ProjectionProblem(0, 2, 0)], Depth(), PUBLISHED, cancel)
    assert train(whole, whole, [], Depth(), PUBLISHED, counts.append) == []
