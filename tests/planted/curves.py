"""A finished run of decodability whose curves are known: losses fall to a floor by a power of n, other layers at another pace."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cache.store import Store
from probing.measures import curve
from probing.measures.codelength import codelength
from probing.measures.statistics import REPLICATES
from probing.records.run import RecordedCheckpoint
from tests.planted import finished

SIZES = 2 ** np.arange(2, 13)  # eleven, as a run has them
ITEMS = int(SIZES[-1])
PRIOR, FLOOR, EPSILON = 1.6, 0.4, 0.6
SLOW, QUICK = 4, 6  # layers that finished.py makes as accurate as each other, of unlike pace
DIMENSIONS = (1, 4, 16)


def fill(store: Store, name: str = "curves", **more: Any) -> str:
    spec = {"measure": "decodability", "checkpoints": ["minilm-l6", "second-l6"], "corpus": "grammar"} | more.pop("spec", {})
    return finished.fill(store, name, **{"tasks": ("upos", "feats:Number"), "more": cell, "spec": spec} | more)


def loss(checkpoint: str, layer: int) -> np.ndarray:
    """[J] bits at each size."""
    if checkpoint.startswith("random:"):
        return np.linspace(1.9, 1.3, len(SIZES))
    pace = {SLOW: 0.45, QUICK: 0.9}.get(layer, 0.25 + 0.02 * layer + (0.1 if checkpoint == "second-l6" else 0))
    return np.asarray(FLOOR + 1.6 * (SIZES / SIZES[0]) ** -pace)


def cell(entry: RecordedCheckpoint, task: str, probe: str) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    classes = len(finished.TASKS[task][2])
    name, base = entry.name, {"checkpoint": entry.name, "task": task, "probe": probe}
    rows: list[dict[str, Any]] = []
    arrays: dict[str, np.ndarray] = {"prior": np.full(classes, -math.log2(classes))}

    def add(
        layer: int, split: str, metric: str, value: float | None, unit: str, n: int, setting: dict[str, Any] | None = None
    ) -> None:
        bounds = {} if value is None else {"lower": value * 0.98, "upper": value * 1.02}
        rows.append(
            base
            | bounds
            | {"layer": layer, "split": split, "metric": metric, "value": value, "unit": unit, "n": n, "setting": setting or {}}
        )

    draw = np.random.default_rng(1)
    add(-1, "dev", "v_entropy", PRIOR, "bits", 200)
    add(-1, "dev", "epsilon", EPSILON, "bits", 200)
    for labels in ({}, {"labels": "control"}):
        add(-1, "dev", "majority", 0.4, "fraction", 200, labels)
    for layer in range(entry.layers + 1):
        own = loss(name, layer)
        arrays[f"{layer}/curve/task"] = own * draw.normal(1, 0.01, (REPLICATES, len(SIZES)))
        blocks = np.diff(SIZES) * own[:-1]
        ceiling = math.log2(classes)
        sent = SIZES[0] * ceiling + np.append(0, np.cumsum(blocks))
        for place, size in enumerate(SIZES.tolist()):
            for labels in ({}, {"labels": "control"}):
                add(layer, "dev", "loss_at_n", float(own[place] + 0.2 * len(labels)), "bits", size, {**labels, "n": size})
                add(layer, "dev", "accuracy_at_n", float(1 - own[place] / 2.5), "fraction", size, {**labels, "n": size})
            if size < ITEMS:
                add(layer, "train", "codelength", float(sent[place]), "bits", size, {"n": size})
        length = codelength(int(SIZES[0]), blocks, np.array(own[-1] * ITEMS), ITEMS, classes)
        add(layer, "train", "codelength", float(length.online), "bits", ITEMS)
        add(layer, "train", "control_codelength", float(length.online) * 1.5, "bits", ITEMS)
        add(layer, "train", "compression", float(length.compression), "ratio", ITEMS)
        add(layer, "train", "model_codelength", float(length.model), "bits", ITEMS)
        for split in finished.SPLITS:
            add(layer, split, "v_information", float(PRIOR - own[-1]), "bits", 240)
            if layer:
                add(layer, split, "conditional_v_information", 0.1, "bits", 240)
        needed = float(curve.sample_complexity(SIZES, own, EPSILON))
        add(layer, "dev", "esc", needed if math.isfinite(needed) else None, "items", ITEMS)
        if not math.isfinite(needed):
            rows[-1]["lower"] = float(ITEMS)
        add(layer, "dev", "sdl", float(curve.surplus(SIZES, own, EPSILON, ceiling)), "bits", ITEMS)
        for place, rank in enumerate(DIMENSIONS):
            for labels in ({}, {"labels": "control"}):
                value = 0.5 + 0.1 * place + (0.05 if not labels else 0)
                add(layer, "dev", "accuracy", value, "fraction", 100, {**labels, "nuclear_norm": float(rank), "lambda": 0.1})
                add(layer, "dev", "v_information", value, "bits", 100, {**labels, "nuclear_norm": float(rank), "lambda": 0.1})
        add(layer, "dev", "hypervolume", 0.5 + layer / 20, "fraction", 100)
        add(layer, "dev", "hypervolume", 0.2, "fraction", 100, {"labels": "control"})
    return rows, arrays
