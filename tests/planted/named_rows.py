"""Rows under names as long as people give them, for examples of figures."""

from __future__ import annotations

from typing import Any

from cache.table import tidy
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
