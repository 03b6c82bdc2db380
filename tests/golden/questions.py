"""The questions behind the stored tables: one for each kind of cell, small, on the packaged checkpoint and the embedded corpus, in fp32."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "tables.json.gz"
COMMON: dict[str, Any] = {
    "checkpoints": ("minilm-l6",),
    "corpus": "grammar",
    "max_train": 80,
    "max_dev": 40,
    "max_test": 40,
    "layers": (0, 3),
    "seeds": 2,
    "precision": "fp32",
}
QUESTIONS: dict[str, dict[str, Any]] = {
    "labels": {"tasks": ("upos", "sentence_length"), "probes": ("linear", "mlp")},
    "decodability": {"tasks": ("upos",), "probes": ("linear",), "measure": "decodability", "epsilon": 0.5},
    "trees": {"tasks": ("trees",), "probes": ("structural", "topological"), "rank": (8,)},
    "edges": {"tasks": ("arc_label",), "probes": ("edge",)},
    "numbers": {"tasks": ("word_depth",), "probes": ("regression",)},
    "conditional": {"tasks": ("upos",), "probes": ("conditional",)},
}
# What tells a row apart; the rest of it is what was measured.
KEY = ("checkpoint", "corpus", "task", "probe", "layer", "setting", "seed", "split", "metric", "unit", "n")
MEASURED = ("value", "lower", "upper")
