"""Linear probes by the hundred against a loop over scikit-learn's LogisticRegression: same vectors, objective and nearness.

    python -m benchmarks.sweeps --corpus FOLDER [--max-train 3000] [--layers 0,1,…] [--seeds 5] [--json FILE]
    python -m benchmarks.sweeps --single --corpus FOLDER        the task alone, against scikit-learn at its default tolerance

At every layer, in turn and in one process: {task, control} on all of train; then 11 nested sizes (Voita & Titov's cuts) ×
seeds × {task, control}. Each layer is a repeat; medians over them. λ = 1/n of each problem (C = 1). A fit counts when its
loss, computed here in double precision, is within 0.1 % of the optimum: scikit-learn is given the loosest of its tolerances
1e-4, 1e-5, 1e-6 with which that is so, and only that fit's time. Of its loop over subsets one seed a layer is run and the others
are taken to cost as much; the task on all of train, which has no seed, is counted once for both. Last, the peak memory of a
sweep in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.report import Row, ceiling, finish, goal, peak_bytes, seconds
from benchmarks.words import Words
from probing.solvers.standardise import Standardiser

CUTS = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.25, 12.5, 25, 50, 100)  # % of train
NEAR = 1e-3
Problem = tuple[np.ndarray, float]  # labels with -1 outside the subset, λ


def subsets(words: Words, seeds: int) -> list[list[Problem]]:
    """The sweep's problems a seed; the task on all of train in the first seed's only."""
    return nested(words.gold["train"], lambda seed: words.drawn(seed)["train"], seeds)


def nested(gold: np.ndarray, control: Callable[[int], np.ndarray], seeds: int) -> list[list[Problem]]:
    """The same of labels `gold` [N] and the control labels [N] of a seed."""
    count, found = len(gold), []
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(count)
        mine: list[Problem] = []
        for name, labels in (("task", gold), ("control", control(seed))):
            for cut in CUTS:
                size = round(count * cut / 100)
                if name == "task" and size == count and seed:
                    continue
                mine.append((np.where(np.isin(np.arange(count), order[:size]), labels, -1).astype(np.int32), 1 / size))
        found.append(mine)
    return found


def ours(
    vectors: np.ndarray,
    problems: list[Problem],
    classes: int,
    tolerance: float = NEAR,
    device: str = "cpu",
    tick: Callable[[], None] = lambda: None,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """From raw vectors to weights and biases on standardised ones. `tick` is called once an evaluation and may raise."""
    import torch

    from probing.solvers.convex import Softmax
    from probing.solvers.design import Design

    design = Design(vectors, Standardiser.of(vectors), device)
    group = Softmax(design, [labels for labels, _ in problems], classes)
    penalties = torch.tensor([penalty for _, penalty in problems], device=device)
    theta, _ = group.minimise(group.start(), penalties, tolerance, 3000, tick)
    return [design.unrotated(one) for one in theta]


def objective(rows: np.ndarray, problem: Problem, weights: np.ndarray, bias: np.ndarray) -> float:
    """In nats, double precision. `rows` standardised."""
    labels, penalty = problem
    kept = labels >= 0
    wide = weights.astype(np.float64)
    logits = rows[kept].astype(np.float64) @ wide + bias
    top = logits.max(1)
    nats = np.log(np.exp(logits - top[:, None]).sum(1)) + top - logits[np.arange(len(logits)), labels[kept]]
    return float(nats.mean() + penalty / 2 * (wide**2).sum())


def theirs(rows: np.ndarray, problem: Problem, classes: int, optimum: float) -> tuple[float, float, float]:
    """Seconds at the loosest tolerance that is near enough, seconds at the default one, and the distance reached."""
    default, spent, gap = 0.0, 0.0, np.inf
    for tolerance in (1e-4, 1e-5, 1e-6):
        spent, gap = scikit_learn(rows, problem, classes, optimum, tolerance)
        default = default or spent
        if gap <= NEAR:
            break
    return spent, default, gap


def scikit_learn(
    rows: np.ndarray, problem: Problem, classes: int, optimum: float, tolerance: float = 1e-4
) -> tuple[float, float]:
    """Seconds of a fit at C = 1, and how far above the optimum it ends, as a share of it."""
    from sklearn.linear_model import LogisticRegression

    labels, _ = problem
    x, y = rows[labels >= 0], labels[labels >= 0]
    model = LogisticRegression(C=1.0, max_iter=20_000, tol=tolerance)
    spent = seconds(lambda: model.fit(x, y))
    weights, bias = np.zeros((x.shape[1], classes)), np.full(classes, -np.inf)
    weights[:, model.classes_], bias[model.classes_] = model.coef_.T, model.intercept_
    return spent, objective(rows, problem, weights, bias) / optimum - 1


@dataclass(frozen=True)
class SweepComparison:
    """Of one comparison at one layer: seconds of ours, of theirs near enough and at the default tolerance, ours' largest gap."""

    ours: float
    near: float
    default: float
    gap: float


def compare(
    vectors: np.ndarray, problems: list[Problem], mine: list[Problem], classes: int, seeds: int
) -> tuple[SweepComparison, SweepComparison]:
    """Of the task and control on all words, the last two of `mine` (one seed's problems); and of `problems`, which are all seeds'."""
    rows = Standardiser.of(vectors).apply(vectors)
    best = [objective(rows, p, *fit) for p, fit in zip(mine, ours(vectors, mine, classes, 5e-5), strict=True)]
    few: list[tuple[np.ndarray, np.ndarray]] = []
    many: list[tuple[np.ndarray, np.ndarray]] = []
    few_seconds = seconds(lambda: few.extend(ours(vectors, mine[-2:], classes)))
    many_seconds = seconds(lambda: many.extend(ours(vectors, problems, classes)))
    place = [next(i for i, problem in enumerate(problems) if problem is one) for one in mine]
    few_gap = max(objective(rows, p, *fit) / b - 1 for p, fit, b in zip(mine[-2:], few, best[-2:], strict=True))
    many_gap = max(objective(rows, p, *many[i]) / b - 1 for p, i, b in zip(mine, place, best, strict=True))
    found = np.array([theirs(rows, problem, classes, optimum)[:2] for problem, optimum in zip(mine, best, strict=True)])
    whole = seeds * found[:-1].sum(0) + found[-1]
    return (
        SweepComparison(few_seconds, *found[-2:].sum(0).tolist(), few_gap),
        SweepComparison(many_seconds, *whole.tolist(), many_gap),
    )


def single(words: Words, layers: list[int], repeats: int = 3) -> list[Row]:
    """One fit at C = 1 on all of train, against scikit-learn's default: medians over layers of the medians of `repeats`, in turn.

    Ours twice: as near the optimum as a run asks, and at the loosest of some tolerances that ends no further from it than scikit-learn does.
    """
    task = subsets(words, 1)[0][len(CUTS) - 1]
    found: dict[str, list[tuple[float, float, float, float]]] = {"as near as a run asks": [], "as near as scikit-learn": []}
    for layer in layers:
        vectors = words.vectors(layer)["train"]
        rows = Standardiser.of(vectors).apply(vectors)
        (best,) = ours(vectors, [task], words.classes, 5e-5)
        optimum = objective(rows, task, *best)

        def fit(tolerance: float, v: np.ndarray = vectors, x: np.ndarray = rows, least: float = optimum) -> tuple[float, float]:
            """Seconds, and how far above the optimum."""
            weights: list[tuple[np.ndarray, np.ndarray]] = []
            spent = seconds(lambda: weights.extend(ours(v, [task], words.classes, tolerance)))
            return spent, objective(x, task, *weights[0]) / least - 1

        default = [scikit_learn(rows, task, words.classes, optimum) for _ in range(repeats)]
        their_seconds, their_gap = median(spent for spent, _ in default), default[0][1]
        same = next(
            tolerance
            for tolerance in (1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, NEAR)
            if fit(tolerance)[1] <= their_gap or tolerance == NEAR
        )
        for name, tolerance in zip(found, (NEAR, same), strict=True):
            tries = [fit(tolerance) for _ in range(repeats)]
            found[name].append((median(spent for spent, _ in tries), their_seconds, tries[0][1], their_gap))
            print(f"layer {layer}, {name} (tolerance {tolerance:g}): {found[name][-1]}", file=sys.stderr, flush=True)
    return [
        Row(
            f"one linear fit at C = 1, {len(task[0]):,} words, {name}",
            "scikit-learn at its default tolerance",
            goal(3, 2, 1.2),
            median(one for one, *_ in of),
            median(other for _, other, *_ in of),
            "s",
            median(other / one for one, other, *_ in of),
            f"{len(of)} layers; above the optimum at most {100 * max(one for *_, one, _ in of):.2g} % and {100 * max(one for *_, one in of):.2g} %",
        )
        for name, of in found.items()
    ]


def memory(options: argparse.Namespace) -> float:
    """Peak resident memory of a sweep over one layer, vectors and all, in vectors of one layer, beyond what was there before.

    A small sweep goes before, so that the libraries' own buffers, which do not grow with the words, are not counted.
    """
    words = Words.read(options.checkpoint, options.corpus, options.task, limits(options))
    problems = [problem for mine in subsets(words, options.seeds) for problem in mine]
    layer = words.layers // 2
    small = np.random.default_rng(0).normal(size=(2_000, words.readers["train"].width)).astype(np.float32)
    ours(small, [(np.arange(2_000) % words.classes, 0.1)], words.classes)
    items = words.labelled.splits["train"]
    found: list[int] = []

    def sweep() -> None:
        vectors = words.readers["train"].words(layer, items.sentence, items.word)
        ours(vectors, problems, words.classes)
        found.append(vectors.nbytes)

    return peak_bytes(sweep) / found[0]


def limits(options: argparse.Namespace) -> dict[str, int | None]:
    return {"train": options.max_train, "dev": 700, "test": 700}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--checkpoint", default="minilm-l6")
    parser.add_argument("--task", default="upos")
    parser.add_argument("--max-train", type=int, default=3000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--layers", help="commas between; all by default")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--single", action="store_true", help="measure one fit at C = 1 and nothing else")
    parser.add_argument("--memory", action="store_true", help="measure the peak memory of a sweep in this process")
    options = parser.parse_args()
    if options.memory:
        print(memory(options))
        return
    words = Words.read(options.checkpoint, options.corpus, options.task, limits(options))
    layers = [int(layer) for layer in options.layers.split(",")] if options.layers else list(range(words.layers))
    if options.single:
        finish("single", single(words, layers), options.json, ceiling=ceiling())
        return
    swept = subsets(words, options.seeds)
    every = [problem for one in swept for problem in one]
    task = swept[0][len(CUTS) - 1]
    few, many = [], []
    for repeat, layer in enumerate(layers):
        mine = [problem for problem in swept[repeat % options.seeds] if problem is not task]
        sides = compare(words.vectors(layer)["train"], every, [*mine, task], words.classes, options.seeds)
        few.append(sides[0])
        many.append(sides[1])
        print(f"layer {layer}: {sides}", file=sys.stderr, flush=True)
    peak = float(
        subprocess.run(
            [sys.executable, "-m", "benchmarks.sweeps", *sys.argv[1:], "--memory"],
            capture_output=True, text=True, check=True, env=os.environ,
        ).stdout
    )  # fmt: skip
    rows_out = []
    for work, aim, sides in (
        (f"linear, {{task, control}} at a layer, {len(task[0]):,} words", goal(20, 10, 4), few),
        (
            f"linear, {len(CUTS)} nested sizes × {options.seeds} seeds × {{task, control}} at a layer, {len(every)} problems",
            goal(35, 15, 6),
            many,
        ),
    ):
        note = f"ours at most {100 * max(side.gap for side in sides):.2f} % above the optimum; {len(sides)} layers"
        for kind, against in (
            ("near", "a loop over scikit-learn, loss within 0.1 %"),
            ("default", "the same at its default tolerance"),
        ):
            rows_out.append(
                Row(
                    work,
                    against,
                    aim if kind == "near" else "",
                    median(side.ours for side in sides),
                    median(getattr(side, kind) for side in sides),
                    "s",
                    median(getattr(side, kind) / side.ours for side in sides),
                    note,
                )
            )
    rows_out.append(Row("peak memory of that sweep", "vectors of one layer, fp32", "≤ 4", peak, 1.0, "×", peak))
    finish("sweeps", rows_out, options.json, ceiling=ceiling())


if __name__ == "__main__":
    main()
