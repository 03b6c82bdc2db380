"""One cell of numbers: fit a family of regressions on every layer of one checkpoint for one task, and score it once on the test splits."""

from __future__ import annotations

import numpy as np

from probing import measures, probes
from probing.cells import controls
from probing.cells.lanes import answer_layers
from probing.cells.vectors import Split, Vectors, prepare
from probing.cells.work import CellResult, Draft, Progress, Work
from probing.measures.numbers import scores_of_numbers
from probing.probes.regression import NumberProblem
from probing.tasks import control

WHOLE = ("sentence", "pair")  # levels whose items have no position in their sentence


def answer(work: Work) -> CellResult:
    """Fit and score. The penalty reads dev; each test split is scored once, by the chosen probe.

    The control probe is scored on control numbers, of items whose type train has.
    """
    cell, spec, labelled = work.cell, work.spec, work.labelled
    family = probes.of_numbers(cell.probe)
    draft, splits, tests = prepare(work)
    gold = {name: _numbers(split) for name, split in splits.items()}
    problems = [NumberProblem("task", gold["train"], gold["dev"], spec.seed)]
    sampled = controls.of_numbers(work, splits, gold["train"])
    problems.extend(NumberProblem("control", own["train"], own["dev"], seed) for seed, own in sampled.of_seed.items())
    draft.notes += sampled.notes

    read = Vectors(splits, labelled.level, spec.dimension)

    def answer_layer(layer: int, own: Draft, progress: Progress) -> None:
        vectors, projection = read.of(work.reader, layer)
        own.store(f"{layer}/projection", projection)
        fitted = family.fit(vectors["train"], vectors["dev"], problems, work.device, progress)
        task, of_control = fitted[0], fitted[1:]
        own.store(f"{layer}/{spec.seed}", task.state)
        on_dev = scores_of_numbers([task.predict(vectors["dev"])], gold["dev"], splits["dev"].items.sentence)
        own.scores(layer, "dev", on_dev)
        own.add(layer, "dev", "r2", on_dev["r2"], {"chosen": task.setting})
        for name in tests:
            split, predicted = splits[name], task.predict(vectors[name])
            own.scores(layer, name, scores_of_numbers([predicted], gold[name], split.items.sentence))
            own.frame(layer, name, None, split.items.places | {"gold": gold[name], "predicted": predicted})
            seen = control.seen(splits["train"].types, split.types)
            if of_control and seen.any():
                said = [probe.predict(vectors[name][seen]) for probe in of_control]
                golds = [sampled.of_seed[probe.problem.seed][name][seen] for probe in of_control]
                own.scores(layer, name, scores_of_numbers(said, golds, split.items.sentence[seen]), controls.CONTROL)

    answer_layers(work, draft, read.layer_bytes(work.reader), answer_layer)
    if spec.baselines:
        for name in tests:
            what = "length" if labelled.level in WHOLE else "position"
            draft.scores(-1, name, _baseline(work, splits, name), {"baseline": what})
    return draft.result()


def _numbers(split: Split) -> np.ndarray:
    assert split.items.number is not None, "a plan gives numeric tasks alone to probes of numbers"
    return split.items.number


def _baseline(work: Work, splits: dict[str, Split], name: str) -> dict[str, measures.Score]:
    """What needs no vector: least squares on the sentence's length, and of words their position too."""

    def facts(split: str) -> np.ndarray:
        items, sentences = splits[split].items, work.sentences[split]
        length = np.array([len(sentences[s].words) for s in items.sentence.tolist()], dtype=np.float64)
        columns = [np.ones(len(length)), length]
        if work.labelled.level not in WHOLE:
            columns += [items.word.astype(np.float64), items.word**2 / length]
        return np.stack(columns, 1)

    weights, *_ = np.linalg.lstsq(facts("train"), _numbers(splits["train"]), rcond=None)
    return scores_of_numbers([facts(name) @ weights], _numbers(splits[name]), splits[name].items.sentence)
