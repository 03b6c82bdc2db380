"""CKA, Procrustes, RSA: invariances, known values, and the plain formulas written out over all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr

from probing.measures import similarity
from probing.measures.similarity import CentredLayer, cka, distance_ranks, procrustes, rsa, shares
from probing.measures.statistics import sentence_weights


def noise(n: int, d: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def rotation(d: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0].astype(np.float32)


def both(x: np.ndarray, y: np.ndarray, sentence: np.ndarray | None = None) -> dict[str, similarity.Score]:
    a, b = CentredLayer.of(x), CentredLayer.of(y)
    ids = np.arange(len(x)) if sentence is None else sentence
    return cka(shares(a, b), shares(a, a), shares(b, b), ids)


def hsic(x: np.ndarray, y: np.ndarray, debiased: bool) -> float:
    """The formula of Kornblith et al., from all pairs."""
    x, y = x - x.mean(0), y - y.mean(0)
    n, k, m = len(x), x @ x.T, y @ y.T
    total = float((k * m).sum())
    if not debiased:
        return total
    return float(total - n / (n - 2) * (np.diag(k) * np.diag(m)).sum() + np.trace(k) * np.trace(m) / ((n - 1) * (n - 2)))


@pytest.mark.parametrize(("name", "debiased"), [("cka", False), ("cka_debiased", True)])
def test_cka_is_the_formula_over_all_pairs(name: str, debiased: bool) -> None:
    x = noise(40, 6, 0).astype(np.float64) + 5
    y = np.hstack([x[:, :3], noise(40, 4, 1)]) - 2
    expected = hsic(x, y, debiased) / np.sqrt(hsic(x, x, debiased) * hsic(y, y, debiased))
    assert both(x, y)[name].value == pytest.approx(expected, rel=1e-5)


def test_identity_gives_one_nothing_and_one() -> None:
    x = noise(60, 8, 2)
    found, view = both(x, x.copy()), CentredLayer.of(x)
    for score in found.values():
        assert (score.value, score.lower, score.upper) == pytest.approx((1, 1, 1), abs=1e-6)
    assert procrustes(view, CentredLayer.of(x.copy())) == pytest.approx(0, abs=1e-5)
    assert rsa(distance_ranks(x), distance_ranks(x.copy())) == pytest.approx(1, abs=1e-6)


def test_rotations_shifts_and_scales_change_nothing() -> None:
    x, y = noise(80, 7, 3), noise(80, 7, 4) + 0.5 * noise(80, 7, 3)
    turned = 3.7 * (y @ rotation(7, 5)) + 11
    before, after = both(x, y), both(x, turned)
    for name, score in before.items():
        assert after[name].value == pytest.approx(score.value, rel=1e-4)
    assert procrustes(CentredLayer.of(x), CentredLayer.of(turned)) == pytest.approx(
        procrustes(CentredLayer.of(x), CentredLayer.of(y)), rel=1e-4
    )
    assert procrustes(CentredLayer.of(y), CentredLayer.of(turned)) == pytest.approx(0, abs=1e-4)
    assert 0.1 < before["cka_debiased"].value < 0.9, "the case says something"


def test_any_linear_map_does_change_cka() -> None:
    x = noise(200, 6, 6)
    assert both(x, x * np.array([1, 10, 1, 1, 1, 1], np.float32))["cka"].value < 0.75


def test_debiased_is_near_nothing_where_plain_is_not() -> None:
    values = [both(noise(60, 40, seed), noise(60, 40, 100 + seed)) for seed in range(20)]
    assert np.mean([one["cka"].value for one in values]) > 0.35
    debiased = [one["cka_debiased"].value for one in values]
    assert abs(np.mean(debiased)) < 0.03
    assert min(debiased) < 0, "it may be negative"
    covered = [one["cka_debiased"].lower <= 0 <= one["cka_debiased"].upper for one in values]
    assert sum(covered) >= 18


def test_the_interval_is_that_of_a_bootstrap_done_in_full() -> None:
    """Sentences of four like words: replicates recomputed from the drawn words, against the first-order ones."""
    draw = np.random.default_rng(7)
    sentence = np.repeat(np.arange(60), 4)
    x = (draw.normal(size=(60, 5))[sentence] + 0.3 * draw.normal(size=(240, 5))).astype(np.float32)
    y = (x[:, :3] + 0.5 * draw.normal(size=(60, 3))[sentence]).astype(np.float32)
    score = both(x, y, sentence)["cka"]
    values = []
    for weights in sentence_weights(60, 300, 1):
        rows = np.repeat(np.arange(240), weights.astype(int)[sentence])
        values.append(hsic(x[rows], y[rows], False) / np.sqrt(hsic(x[rows], x[rows], False) * hsic(y[rows], y[rows], False)))
    width = np.subtract(*np.quantile(values, [0.975, 0.025]))
    assert score.upper - score.lower == pytest.approx(width, rel=0.2)
    independent = both(x, y)["cka"]
    assert score.upper - score.lower > 1.3 * (independent.upper - independent.lower), (
        "words of a sentence are no evidence of their own"
    )


def test_procrustes_is_the_nuclear_norm() -> None:
    x, y = noise(30, 4, 8), noise(30, 3, 9)
    x, y = x - x.mean(0), y - y.mean(0)
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    expected = 2 - 2 * np.linalg.norm(x.T @ y, "nuc")
    assert procrustes(CentredLayer.of(5 * x + 1), CentredLayer.of(y)) == pytest.approx(float(expected), rel=1e-5)


def test_rsa_is_spearman_of_cosine_distances() -> None:
    x, y = noise(50, 6, 10), noise(50, 6, 10) + noise(50, 6, 11)
    expected = spearmanr(pdist(x, "cosine"), pdist(y, "cosine")).statistic
    assert rsa(distance_ranks(x), distance_ranks(y)) == pytest.approx(expected, abs=1e-5)


def test_rsa_knows_order_alone() -> None:
    """Angles on a quarter of a circle, then all of them halved: every distance shrinks, none changes its place."""
    angles = np.random.default_rng(12).uniform(0, np.pi / 2, 40)
    points = [np.stack([np.cos(some), np.sin(some)], 1) for some in (angles, angles / 2)]
    ranks = [distance_ranks(some) for some in points]
    assert rsa(*ranks) == pytest.approx(1, abs=1e-4)
    assert rsa(ranks[0], -ranks[1]) == pytest.approx(-1, abs=1e-4)


def test_a_layer_without_spread_has_no_similarity() -> None:
    flat, x = np.full((20, 4), 1e4, np.float32), noise(20, 4, 13)
    found = both(flat, x)
    assert all(np.isnan(score.value) for score in found.values())
    assert np.isnan(procrustes(CentredLayer.of(flat), CentredLayer.of(x)))
    assert np.isnan(rsa(distance_ranks(flat), distance_ranks(x)))


def test_a_large_mean_takes_nothing_away() -> None:
    x, y = noise(200, 5, 14), noise(200, 5, 15) + noise(200, 5, 14)
    assert both(x + 1000, y)["cka"].value == pytest.approx(both(x, y)["cka"].value, rel=1e-2)


def test_too_few_and_too_many_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        CentredLayer.of(noise(similarity.FEWEST - 1, 3, 0))
    with pytest.raises(ValueError, match="too many"):
        distance_ranks(np.zeros((similarity.MOST_RSA + 1, 1), np.float32))
    drawn = similarity.chosen(100, 30)
    assert len(set(drawn.tolist())) == 30
    assert (similarity.chosen(20, 30) == np.arange(20)).all()
