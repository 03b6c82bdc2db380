"""A finished run of edges and spans: layer 1 of minilm-l6 answers them, layers 0 and 2 and the random twin do not. Rows and items are made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cache.keys import digest
from cache.store import Store
from tests.planted import record

LAYERS, SENTENCES, WORDS = 3, 24, 8
LABELS = ("nsubj", "obj", "<b>rare</b>")
SCRIPT = "<script>alert(1)</script>"  # the third word of every sentence
SHARES = (0.2, 0.7, 0.1)
CHECKPOINTS = ("minilm-l6", "random:minilm-l6@0")
REFUSED = "random:minilm-l6@0, arc_label, test: no expected layer, since all layers together add -0.6 to 0.2 points to layer 0, which may be nothing."


def fill(store: Store) -> str:
    """Save the run; returns its id."""
    run = digest("edges")[:16]
    planted = record.PlantedRun(store, run)
    for name in CHECKPOINTS:
        for task in ("arc_label", "span_label"):
            planted.cell(name, task, "edge", *_cell(name, task))
    forms = [[SCRIPT if place == 2 else f"word{number}-{place}" for place in range(WORDS)] for number in range(SENTENCES)]
    texts = [{"split": "test", "sentence": number, "id": f"test-{number}", "forms": own} for number, own in enumerate(forms)]
    return planted.save(
        "planted · edges",
        {"seeds": 1},
        [
            record.task("arc_label", "syntax", "edge", sorted(LABELS)),
            record.task("span_label", "meaning", "span", sorted(LABELS)),
        ],
        [record.checkpoint(name, LAYERS - 1, of="minilm-l6" if name.startswith("random:") else None) for name in CHECKPOINTS],
        pd.DataFrame(texts),
        notes=[REFUSED],
    )


def _row(layer: int, metric: str, value: float | None, setting: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    around = {"lower": None if value is None else value - 0.02, "upper": None if value is None else value + 0.02}
    row = {
        "layer": layer,
        "split": "test",
        "metric": metric,
        "value": value,
        "unit": "fraction",
        "n": 72,
        "setting": setting or {},
    }
    return row | around | more


def _cell(checkpoint: str, task: str) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    twin = checkpoint.startswith("random:")
    draw = np.random.default_rng(len(checkpoint) + len(task))
    alone = [0.4] * 3 if twin else [0.5, 0.9, 0.6]
    ladder = [0.4] * 3 if twin else [0.5, 0.88, 0.89]
    rows, frames = [_row(-1, "majority", 0.4)], []
    for layer in range(LAYERS):
        rows += [
            _row(layer, "micro_f1", alone[layer]),
            _row(layer, "accuracy", alone[layer]),
            _row(layer, "loss", 1 - alone[layer], unit="bits"),
            _row(layer, "loss", 1 - alone[layer], unit="bits", split="dev"),
            _row(layer, "micro_f1", ladder[layer], {"mix": f"0..{layer}"}),
            _row(layer, "mix_share", SHARES[layer], split="train", lower=None, upper=None),
        ]
        if layer:
            rows.append(_row(layer, "mix_gain", ladder[layer] - ladder[layer - 1]))
        sentence = np.repeat(np.arange(SENTENCES), 3)
        gold = np.tile(LABELS, SENTENCES)
        right = draw.random(len(gold)) < alone[layer]
        said = np.where(right, gold, np.tile(np.roll(LABELS, 1), SENTENCES))
        first = np.tile([0, 2, 4], SENTENCES)
        frame = {
            "layer": np.full(len(gold), layer, np.int16),
            "seed": pd.array([0] * len(gold), dtype="Int64"),
            "split": "test",
            "sentence": sentence,
            "word": first,
            "end": first + 2,
            "gold": gold,
            "predicted": said,
            "log2p": np.where(right, -0.2, -3.0 - draw.random(len(gold))).astype(np.float32),
        }
        if task == "arc_label":
            frame |= {"second_sentence": sentence, "second_word": first + 1, "second_end": first + 3}
        frames.append(pd.DataFrame(frame))
    expected = None if twin else 1.03
    rows.append(_row(-1, "expected_layer", expected, unit="layers"))
    rows.append(_row(-1, "centre_of_gravity", 0.9, unit="layers", split="train", lower=None, upper=None))
    return rows, pd.concat(frames, ignore_index=True)
