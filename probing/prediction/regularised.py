"""Ridge and lasso on all features, beside the best subset: the penalty is chosen inside each fold.

Columns are standardised on the rows that a model sees, and the intercept is free. Ridge follows its dual (n × n), whose
leave-one-out errors have a closed form; lasso is scikit-learn's coordinate descent along a path of penalties.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from probing.prediction.subsets import Progress

Kind = Literal["ridge", "lasso"]
PENALTIES = 40
INNER = 5  # folds in which lasso chooses its penalty


@dataclass(frozen=True)
class Path:
    """One kind of penalty: the coefficients of standardised columns as it grows, and what it predicts unseen."""

    kind: Kind
    penalties: np.ndarray  # (A,), falling; of its own scale for each kind
    coefficients: np.ndarray  # (A, p) on all rows, in the target's unit for a deviation of the feature
    chosen: float  # the penalty chosen on all rows
    predicted: np.ndarray  # (n,) leave-one-out, the penalty chosen inside each fold


def path(x: np.ndarray, y: np.ndarray, kind: Kind, progress: Progress | None = None) -> Path:
    """x (n, p), y (n,)."""
    from sklearn.preprocessing import StandardScaler

    predicted = np.empty(len(y))
    for row in range(len(y)):
        if progress:
            progress(row, len(y))
        keep = np.arange(len(y)) != row
        scale = StandardScaler().fit(x[keep])
        model = _choose(scale.transform(x[keep]), y[keep], kind)[1]
        predicted[row] = y[keep].mean() + float(scale.transform(x[row : row + 1])[0] @ model)
    columns = StandardScaler().fit_transform(x)
    penalties = _penalties(columns, y, kind)
    coefficients = _coefficients(columns, y - y.mean(), penalties, kind)
    chosen = _choose(columns, y, kind)[0]
    if progress:
        progress(len(y), len(y))
    return Path(kind, penalties, coefficients, chosen, predicted)


def _penalties(x: np.ndarray, y: np.ndarray, kind: Kind) -> np.ndarray:
    """From a penalty that leaves nothing (lasso) or little (ridge) to a thousandth or a millionth of it."""
    if kind == "lasso":
        return float(np.abs(x.T @ (y - y.mean())).max()) / len(y) * np.logspace(0, -3, PENALTIES)
    return float((x**2).sum()) * np.logspace(1, -5, PENALTIES)


def _coefficients(x: np.ndarray, y: np.ndarray, penalties: np.ndarray, kind: Kind) -> np.ndarray:
    """Centred x (n, p) and y (n,) → (A, p)."""
    if kind == "lasso":
        from sklearn.linear_model import lasso_path

        return lasso_path(x, y, alphas=penalties, tol=1e-4, max_iter=5000)[1].T
    values, vectors = np.linalg.eigh(x @ x.T)
    turned = vectors.T @ y
    return np.stack([x.T @ (vectors @ (turned / (np.maximum(values, 0) + penalty))) for penalty in penalties])


def _choose(x: np.ndarray, y: np.ndarray, kind: Kind) -> tuple[float, np.ndarray]:
    """The penalty with the least squared error on rows left out, and the coefficients (p,) there. x is standardised."""
    penalties = _penalties(x, y, kind)
    left = y - y.mean()
    errors = np.zeros(len(penalties))
    if kind == "ridge":
        values, vectors = np.linalg.eigh(x @ x.T)
        for place, penalty in enumerate(penalties):
            hat = (vectors * (np.maximum(values, 0) / (np.maximum(values, 0) + penalty))) @ vectors.T + 1 / len(y)
            errors[place] = np.mean(((y - hat @ y) / (1 - hat.diagonal())) ** 2)
    else:
        from sklearn.preprocessing import StandardScaler

        for part in range(INNER):
            keep = np.arange(len(y)) % INNER != part
            middle = y[keep].mean()
            scale = StandardScaler().fit(x[keep])
            inner = _coefficients(scale.transform(x[keep]), y[keep] - middle, penalties, kind)
            errors += ((y[~keep] - middle - inner @ scale.transform(x[~keep]).T) ** 2).sum(axis=1)
    best = int(np.argmin(errors))
    return float(penalties[best]), _coefficients(x, left, penalties[: best + 1], kind)[-1]
