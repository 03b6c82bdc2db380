"""All results for one target: paper mode, honest mode, baselines, null models, and the conclusion as a sentence."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from probing.errors import BadInput
from probing.prediction import honest, nulls, paper
from probing.prediction.baselines import leave_one_out_family_mean, leave_one_out_mean, rmse
from probing.prediction.subsets import LARGEST, MOST_SUBSETS, apply, subsets
from probing.prediction.table import Table

Tell = Callable[[str, int, int], None]  # stage, done, total
PERMUTATIONS = 999
MOST_PERMUTATIONS = 10_000
PERMUTED_FITS = 3_000_000_000  # subsets × permutations: beyond it there are fewer permutations, and the answer says so
NOISE_FITS = 500_000_000  # subsets × draws × folds of each noise null
MEANING = 0.05  # p from which a fit counts as one that permuted scores have as well


@dataclass(frozen=True)
class Prediction:
    """One target, k features. Errors are RMSEs in the target's unit; reductions are fractions, 1 − RMSE / baseline RMSE."""

    target: str
    k: int
    checkpoints: tuple[str, ...]
    families: tuple[str, ...]
    measured: np.ndarray  # (n,)
    features: tuple[str, ...]  # of paper mode, and of a prediction for a new checkpoint
    paper: paper.Paper
    loo: np.ndarray  # (n,) predicted by models chosen and fitted without the row
    intervals: np.ndarray  # (n, 2)
    level: float  # what share of rows such intervals hold, where checkpoints are exchangeable
    lofo: np.ndarray  # (n,) without the row's whole family; NaN where the rest is too small
    mean_rmse: float
    family_mean_rmse: float
    family_mean: np.ndarray  # (n,)
    against_mean: tuple[float, float, float]  # reduction of leave-one-out against the mean of the others, and its 95 % interval
    against_family: tuple[float, float, float]  # … against the family mean
    noise_reduction: float  # of the best k of as many noise features, in sample, against unselected noise: what choosing gives
    noise_loo_rmse: float  # leave-one-out with the search inside on as many noise features, mean of the draws
    permuted_loo_rmse: float  # … on the features with their rows permuted
    p_within_family: float | None
    permutations: int
    chosen: dict[str, float]  # feature → share of the leave-one-out folds that chose it
    by_fold: list[list[str]]  # (n) the features of each row's own leave-one-out model
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def loo_rmse(self) -> float:
        return rmse(self.loo - self.measured)

    @property
    def lofo_rmse(self) -> float | None:
        """None where a family cannot be left out."""
        return None if np.isnan(self.lofo).any() else rmse(self.lofo - self.measured)

    @property
    def survives(self) -> str:
        """`probes`: surely better than mean and family mean, and than permuted scores; `families`: than the mean; `nothing`.

        Surely: the 95 % interval of the reduction lies above 0.
        """
        if self.against_mean[1] <= 0:
            return "nothing"
        known = self.p_within_family is None or self.p_within_family < MEANING
        return "probes" if self.against_family[1] > 0 and known else "families"

    def sentence(self) -> str:
        """What survives, in one sentence made of the numbers."""
        value, least, most = (percent(share) for share in self.against_mean)
        start = (
            f"In sample the best {_features(self.k)} cut the error by {percent(self.paper.reduction)} %, and the best of as many noise "
            f"features by {percent(self.noise_reduction)} %; chosen and fitted without the checkpoint they predict, they cut it by {value} % "
            f"(95 % interval {least} to {most}, below 0 is worse) against the mean of the others, and leave {self.loo_rmse:.4f} where the "
            f"family mean leaves {self.family_mean_rmse:.4f}"
        )
        p = "" if self.p_within_family is None else f" (p {self.p_within_family:.3f} within families)"
        return (
            start
            + {
                "nothing": f": nothing survives{p}.",
                "families": f": what survives is no more than what the family or chance already tells{p}.",
                "probes": f": a part survives that neither the mean nor the family tells{p}.",
            }[self.survives]
        )

    def rows(self) -> list[dict[str, Any]]:
        """One dict a checkpoint: what was measured, and what was predicted without it."""
        return [
            {
                "checkpoint": self.checkpoints[i],
                "family": self.families[i],
                "measured": float(self.measured[i]),
                "predicted": float(self.loo[i]),
                "lower": float(self.intervals[i, 0]),
                "upper": float(self.intervals[i, 1]),
                "residual": float(self.measured[i] - self.loo[i]),
                "family_out": float(self.lofo[i]),
                "family_mean": float(self.family_mean[i]),
                "features": self.by_fold[i],
            }
            for i in range(len(self.measured))
        ]

    def as_dict(self) -> dict[str, Any]:
        """The object of the command line."""
        return {
            "target": self.target,
            "mode_paper": {
                "features": list(self.features),
                "coefficients": self.paper.coefficients.tolist(),
                "rmse": self.paper.rmse,
                "noise_rmse": self.paper.noise_rmse,
                "rmse_reduction": self.paper.reduction,
                "rmse_reduction_draws": list(self.paper.reduction_draws),
            },
            "mode_honest": {
                "loo_rmse": self.loo_rmse,
                "lofo_rmse": self.lofo_rmse,
                "family_mean_rmse": self.family_mean_rmse,
                "mean_rmse": self.mean_rmse,
                "reduction": list(self.against_mean),
                "reduction_of_family_mean": list(self.against_family),
                "noise_reduction": self.noise_reduction,
                "noise_loo_rmse": self.noise_loo_rmse,
                "permuted_loo_rmse": self.permuted_loo_rmse,
                "p_within_family": self.p_within_family,
                "permutations": self.permutations,
                "chosen": self.chosen,
            },
            "survives": self.survives,
            "sentence": self.sentence(),
            "interval_level": self.level,
            "predictions": self.rows(),
            "warnings": self.warnings,
            "seconds": self.seconds,
        }


def predict(
    table: Table, target: str, k: int = 3, permutations: int = PERMUTATIONS, seed: int = 0, tell: Tell | None = None
) -> Prediction:
    """Predict one target from k of the table's features. Deterministic under `seed`. Raises BadInput."""
    start = time.perf_counter()
    y = table.target(target)
    refuse(table, k, permutations)
    tell = tell or (lambda _stage, _done, _total: None)
    n, p = table.x.shape
    published = paper.in_sample(table.x, y, k, seed, partial(tell, "All rows"))
    if published is None:
        raise BadInput(f"{table.source}: no {k} of its features are linearly independent; choose fewer.")
    loo = honest.nested(table.x, y[:, None], k, np.arange(n), partial(tell, "Leaving one checkpoint out"))
    if np.isnan(loo.predicted).any():
        raise BadInput(f"{table.source}: without one of its rows no {k} features are linearly independent; choose fewer.")
    lofo = honest.nested(table.x, y[:, None], k, honest.family_out(table.families), partial(tell, "Leaving one family out"))
    count = subsets(p, k)
    done = min(permutations, max(19, PERMUTED_FITS // count))
    chance = nulls.family_permutation_p(table.x, y, table.families, k, done, seed, partial(tell, "Permuting within families"))
    searches, inside = (
        max(1, min(most, NOISE_FITS // (count * folds))) for most, folds in ((nulls.SEARCHES, 1), (nulls.NESTED, n))
    )
    noise = nulls.searched_noise(y, p, k, seed, searches, partial(tell, "Searching noise"))
    noise_loo = nulls.nested_noise(y, p, k, seed, inside, partial(tell, "Predicting from noise"))
    permuted = nulls.nested_permuted(table.x, y, k, seed, inside, partial(tell, "Predicting permuted scores"))
    predicted = loo.predicted[:, 0]
    mean, family = leave_one_out_mean(y), leave_one_out_family_mean(y, table.families)
    bounds, level = honest.intervals(y, predicted)
    by_fold = [[table.features[column] for column in columns] for columns in loo.chosen[:, 0]]
    counted = Counter(name for names in by_fold for name in names).most_common()
    warnings = table.warnings()
    if done < permutations:
        warnings.append(f"{done:,} permutations instead of {permutations:,}: each searches {count:,} subsets anew.")
    if chance is None and permutations:
        warnings.append("No permutation p: no family has two members with different scores.")
    if np.isnan(lofo.predicted).any():
        warnings.append("Leaving a family out leaves too few checkpoints to fit on, so its error is not known.")
    if level < honest.LEVEL:
        warnings.append(
            f"Intervals hold {100 * level:.0f} % only: with {n} checkpoints no wider ones can be had from their errors."
        )
    return Prediction(
        target=target,
        k=k,
        checkpoints=table.checkpoints,
        families=table.families,
        measured=y,
        features=tuple(table.features[column] for column in published.features),
        paper=published,
        loo=predicted,
        intervals=bounds,
        level=level,
        lofo=lofo.predicted[:, 0],
        mean_rmse=rmse(mean - y),
        family_mean_rmse=rmse(family - y),
        family_mean=family,
        against_mean=honest.reduction(predicted - y, mean - y, seed),
        against_family=honest.reduction(predicted - y, family - y, seed),
        noise_reduction=float(1 - noise.mean() / published.noise_rmse),
        noise_loo_rmse=float(noise_loo.mean()),
        permuted_loo_rmse=float(permuted.mean()),
        p_within_family=chance,
        permutations=done if chance is not None else 0,
        chosen={name: times / n for name, times in counted},
        by_fold=by_fold,
        warnings=warnings,
        seconds=time.perf_counter() - start,
    )


def refuse(table: Table, k: int, permutations: int = PERMUTATIONS) -> None:
    """Raise BadInput where k features cannot be chosen from the table and judged."""
    n, p = table.x.shape
    if not 1 <= k <= LARGEST:
        raise BadInput(f"{k} features were asked for: choose between 1 and {LARGEST}.")
    if not 0 <= permutations <= MOST_PERMUTATIONS:
        raise BadInput(f"{permutations:,} permutations were asked for: choose between 0 and {MOST_PERMUTATIONS:,}.")
    if n < k + 3:
        raise BadInput(f"{table.source} has {n} rows, too few to choose {_features(k)} and judge them: give at least {k + 3}.")
    if p < k:
        raise BadInput(f"{table.source} has {_features(p)} that vary, fewer than the {k} asked for: choose fewer.")
    if subsets(p, k) > MOST_SUBSETS:
        raise BadInput(
            f"{k} of {p:,} features have {subsets(p, k):,} subsets, more than {MOST_SUBSETS:,}: choose fewer, or leave columns out."
        )


def score_new(prediction: Prediction, x: np.ndarray) -> np.ndarray:
    """What the model on all rows says of new checkpoints: x (m, k), the columns `prediction.features` → (m, 3).

    Predicted, lower, upper: the interval is that of the leave-one-out errors, so it knows of the choice of features.
    """
    half, _ = honest.conformal(prediction.loo - prediction.measured)
    value = apply(prediction.paper.coefficients, x)
    return np.stack([value, value - half, value + half], axis=1)


def percent(share: float) -> str:
    """A fraction in whole per cent; none is written −0. An unknown one is `?`."""
    return f"{round(100 * share)}" if np.isfinite(share) else "?"


def _features(count: int) -> str:
    return f"{count} feature{'' if count == 1 else 's'}"
