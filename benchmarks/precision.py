"""What bf16 costs: accuracy of linear probes on vectors of a bf16 pass less that on vectors of an fp32 pass, at every layer.

    python -m benchmarks.precision --corpus FOLDER [--checkpoint minilm-l6] [--task upos] [--max-train 3000 --max-dev 700 --max-test 700]
        [--json FILE]

Both are ordinary runs of the engine, λ chosen on dev, without baselines. The difference is in points of test accuracy, with the 95 %
interval of a paired bootstrap over sentences: both runs are scored on the same drawn sentences. Goal: less than 0.3 points.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.report import Row, finish
from cache.store import Store
from probing.execution.engine import execute
from probing.execution.progress import Terminal
from probing.measures.statistics import percentiles, sentence_weights
from probing.runs import RunSpec, plan
from probing.settings import Settings

GOAL = 0.3
DRAWS = 10_000


def items(options: argparse.Namespace, precision: str) -> pd.DataFrame:
    """Scored test items at every layer, in the order of layer, sentence and word."""
    settings = Settings.read()
    store = Store(settings.store)
    asked = RunSpec.parse(
        {
            "checkpoints": (options.checkpoint,),
            "corpus": options.corpus,
            "tasks": (options.task,),
            "seeds": 1,
            "max_train": options.max_train,
            "max_dev": options.max_dev,
            "max_test": options.max_test,
            "baselines": False,
            "precision": precision,
        }
    )
    planned = plan(asked, settings)
    execute(planned, store, Terminal())
    table = store.results.items(planned.cells[0].id)
    return table[table["split"] == "test"].sort_values(["layer", "sentence", "word"], ignore_index=True)


def interval(gain: np.ndarray, sentence: np.ndarray) -> tuple[float, float, float]:
    """Mean of `gain` [N] and its 95 % interval where sentences [N] are drawn with replacement."""
    sums, sizes = np.bincount(sentence, gain), np.bincount(sentence)
    sums, sizes = sums[sizes > 0], sizes[sizes > 0]
    drawn = sentence_weights(len(sums), DRAWS, 0)
    return (float(gain.mean()), *percentiles(drawn @ sums / (drawn @ sizes)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--checkpoint", default="minilm-l6")
    parser.add_argument("--task", default="upos")
    for split, size in (("train", 3000), ("dev", 700), ("test", 700)):
        parser.add_argument(f"--max-{split}", type=int, default=size)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    half, full = (items(options, precision) for precision in ("bf16", "fp32"))
    keys = ["layer", "sentence", "word", "gold"]
    assert half[keys].equals(full[keys]), "both runs score the same items"
    rows, differences = [], []
    for layer in sorted(full["layer"].unique()):
        chosen = (full["layer"] == layer).to_numpy()
        right = [100.0 * (table["predicted"] == table["gold"]).to_numpy()[chosen] for table in (half, full)]
        difference, low, high = interval(right[0] - right[1], full["sentence"].to_numpy()[chosen])
        differences.append(difference)
        note = f"{difference:+.3f} points, 95 % interval {low:+.3f} to {high:+.3f}"
        ours, theirs = (float(values.mean()) for values in right)
        rows.append(Row(f"layer {layer}, bf16", "fp32", f"within {GOAL} points", ours, theirs, "%", ours / theirs, note))
    print(f"the largest difference is {max(map(abs, differences)):.3f} points; goal < {GOAL}")
    finish("precision", rows, options.json, corpus=options.corpus, task=options.task, differences=differences)


if __name__ == "__main__":
    main()
