"""The regression family: scikit-learn's ridge at the same penalty, planted numbers, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from probing.errors import BadInput
from probing.probes import of_numbers
from probing.probes.regression import FittedNumbers, NumberProblem


def planted(noise: float, items: int = 400, width: int = 12, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    vectors = draw.normal(3.0, 2.0, size=(items, width)).astype(np.float32)
    direction = np.random.default_rng(99).normal(size=width)
    return vectors, 100 + vectors @ direction + noise * draw.normal(size=items)


def fit(train: np.ndarray, dev: np.ndarray, *problems: NumberProblem) -> list[FittedNumbers]:
    return of_numbers("regression").fit(train, dev, problems, "cpu", lambda _done, _total: None)


def test_it_is_scikit_learns_ridge_at_the_penalty_kept() -> None:
    (train, gold), (dev, told) = planted(4.0), planted(4.0, 200, seed=1)
    (probe,) = fit(train, dev, NumberProblem("task", gold, told))
    rows = (train - train.mean(0)) / train.std(0)
    # Our mean squared error is over items, and the number has variance 1.
    peer = Ridge(alpha=float(probe.setting["lambda"]) * len(rows)).fit(rows, (gold - gold.mean()) / gold.std())
    expected = peer.predict((dev - train.mean(0)) / train.std(0)) * gold.std() + gold.mean()
    np.testing.assert_allclose(probe.predict(dev), expected, rtol=1e-4)


def test_the_penalty_kept_is_the_best_on_dev() -> None:
    (train, gold), (dev, told) = planted(30.0, 40), planted(30.0, 200, seed=1)
    (noisy,) = fit(train, dev, NumberProblem("task", gold, told))
    (clean,) = fit(*(planted(0.01, n, seed=s)[0] for n, s in ((40, 0), (200, 1))),
                   NumberProblem("task", planted(0.01, 40)[1], planted(0.01, 200, seed=1)[1]))  # fmt: skip
    assert float(noisy.setting["lambda"]) > float(clean.setting["lambda"])


def test_items_outside_a_problem_do_not_count() -> None:
    (train, gold), (dev, told) = planted(1.0), planted(1.0, seed=1)
    half = np.where(np.arange(len(gold)) < 200, gold, np.nan)
    wrong = np.where(np.arange(len(gold)) < 200, gold, 1e6)
    alone, beside = fit(train, dev, NumberProblem("task", half, told), NumberProblem("other", wrong, told))
    assert np.corrcoef(alone.predict(dev), told)[0, 1] > 0.98
    assert np.corrcoef(beside.predict(dev), told)[0, 1] < 0.9


def test_problems_do_not_change_each_other() -> None:
    (train, gold), (dev, told) = planted(2.0), planted(2.0, seed=1)
    task, control = NumberProblem("task", gold, told), NumberProblem("control", gold[::-1].copy(), told[::-1].copy())
    both, alone = fit(train, dev, task, control), fit(train, dev, task)
    np.testing.assert_allclose(both[0].predict(dev), alone[0].predict(dev), rtol=1e-5)


def test_the_setting_is_json_and_a_dead_dimension_does_no_harm() -> None:
    (train, gold), (dev, told) = planted(1.0), planted(1.0, seed=1)
    train[:, 3], dev[:, 3] = 7.0, 9.0
    (probe,) = fit(train, dev, NumberProblem("task", gold, told))
    assert json.loads(json.dumps(probe.setting)) == probe.setting
    assert np.isfinite(probe.predict(dev)).all()


@pytest.mark.parametrize(
    ("train", "dev", "says"),
    [
        (np.full(400, np.nan), None, "no train items"),
        (np.full(400, 5.0), None, "one number only in train, 5"),
        (None, np.full(400, np.nan), "no dev items"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(train: np.ndarray | None, dev: np.ndarray | None, says: str) -> None:
    vectors, gold = planted(1.0)
    problem = NumberProblem("task", gold if train is None else train, gold if dev is None else dev)
    with pytest.raises(BadInput, match=says):
        fit(vectors, vectors, problem)
