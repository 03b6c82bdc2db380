"""A base and what was fine-tuned from it, whose information is known: items, rows and curves of one task, as cells keep them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cache.keys import digest
from probing.measures import curve
from probing.measures.information import average, information
from probing.measures.statistics import REPLICATES, percentiles
from probing.records.run import Lineage

TASK, PROBE, CLASSES = "upos", "linear", ("ADJ", "DET", "NOUN", "VERB")
SENTENCES, WORDS, LAYERS, BEST = 80, 5, (0, 1, 2), 2
SIZES = 2 ** np.arange(2, 11)
PRIOR = -2.0  # log2 of each class's share
SPLITS = ("test", "test_ood")
TUNED_ON = digest("grammar")  # the corpus that products were tuned on


class Planted:
    """A checkpoint whose best layer gives the gold label `bits` on average; `pace` is how fast its curve falls, `spread` of an item's own bits.

    All items of a split are as hard for every checkpoint but for its own noise, which `seed` draws; `ood` is added on test_ood.
    """

    def __init__(
        self, name: str, bits: float, pace: float = 0.5, seed: int = 0, noise: float = 0.1, spread: float = 0.3, ood: float = 0.0
    ) -> None:
        self.name, self.bits, self.pace, self.seed, self.noise, self.spread, self.ood = name, bits, pace, seed, noise, spread, ood

    def items(self) -> pd.DataFrame:
        own = np.random.default_rng(1000 + self.seed)
        labels = np.array(CLASSES, dtype=object)
        frames = []
        for number, split in enumerate(SPLITS):
            common = np.random.default_rng(number)
            gold = common.integers(0, len(CLASSES), SENTENCES * WORDS)
            hard = common.normal(0, self.spread, len(gold))
            for layer in LAYERS:
                held = self.bits + (self.ood if number else 0.0) - 0.3 * (BEST - layer)
                log2p = np.minimum(PRIOR + held + hard + own.normal(0, self.noise, len(gold)), -0.001)
                told = np.where(log2p > -1, gold, (gold + 1) % len(CLASSES))
                frames.append(
                    pd.DataFrame(
                        {
                            "layer": np.full(len(gold), layer, np.int16),
                            "seed": pd.array([None] * len(gold), dtype="Int64"),
                            "split": split,
                            "sentence": np.repeat(np.arange(SENTENCES), WORDS),
                            "word": np.tile(np.arange(WORDS), SENTENCES),
                            "gold": labels[gold],
                            "predicted": labels[told],
                            "log2p": log2p.astype(np.float32),
                        }
                    )
                )
        return pd.concat(frames, ignore_index=True)

    def curve(self, layer: int) -> np.ndarray:
        """[J] bits at each size: falls to what the layer leaves, faster with a greater pace."""
        left = -PRIOR - self.bits + 0.3 * (BEST - layer)
        return np.asarray(left + (-PRIOR - left) * (SIZES / SIZES[0]) ** -self.pace)

    def arrays(self) -> dict[str, np.ndarray]:
        """Replicates of curves and codes: errors of dev and train sentences, which all checkpoints share, and few of their own."""
        shared = np.random.default_rng(5).normal(0, 0.05, (REPLICATES, 1))
        own = np.random.default_rng(2000 + self.seed).normal(0, 0.005, (REPLICATES, 1))
        found = {"prior": np.full(len(CLASSES), PRIOR)}
        for layer in LAYERS:
            found[f"{layer}/curve/task"] = self.curve(layer) * (1 + shared + own)
            found[f"{layer}/code/task"] = self.code(layer) * (1 + shared[:, 0] + own[:, 0])
        return found

    def code(self, layer: int) -> float:
        return float(SIZES[0] * -PRIOR + (np.diff(SIZES) * self.curve(layer)[:-1]).sum())

    def rows(self, epsilon: float = 1.4) -> list[dict[str, Any]]:
        base = {"checkpoint": self.name, "task": TASK, "probe": PROBE}
        rows: list[dict[str, Any]] = []

        def add(
            layer: int,
            split: str,
            metric: str,
            told: tuple[float | None, float | None, float | None],
            n: int,
            of: int | None = None,
        ) -> None:
            rows.append(
                base
                | dict(zip(("value", "lower", "upper"), told, strict=True))
                | {
                    "layer": layer,
                    "split": split,
                    "metric": metric,
                    "unit": "bits",
                    "n": n,
                    "setting": {} if of is None else {"n": of},
                }
            )

        items, most = self.items(), int(SIZES[-1])
        add(-1, "dev", "v_entropy", (-PRIOR, 1.9, 2.1), 200)
        add(-1, "dev", "epsilon", (epsilon, None, None), 200)
        for split in SPLITS:
            add(-1, split, "v_entropy", (-PRIOR, 1.95, 2.05), SENTENCES * WORDS)
        arrays = self.arrays()
        for layer in LAYERS:
            add(layer, "dev", "loss", (float(self.curve(layer)[-1]), None, None), 200)
            for split in SPLITS:
                own = items[(items["layer"] == layer) & (items["split"] == split)]
                given, sentence = own["log2p"].to_numpy(float), own["sentence"].to_numpy()
                score = information(np.full(len(given), PRIOR), given, sentence)
                add(layer, split, "v_information", tuple(score[:3]), score.n)
                right = average((own["gold"] == own["predicted"]).to_numpy(float), sentence)
                add(layer, split, "accuracy", tuple(right[:3]), right.n)
                add(layer, split, "selectivity", (right.value - 0.3, right.lower - 0.3, right.upper - 0.3), right.n)
            for place, size in enumerate(SIZES.tolist()):
                loss = float(self.curve(layer)[place])
                add(layer, "dev", "loss_at_n", (loss, loss - 0.1, loss + 0.1), size, size)
                add(layer, "dev", "accuracy_at_n", (1 - loss / 3, None, None), size, size)
                if size < most:
                    add(layer, "train", "codelength", (loss * size, None, None), size, size)
            add(layer, "train", "codelength", (self.code(layer), *percentiles(arrays[f"{layer}/code/task"])), most)
            needed = curve.sample_complexity(SIZES, self.curve(layer), epsilon)
            reached = float(needed) if np.isfinite(needed) else None
            low = float(needed) / 1.2 if reached else float(most)
            add(layer, "dev", "esc", (reached, low, None if reached is None else reached * 1.2), most)
        return rows


def lineage(parent: str, method: str, train: int, seed: int, **more: Any) -> Lineage:
    """As a run records it of a product of fine-tuning; `parent` is a fingerprint."""
    common = {
        "how": "finetune",
        "method": method,
        "task": "classification",
        "steps": 300,
        "seed": seed,
        "parent": "base",
        "parent_fingerprint": parent,
        "data": "animals",
        "data_hash": TUNED_ON,
        "train": train,
    }
    return Lineage(**common | more)
