"""Edge probes at every layer and every mix of layers of a checkpoint, together against one after the other.

    python -m benchmarks.edges --corpus FOLDER [--checkpoint minilm-l6] [--train 300] [--rounds 3] [--json OUT]

Both train the same networks on the same batches for the same number of rounds, in one process and in turns: the task at each layer, its
control and the cumulative mixes, labels of arcs. The loop is this project's own program, given one network at a time. Reading the vectors is
not counted.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.report import Row, finish, seconds
from benchmarks.words import encoded
from probing import tasks
from probing.cells.edges import bank_of
from probing.cells.vectors import Split
from probing.solvers.edges import SCHEDULE, train
from probing.solvers.spans import EdgeProblem
from probing.solvers.standardise import Standardiser
from probing.tasks import control

TASK, WIDTH = "arc_label", 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--checkpoint", default="minilm-l6")
    parser.add_argument("--train", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    limits: dict[str, int | None] = {"train": options.train, "dev": 100, "test": 100}
    text, found, readers = encoded(options.checkpoint, options.corpus, limits)
    labelled = tasks.get_task(TASK).label(text)
    layers = range(found.facts.layers + 1)
    spans, gold, drawn = {}, {}, {}
    for name in ("train", "dev"):
        items = labelled.splits[name]
        types = control.types_of(text.splits[name], items, found.facts.uncased)
        spans[name] = bank_of(Split(items, items.sentence, types, 0, items.second), readers[name], layers)
        gold[name] = items.label
        drawn[name] = control.control_labels(labelled.splits["train"].label, types, len(labelled.classes), 0)
    statistics = [Standardiser.of(rows) for rows in spans["train"].rows]
    mean, scale = (np.stack([getattr(one, name) for one in statistics]) for name in ("mean", "scale"))
    sets = [(layer,) for layer in layers] + [tuple(range(top + 1)) for top in layers if top]
    asked = [EdgeProblem(some, gold["train"], gold["dev"], len(labelled.classes), 0) for some in sets]
    asked += [EdgeProblem((layer,), drawn["train"], drawn["dev"], len(labelled.classes), 0) for layer in layers]
    # The same number of rounds for everybody, so that nobody waits for somebody else's stop.
    schedule = replace(SCHEDULE, rounds=options.rounds, patience=options.rounds + 1)

    def fit(some: list[EdgeProblem]) -> float:
        return seconds(
            lambda: train(spans["train"], spans["dev"], mean, scale, some, WIDTH, schedule, "cpu", lambda _count: None)
        )

    fit(asked[:1])
    ours = fit(asked)
    theirs = sum(fit([one]) for one in asked)
    note = f"{len(spans['train']):,} arcs, {options.rounds} rounds, {torch.get_num_threads()} threads"
    work = f"{len(asked)} edge probes at once: each layer, its control, cumulative mixes"
    finish("edges", [Row(work, "the same, one after the other", "", ours, theirs, "s", theirs / ours, note)], options.json)


if __name__ == "__main__":
    main()
