"""What every registered family of trees keeps to (docs/architecture.md#adding-something)."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from probing.errors import BadInput
from probing.measures import MEASURES
from probing.probes import TreeFamily, of_kind, of_labels, of_trees
from probing.probes.trees import Bank, Start
from probing.registry import Card
from probing.runs import RunSpec
from probing.solvers import projections
from tests.planted.trees import random_trees, vectors

WIDTH = 10
MIX = np.linalg.qr(np.random.default_rng(0).normal(size=(WIDTH, WIDTH)))[0]


def planted(seed: int, sentences: int) -> Bank:
    """Layer 0 is noise, layer 1 holds the trees."""
    lengths = np.random.default_rng(seed).integers(2, WIDTH + 1, sentences).tolist()
    trees = random_trees(seed, lengths)
    held = np.concatenate([vectors(tree, WIDTH) @ MIX for tree in trees]).astype(np.float32)
    noise = np.random.default_rng(seed).normal(size=held.shape).astype(np.float32)
    return Bank(trees, [noise, held])


TRAIN, DEV, TEST = planted(0, 150), planted(1, 40), planted(2, 60)
BEST = {"structural": ("uuas", True), "topological": ("sp", False)}  # a measure, and whether high is good


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PUBLISHED", "CONVERGED"):
        monkeypatch.setattr(projections, name, replace(projections.PUBLISHED, rate=2e-2, rounds=15, slower=0.3))


@pytest.fixture(params=of_kind("trees"))
def family(request: pytest.FixtureRequest) -> TreeFamily:
    return of_trees(request.param)


def fit(family: TreeFamily, starts: list[Start], train: Bank = TRAIN, dev: Bank = DEV) -> list[dict[str, np.ndarray]]:
    return family.fit(train, dev, starts, family.aims(False), "cpu", lambda _count: None)


def score(family: TreeFamily, layer: int, probe: dict[str, np.ndarray]) -> float:
    ends = np.cumsum(TEST.lengths)[:-1]
    counts = family.read(TEST.trees, {aim: np.split(TEST.rows[layer] @ weights, ends) for aim, weights in probe.items()})
    assert all(len(array) == len(TEST.trees) for array in counts.values())
    return next(s.value for metric, s, setting in family.scores([counts]) if (metric, setting) == (BEST[family.card.name][0], {}))


def test_the_layer_that_holds_trees_is_told_from_noise(family: TreeFamily) -> None:
    noise, held = (score(family, layer, fit(family, [Start(layer, WIDTH, 0)])[0]) for layer in (0, 1))
    baseline = next(
        one.score.value for one in family.baselines(TRAIN.trees, TEST.trees) if one.metric == BEST[family.card.name][0]
    )
    if BEST[family.card.name][1]:
        assert held > 0.9 > 0.5 > max(noise, baseline)
    else:
        assert held < 0.2 < min(noise, baseline)


def test_deterministic_under_a_seed_and_another_seed_is_another_start(family: TreeFamily) -> None:
    one, two, other = (fit(family, [Start(1, 4, seed)])[0] for seed in (0, 0, 1))
    assert one.keys() == set(family.aims(False))
    assert all(np.array_equal(one[aim], two[aim]) for aim in one)
    assert not any(np.array_equal(one[aim], other[aim]) for aim in one)
    assert all(weights.shape == (WIDTH, 4) and weights.dtype == np.float32 for weights in one.values())


def test_batched_is_one_at_a_time(family: TreeFamily) -> None:
    starts = [Start(1, 6, 0), Start(0, 6, 0), Start(1, 3, 1)]
    for start, together in zip(starts, fit(family, starts), strict=True):
        alone = fit(family, [start])[0]
        assert score(family, start.layer, together) == pytest.approx(score(family, start.layer, alone), abs=0.03)


def test_empty_and_broken_input_is_refused_in_words(family: TreeFamily) -> None:
    nothing = Bank([], [np.empty((0, WIDTH), np.float32)] * 2)
    for banks in ((nothing, DEV), (TRAIN, nothing)):
        with pytest.raises(BadInput, match="take more sentences"):
            fit(family, [Start(1, 4, 0)], *banks)
    with pytest.raises(BadInput, match="NaN"):
        fit(family, [Start(0, 4, 0)], Bank(TRAIN.trees, [np.full_like(rows, np.nan) for rows in TRAIN.rows]))


def test_all_starts_are_counted_and_work_may_be_cancelled(family: TreeFamily) -> None:
    seen: list[int] = []
    family.fit(TRAIN, DEV, [Start(0, 2, 0), Start(1, 2, 0)], family.aims(False), "cpu", seen.append)
    assert sum(seen) == 2 * len(family.aims(False))

    def cancel(_count: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        family.fit(TRAIN, DEV, [Start(0, 2, 0)], family.aims(False), "cpu", cancel)


def test_scores_have_cards_and_cards_are_whole(family: TreeFamily) -> None:
    ends = np.cumsum(TEST.lengths)[:-1]
    words = np.split(TEST.rows[1], ends)
    counts = family.read(TEST.trees, dict.fromkeys(family.aims(True), words))
    assert {one.metric for one in family.scores([counts])} <= set(MEASURES.names())
    card = family.card
    assert all((card.title, card.measures, card.assumes, card.misleads, card.source))
    assert Card(**json.loads(json.dumps(asdict(card)))) == card
    assert set(family.options) <= set(RunSpec.model_fields)


def test_a_family_is_of_labels_or_of_trees() -> None:
    assert not set(of_kind("trees")) & set(of_kind("labels"))
    with pytest.raises(ValueError, match="tree"):
        of_labels("structural")
    with pytest.raises(ValueError, match="labels"):
        of_trees("linear")
