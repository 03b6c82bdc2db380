"""A finished run whose numbers are known: made from a seed, put into a store as the engine would put it there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cache.keys import digest
from cache.store import Store
from probing.records.run import RecordedCheckpoint
from tests.planted import record

TASKS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "sentence_length": ("surface", "sentence", ("1-5", "6-9", "10-")),
    "upos": ("syntax", "word", ("ADJ", "DET", "NOUN", "VERB")),
    "feats:Number": ("syntax", "word", ("Plur", "Sing")),
}
DEPTHS = {"minilm-l6": 6, "second-l6": 6}
SCRIPT = "<script>alert(1)</script>"  # the second word of every fifth sentence
BEST_ON_DEV, BEST_ON_TEST = 4, 5  # layers of upos: they differ, so that a choice made on test shows
SENTENCES, WORDS = 30, 8
SPLITS = ("test", "test_seen")


def fill(
    store: Store,
    name: str = "planted",
    depths: Mapping[str, int] = DEPTHS,
    probes: Sequence[str] = ("linear",),
    tasks: Sequence[str] = tuple(TASKS),
    without: Sequence[str] = (),
    seed: int = 0,
    more: Callable[[RecordedCheckpoint, str, str], tuple[list[dict[str, Any]], dict[str, np.ndarray]]] | None = None,
    spec: Mapping[str, Any] | None = None,
    hidden: Mapping[str, int] | None = None,
    run: str | None = None,
) -> str:
    """Save the run; returns its id, which may be given as `run`. `without` names measures that no row has. Another `name` or `seed` is another
    run.

    `more(checkpoint, task, probe)` gives further rows of a cell and arrays that it keeps; `spec` is what else was asked,
    `hidden` the widths of checkpoints that are not 384 wide.
    """
    run = run or digest(name, str(seed))[:16]
    names = [(one, None) for one in depths] + [(f"random:{one}@0", one) for one in depths]
    checkpoints = [
        record.checkpoint(one, depths[of or one], (hidden or {}).get(of or one, 384), of, parameters=22_713_216)
        for one, of in names
    ]
    planted = record.PlantedRun(store, run, "grammar")
    for entry in checkpoints:
        for task in tasks:
            for probe in probes:
                found, items = _cell(entry, task, probe, seed)
                others, arrays = more(entry, task, probe) if more else ([], {})
                kept = [row for row in [*found, *others] if row["metric"] not in without]
                planted.cell(entry.name, task, probe, kept, items, arrays)
    return planted.save(
        f"{name} · {', '.join(tasks)}",
        spec or {},
        [record.task(name, *TASKS[name]) for name in tasks],
        checkpoints,
        _sentences(),
        notes=["minilm-l6: 3 words have no vector; *they* are left out."],
    )


def accuracy(name: str, task: str, layer: int, layers: int) -> float:
    """The share of items that the planted probe gets right, before chance: a hill, lower and flat for random weights."""
    if name.startswith("random:"):
        return 0.55
    if task == "upos":
        peak = layer * BEST_ON_TEST / layers if layers != 6 else layer
        return 0.93 - 0.05 * abs(peak - BEST_ON_TEST)
    return 0.88 - 0.04 * layer


def _cell(entry: RecordedCheckpoint, task: str, probe: str, seed: int) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    name, layers, (_, level, classes) = entry.name, entry.layers, TASKS[task]
    draw = np.random.default_rng(int(digest(name, task, probe, str(seed))[:12], 16))
    seeds = [0, 1, 2] if probe == "mlp" else [None]
    words = np.arange(WORDS) if level == "word" else np.array([-1])
    sentence = np.repeat(np.arange(SENTENCES), len(words))
    word = np.tile(words, SENTENCES)
    base = {"checkpoint": name, "task": task, "probe": probe}
    rows, frames = [], []
    for split in SPLITS:
        gold = np.random.default_rng(len(task) + len(split)).integers(0, len(classes), len(sentence))
        majority = np.bincount(gold).max() / len(gold)
        rows += [
            base | _row(-1, split, "majority", majority, len(gold)),
            base | _row(-1, split, "seen_share", 0.6, len(gold)),
        ]
        for layer in range(layers + 1):
            shares = []
            for one in seeds:
                right = draw.random(len(gold)) < accuracy(name, task, layer, layers)
                predicted = np.where(right, gold, (gold + draw.integers(1, len(classes), len(gold))) % len(classes))
                log2p = np.log2(np.where(right, draw.uniform(0.5, 1, len(gold)), draw.uniform(0.001, 0.4, len(gold))))
                shares.append(float(right.mean()))
                frames.append(_items(layer, one, split, sentence, word, classes, gold, predicted, log2p))
            share, loss = float(np.mean(shares)), float(-log2p.mean())
            control = 0.5 - 0.02 * layer
            rows += [
                base | _row(layer, split, "accuracy", share, len(gold)),
                base | _row(layer, split, "macro_f1", share - 0.02, len(gold)),
                base | _row(layer, split, "ece", 0.05, len(gold)),
                base | _row(layer, split, "loss", loss, len(gold), "bits"),
                base | _row(layer, split, "control_accuracy", control, len(gold)),
                base | _row(layer, split, "selectivity", share - control, len(gold)),
                base | _row(layer, split, "accuracy", share + 0.01, len(gold)) | {"setting": {"items": "seen types"}},
            ]
    for layer in range(layers + 1):
        best = BEST_ON_DEV if layers == 6 else layers
        rows.append(base | _row(layer, "dev", "loss", 0.4 + 0.1 * abs(layer - best), 200, "bits"))
        rows.append(base | _row(layer, "dev", "accuracy", 0.9 - 0.01 * abs(layer - best), 200))
    return rows, pd.concat(frames, ignore_index=True)


def _row(layer: int, split: str, metric: str, value: float, n: int, unit: str = "fraction") -> dict[str, Any]:
    return {
        "layer": layer,
        "split": split,
        "metric": metric,
        "value": value,
        "lower": value - 0.02,
        "upper": value + 0.02,
        "unit": unit,
        "n": n,
    }


def _items(
    layer: int,
    seed: int | None,
    split: str,
    sentence: np.ndarray,
    word: np.ndarray,
    classes: Sequence[str],
    gold: np.ndarray,
    predicted: np.ndarray,
    log2p: np.ndarray,
) -> pd.DataFrame:
    labels = np.array(classes, dtype=object)
    return pd.DataFrame(
        {
            "layer": np.full(len(gold), layer, np.int16),
            "seed": pd.array([seed] * len(gold), dtype="Int64"),
            "split": split,
            "sentence": sentence,
            "word": word,
            "gold": labels[gold],
            "predicted": labels[predicted],
            "log2p": log2p.astype(np.float32),
        }
    )


def _sentences() -> pd.DataFrame:
    forms = [
        [SCRIPT if (number % 5, place) == (0, 1) else f"word{number}-{place}" for place in range(WORDS)]
        for number in range(SENTENCES)
    ]
    return pd.DataFrame(
        [
            {"split": split, "sentence": number, "id": f"{split}-{number}", "forms": forms[number]}
            for split in SPLITS
            for number in range(SENTENCES)
        ]
    )
