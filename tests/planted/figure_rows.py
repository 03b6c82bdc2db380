"""Rows of which example figures are drawn, with names as long as people give them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cache.table import tidy
from probing.analysis import attention_topology
from probing.analysis.rows import LayerQuestion

SCRIPT = "<script>alert(1)</script>"
NAMES = ["minilm-l6-h384-uncased", "minilm-l6-h384-uncased-snips-slots-bitfit-64-s1", f"student {SCRIPT}"]
RANDOM = "random:minilm-l6-h384-uncased@0"
TASKS = ["sentence_length", "upos", "feats:VerbForm of finite clauses", "word_content", "bigram_shift", "top_constituents"]
LAYERS = range(13)
BASE = {"run": "r", "corpus": "c", "task": "upos", "probe": "linear", "split": "test", "unit": "fraction", "n": 1200}


def row(checkpoint: str, layer: int, metric: str, value: float, **more: Any) -> dict[str, Any]:
    known = {
        "checkpoint": checkpoint,
        "layer": layer,
        "metric": metric,
        "value": value,
        "lower": value - 0.02,
        "upper": value + 0.02,
    }
    return BASE | known | more


def question(metric: str = "accuracy", names: list[str] | None = None) -> LayerQuestion:
    rows = [
        row(name, layer, metric, 0.6 + 0.03 * place + 0.02 * layer - 0.0015 * layer**2)
        for place, name in enumerate([*(names or NAMES), RANDOM])
        for layer in LAYERS
    ]
    rows += [row(name, -1, metric, 0.41, setting={"baseline": "majority"}) for name in names or NAMES]
    return LayerQuestion(tidy(rows), metric, "test", "upos", "linear")


def of_differences() -> dict[str, pd.DataFrame]:
    rows = [
        {
            "task": task, "layer": layer, "first_layer": layer, "first": 0.7, "second": 0.7 + 0.01 * layer, "difference": 0.01 * layer,
            "lower": 0.01 * layer - 0.02, "upper": 0.01 * layer + 0.02, "p": 0.01, "adjusted": 0.02 if layer > 4 else 0.4, "least": 0.02,
            "n": 1200, "paired": True,
        }
        for task in TASKS
        for layer in LAYERS
    ]  # fmt: skip
    return {name: pd.DataFrame(rows) for name in NAMES[1:]}


def of_topology_rows() -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for layer in range(1, 13):
        base = {"checkpoint": "a", "layer": layer, "metric": "topology_drift", "n": 40}
        rows.append(base | {"value": layer / 20, "lower": layer / 40, "upper": layer / 10, "setting": {"second": "b"}})
        rows += [base | {"value": layer / (head + 20), "setting": {"second": "b", "head": head}} for head in range(1, 13)]
        for of in ("first", "second"):
            rows += [
                base | {"metric": metric, "value": layer / 10, "setting": {"second": "b", "of": of, "threshold": 0.25}}
                for metric in ("attention_components", "attention_cycles")
            ]
    return attention_topology.topology_rows(tidy(rows), "b")


def of_predicted() -> pd.DataFrame:
    measured = np.linspace(0.4, 0.9, 30)
    return pd.DataFrame(
        {
            "checkpoint": [f"bert-base-uncased-variant-{number}" for number in range(30)],
            "family": [f"family of checkpoints {number % 10}" for number in range(30)],
            "measured": measured, "predicted": measured + 0.02, "lower": measured - 0.05, "upper": measured + 0.07,
            "family_out": measured + 0.1,
        }
    )  # fmt: skip
