"""Every subset at once, against one subset at a time."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from probing.prediction import subsets
from probing.prediction.subsets import apply, best_subsets, fit


def brute(x: np.ndarray, y: np.ndarray, k: int) -> tuple[tuple[int, ...], float]:
    """The best subset by a loop of least-squares fits that share no code with ours."""
    found = []
    for columns in combinations(range(x.shape[1]), k):
        design = np.column_stack([np.ones(len(y)), x[:, columns]])
        if np.linalg.matrix_rank(design) <= k:
            continue
        left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        found.append((float(left @ left), columns))
    rss, columns = min(found)
    return columns, rss


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_the_best_subset_is_that_of_a_loop_of_fits(k: int) -> None:
    draw = np.random.default_rng(k)
    # Far from zero and hardly varying, as accuracies are: what sums of squares without centring would lose.
    x = 1000 + draw.normal(size=(14, 8)) * 10.0 ** draw.integers(-3, 3, 8)
    y = 5 + 1e-3 * draw.normal(size=(14, 3))
    rows = np.ones((4, 14), bool)
    rows[1, 3] = rows[2, :4] = rows[3, 10:] = False
    found = best_subsets(x, y, k, rows)
    for problem, keep in enumerate(rows):
        for target in range(3):
            columns, rss = brute(x[keep], y[keep, target], k)
            assert tuple(found.features[problem, target]) == columns
            assert found.rss[problem, target] == pytest.approx(rss, rel=1e-6)


def test_in_pieces_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(20, 12)), draw.normal(size=(20, 7))
    rows = ~np.eye(20, dtype=bool)
    whole = best_subsets(x, y, 3, rows)
    monkeypatch.setattr(subsets, "ELEMENTS", 300)
    told: list[tuple[int, int]] = []
    pieces = best_subsets(x, y, 3, rows, lambda done, total: told.append((done, total)))
    np.testing.assert_array_equal(whole.features, pieces.features)
    np.testing.assert_allclose(whole.rss, pieces.rss)
    assert told[-1] == (100, 100)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_each_problem_may_have_features_of_its_own() -> None:
    draw = np.random.default_rng(1)
    x, y = draw.normal(size=(5, 15, 6)), draw.normal(size=(15, 1))
    found = best_subsets(x, y, 2)
    for problem in range(5):
        assert tuple(found.features[problem, 0]) == brute(x[problem], y[:, 0], 2)[0]


def test_constants_and_combinations_are_never_chosen() -> None:
    draw = np.random.default_rng(2)
    base = draw.normal(size=(20, 4))
    x = np.column_stack([np.full(20, 0.179047619), base, base[:, 0], base[:, 0] + base[:, 1]])
    y = (base[:, 0] + 0.1 * draw.normal(size=20))[:, None]
    for k in (1, 2, 3, 4):
        chosen = best_subsets(x, y, k).features[0, 0]
        assert np.linalg.matrix_rank(np.column_stack([np.ones(20), x[:, chosen]])) == k + 1
        assert 0 not in chosen
    # Four independent directions: a fifth cannot be had, and is not made up.
    assert best_subsets(x, y, 5).features[0, 0].tolist() == [-1] * 5
    assert np.isinf(best_subsets(x, y, 5).rss[0, 0])


def test_a_column_that_only_the_left_out_row_varies_is_not_chosen() -> None:
    draw = np.random.default_rng(3)
    y = draw.normal(size=12)
    x = np.column_stack([np.where(np.arange(12) == 4, y[4], 0.0), draw.normal(size=(12, 3))])
    found = best_subsets(x, y[:, None], 1, ~np.eye(12, dtype=bool))
    assert 0 not in found.features[4]


def test_a_fit_has_its_intercept() -> None:
    x = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0], [3.0, 5.0]])
    coefficients = fit(x, 7 + 2 * x[:, 0] - 3 * x[:, 1])
    np.testing.assert_allclose(coefficients, [7, 2, -3])
    np.testing.assert_allclose(apply(coefficients, np.array([[1.0, 1.0]])), [6])
