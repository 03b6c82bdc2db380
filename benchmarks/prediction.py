"""Every best subset of a table of checkpoints against a loop of fits, nested leave-one-out, and how often noise is called noise.

    python -m benchmarks.prediction --table FILE [--repeats 5] [--sample 2000] [--noise 100]

The peers are a loop of scikit-learn's LinearRegression and one of numpy.linalg.lstsq, a fit a subset and target; so many
fits take minutes, so each peer is timed on `--sample` subsets drawn at random and its time scaled to all of them.
Noise: normal scores on as many normal features as the table has, as many rows; a draw is called noise where the interval of
the honest reduction reaches 0.
"""

from __future__ import annotations

import argparse
from itertools import combinations
from pathlib import Path
from statistics import median

import numpy as np
from sklearn.linear_model import LinearRegression

from benchmarks.report import Row, finish, seconds
from probing.prediction import honest, read_table
from probing.prediction.baselines import leave_one_out_mean
from probing.prediction.subsets import best_subsets


def noise(n: int, p: int, k: int, draws: int) -> int:
    """How many of the draws have an honest reduction whose interval reaches 0."""
    called = 0
    for seed in range(draws):
        draw = np.random.default_rng(seed)
        x, y = draw.normal(size=(n, p)), draw.normal(size=n)
        loo = honest.nested(x, y[:, None], k, np.arange(n)).predicted[:, 0]
        called += honest.reduction(loo - y, leave_one_out_mean(y) - y, seed)[1] <= 0
    return called


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", required=True)
    parser.add_argument("--features", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--sample", type=int, default=2000)
    parser.add_argument("--noise", type=int, default=100)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    table, k = read_table(options.table), options.features
    scores = np.stack([table.target(name) for name in table.targets], axis=1)
    n, p = table.x.shape
    every = list(combinations(range(p), k))
    some = [every[i] for i in np.random.default_rng(0).choice(len(every), min(options.sample, len(every)), replace=False)]
    designs = [np.column_stack([np.ones(n), table.x[:, list(columns)]]) for columns in some]

    def scikit() -> None:
        for columns in some:
            for y in scores.T:
                model = LinearRegression().fit(table.x[:, columns], y)
                ((model.predict(table.x[:, columns]) - y) ** 2).sum()

    def loop() -> None:
        for design in designs:
            for y in scores.T:
                np.linalg.lstsq(design, y, rcond=None)

    ours = median(seconds(lambda: best_subsets(table.x, scores, k)) for _ in range(options.repeats))
    rows = []
    fits = f"{scores.shape[1]} targets, best {k} of {p}, {len(every):,} fits each, {n} rows"
    for name, peer in (("scikit-learn", scikit), ("numpy.linalg.lstsq", loop)):
        theirs = seconds(peer) * len(every) / len(some)
        rows.append(
            Row(fits, f"a loop of {name}", "≥ 100", ours, theirs, "s", theirs / ours, f"theirs scaled from {len(some):,} subsets")
        )
    left_out = median(seconds(lambda: honest.nested(table.x, scores, k, np.arange(n))) for _ in range(options.repeats))
    rows.append(Row(f"the same inside {n} folds", "10 s", "under 10 s", left_out, 10, "s", 10 / left_out))
    called = noise(n, p, k, options.noise)
    print(f"Noise called noise in {called} of {options.noise} draws of {n} rows and {p} features.", flush=True)
    finish("prediction", rows, options.json, noise=[called, options.noise])


if __name__ == "__main__":
    main()
