"""The full profile of a layer against a loop over scikit-learn and against the published way, one Adam run a portion: one process.

    python -m benchmarks.profile --corpus FOLDER [--max-train 3000] [--layers 0,3,6] [--seeds 5] [--json FILE]

Work: probes on 11 nested sizes × seeds × {task, control}, the penalty chosen on one half of dev for each size and labelling with the
first seed and taken over by the others; losses, codes and their intervals. Each layer is a repeat. scikit-learn walks the same grid of
penalties, from strong to weak, each from the last one's weights, ends by the same rule, and fits the other seeds at the penalty chosen;
its tolerance is its default. The published way trains each probe by Adam at 1e-3 on batches of 256 words, halves the rate after an epoch that
does not lower dev loss, and stops after four such epochs in a row or fifty in all, one probe after the other; nothing is penalised.
Of both loops one further seed is run and the others are taken to cost as much. The dev losses at all of train are printed beside.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.report import Row, ceiling, finish, goal
from benchmarks.words import Words
from probing import probes
from probing.cells.curves import Labels, curves, halves, order
from probing.measures import curve
from probing.measures.loss import log2_smoothed, unseen_share
from probing.probes.family import ProbeOptions
from probing.probes.linear import ENOUGH, GAIN, GRID, RISE, RISES
from probing.solvers.standardise import Standardiser

BATCH, RATE, PATIENCE, EPOCHS = 256, 1e-3, 4, 50


@dataclass(frozen=True)
class Subset:
    """`rows` [n] of train, their labels, and the labels of dev to choose on (-1: not)."""

    rows: np.ndarray
    gold: np.ndarray
    dev: np.ndarray


def labelled(words: Words, seeds: int) -> list[Labels]:
    sentence = words.labelled.splits["dev"].sentence
    choose, read = halves(sentence)
    seen = words.seen("dev")
    found = []
    for name in ("task", "control"):
        drawn = [words.gold] if name == "task" else [words.drawn(seed) for seed in range(seeds)]
        dev = np.stack([one["dev"] if name == "task" else np.where(seen, one["dev"], -1) for one in drawn]).astype(np.int32)
        train = np.stack([one["train"] for one in drawn]).astype(np.int32)
        found.append(Labels(name, train, np.where(choose, dev, -1), np.where(read, dev, -1), words.classes))
    return found


def subsets(labels: Labels, items: int, seed: int) -> list[Subset]:
    """Nested, of one seed; of the task only the first has all of train."""
    train, choose, _ = labels.of(seed)
    sizes = [size for size in curve.sizes(items) if size < items or not seed or len(labels.train) > 1]
    drawn = order(items, seed)
    return [Subset(drawn[:size], train[drawn[:size]], choose) for size in sizes]


def bits(logits: np.ndarray, gold: np.ndarray, items: int) -> float:
    """Mean bits of the gold labels that are there."""
    kept = np.flatnonzero(gold >= 0)
    log2p = log2_smoothed(logits[kept], unseen_share(items, logits.shape[1]))
    return -float(log2p[np.arange(len(kept)), gold[kept]].mean())


def by_scikit_learn(
    rows: np.ndarray, dev: np.ndarray, some: list[Subset], classes: int, given: list[float] | None = None
) -> tuple[list[float], list[float]]:
    """The penalty of each subset, infinite for the prior, and its dev loss; chosen along the grid where none are given."""
    from sklearn.linear_model import LogisticRegression

    penalties, losses = [], []
    for place, subset in enumerate(some):
        count = len(subset.gold)
        with np.errstate(divide="ignore"):
            shares = np.log(np.bincount(subset.gold, minlength=classes) / count)
        best = without = bits(np.broadcast_to(shares, (len(dev), classes)), subset.dev, count)
        penalty, rises = np.inf, 0
        path = GRID if given is None else [given[place]]
        if len(np.unique(subset.gold)) < 2:
            path = ()
        model = LogisticRegression(max_iter=20_000, warm_start=True)
        for strength in path:
            if np.isinf(strength):
                break
            model.set_params(C=1 / (strength * count))
            model.fit(rows[subset.rows], subset.gold)
            told = model.decision_function(dev)
            logits = np.full((len(dev), classes), -np.inf)
            logits[:, model.classes_] = told if told.ndim == 2 else np.stack([-told / 2, told / 2], 1)
            found = bits(logits, subset.dev, count)
            if found < best * (1 - GAIN) or given is not None:
                best, penalty, rises = found, strength, 0
            elif best < without:
                rises += RISES if found > best * (1 + RISE) else 1
            if rises >= RISES or best < ENOUGH * without:
                break
        penalties.append(float(penalty))
        losses.append(best)
    return penalties, losses


def by_adam(rows: np.ndarray, dev: np.ndarray, some: list[Subset], classes: int) -> list[float]:
    """The dev loss of each subset's probe, at its best epoch."""
    import torch

    x, y = torch.from_numpy(rows), torch.from_numpy(dev)
    losses = []
    for subset in some:
        torch.manual_seed(0)
        probe = torch.nn.Linear(x.shape[1], classes)
        adam = torch.optim.Adam(probe.parameters(), RATE)
        gold = torch.from_numpy(subset.gold.astype(np.int64))
        mine = x[torch.from_numpy(subset.rows)]
        best, waited = np.inf, 0
        for _ in range(EPOCHS):
            for batch in torch.randperm(len(gold)).split(BATCH):
                adam.zero_grad()
                torch.nn.functional.cross_entropy(probe(mine[batch]), gold[batch]).backward()
                adam.step()
            with torch.no_grad():
                found = bits(probe(y).numpy(), subset.dev, len(gold))
            if found < best:
                best, waited = found, 0
                continue
            waited += 1
            for group in adam.param_groups:
                group["lr"] /= 2
            if waited == PATIENCE:
                break
        losses.append(float(best))
    return losses


@dataclass(frozen=True)
class ProfileComparison:
    """Seconds of a layer's profile by each, and the mean dev loss at all of train, on the half that chose."""

    ours: float
    scikit_learn: float
    adam: float
    losses: tuple[float, float]


def measure(vectors: dict[str, np.ndarray], words: Words, seeds: int) -> ProfileComparison:
    both = labelled(words, seeds)
    sentences = words.labelled.splits["train"].sentence, words.labelled.splits["dev"].sentence
    start = perf_counter()
    curves(
        probes.FAMILIES.get("linear"), (vectors["train"], vectors["dev"]), sentences, both, range(seeds), ProbeOptions(),
        lambda _done, _total: None,
    )  # fmt: skip
    spent = perf_counter() - start
    standardiser = Standardiser.of(vectors["train"])
    rows, dev = standardiser.apply(vectors["train"]), standardiser.apply(vectors["dev"])
    sk = adam = 0.0
    told: list[tuple[float, float]] = []
    for labels in both:
        first, second = (subsets(labels, len(rows), seed) for seed in (0, 1))
        start = perf_counter()
        chosen, losses = by_scikit_learn(rows, dev, first, words.classes)
        sk += perf_counter() - start
        start = perf_counter()
        by_scikit_learn(rows, dev, second, words.classes, chosen)
        sk += (seeds - 1) * (perf_counter() - start)
        start = perf_counter()
        trained = by_adam(rows, dev, first, words.classes)
        adam += perf_counter() - start
        start = perf_counter()
        by_adam(rows, dev, second, words.classes)
        adam += (seeds - 1) * (perf_counter() - start)
        told.append((losses[-1], trained[-1]))
    return ProfileComparison(spent, sk, adam, told[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--checkpoint", default="minilm-l6")
    parser.add_argument("--task", default="upos")
    parser.add_argument("--max-train", type=int, default=3000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--layers", help="commas between; all by default")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    words = Words.read(options.checkpoint, options.corpus, options.task, {"train": options.max_train, "dev": 700, "test": 700})
    layers = [int(layer) for layer in options.layers.split(",")] if options.layers else list(range(words.layers))
    sides = []
    for layer in layers:
        sides.append(measure(words.vectors(layer), words, options.seeds))
        print(f"layer {layer}: {sides[-1]}", file=sys.stderr, flush=True)
    work = f"full profile of a layer: {len(curve.CUTS)} sizes × {options.seeds} seeds × {{task, control}}, λ chosen a size"
    note = f"{len(sides)} layers"
    rows = [
        Row(work, against, aim, median(side.ours for side in sides), median(getattr(side, kind) for side in sides), "s",
            median(getattr(side, kind) / side.ours for side in sides), note)
        for kind, against, aim in (
            ("scikit_learn", "a loop over scikit-learn, the same grid and rule", goal(35, 15, 6)),
            ("adam", "one Adam run a portion, stopped on dev", goal(50, 25, 10)),
        )
    ]  # fmt: skip
    finish("profile", rows, options.json, ceiling=ceiling())


if __name__ == "__main__":
    main()
