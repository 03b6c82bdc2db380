"""Ridge regression against scikit-learn, alone and in company, and where vectors are few or say the same."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from probing.solvers.design import Design
from probing.solvers.ridge import ridge
from probing.solvers.standardise import Standardiser

PENALTIES = [1.0, 1e-2, 1e-4]


def correlated() -> tuple[np.ndarray, np.ndarray]:
    """240 vectors of 12 correlated dimensions, and a noisy target that they predict."""
    draw = np.random.default_rng(0)
    vectors = (draw.normal(size=(240, 12)) @ draw.normal(size=(12, 12))).astype(np.float32) + 3
    return vectors, (vectors @ draw.normal(size=12) + draw.normal(size=240)).astype(np.float32)


VECTORS, TARGET = correlated()


def only(target: np.ndarray, items: np.ndarray) -> np.ndarray:
    return np.where(np.isin(np.arange(len(target)), items), target, np.nan).astype(np.float32)


def predictions(vectors: np.ndarray, targets: list[np.ndarray], penalties: list[float], **more: list[np.ndarray]) -> np.ndarray:
    """[P, Q, N]"""
    design = Design(vectors, Standardiser.of(vectors), "cpu")
    return np.asarray(ridge(design, targets, penalties, **more) @ design.rows.T)


def reference(vectors: np.ndarray, target: np.ndarray, penalty: float) -> np.ndarray:
    rows = Standardiser.of(vectors).apply(vectors).astype(np.float64)
    kept = ~np.isnan(target)
    model = Ridge(alpha=penalty * kept.sum()).fit(rows[kept], target[kept])
    return np.asarray(model.predict(rows))


def test_nested_subsets_and_other_targets_are_scikit_learns() -> None:
    order = np.random.default_rng(1).permutation(240)
    targets = [TARGET, *(only(TARGET, order[:n]) for n in (120, 40, 8)), only(TARGET**2, order[:40]), only(TARGET, order[200:])]
    found = predictions(VECTORS, targets, PENALTIES)
    for row, target in enumerate(targets):
        for column, penalty in enumerate(PENALTIES):
            expected = reference(VECTORS, target, penalty)
            assert np.abs(found[row, column] - expected).max() < 2e-3 * np.abs(expected).max(), (row, penalty)


@pytest.mark.parametrize("penalty", [0.0, 1e-8, 1.0])
def test_fewer_items_than_dimensions_and_columns_that_repeat(penalty: float) -> None:
    vectors = np.random.default_rng(3).normal(size=(20, 40)).astype(np.float32)
    vectors[:, 1], vectors[:, 2] = 5, vectors[:, 0]
    target = vectors[:, 3].copy()
    found = predictions(vectors, [target], [penalty])[0, 0]
    assert np.isfinite(found).all()
    if penalty < 1:
        assert found == pytest.approx(target, abs=1e-3)


def test_a_strong_penalty_leaves_the_mean() -> None:
    found = predictions(VECTORS, [TARGET], [1e9])[0, 0]
    assert found == pytest.approx(np.full(240, TARGET.mean()), abs=1e-3)


def test_what_cannot_be_solved_is_refused() -> None:
    design = Design(VECTORS, Standardiser.of(VECTORS), "cpu")
    with pytest.raises(ValueError, match="problem 1 has no items"):
        ridge(design, [TARGET, np.full(240, np.nan, np.float32)], [1.0])
    with pytest.raises(ValueError, match="below 0"):
        ridge(design, [TARGET], [-1.0])
