"""One cell of conditional probes: what each layer of one checkpoint adds to the baseline for one task, on the test splits."""

from __future__ import annotations

import numpy as np

from probing import measures, probes
from probing.cells import controls
from probing.cells.label_rows import LabelRows, gold_bits
from probing.cells.lanes import answer_layers
from probing.cells.vectors import Base, Split, Vectors, prepare
from probing.cells.work import CellResult, Draft, Progress, Work
from probing.measures.information import average, information, prior
from probing.probes.family import ProbeOptions, Problem
from probing.tasks import control


def answer(work: Work) -> CellResult:
    """Fit and score. Penalties read dev; each test split is read once, by the chosen probes.

    Control labels, on items whose type train has, say how much of what is added may be memory.
    """
    cell, spec, labelled = work.cell, work.spec, work.labelled
    assert work.baseline is not None, "a plan gives conditional probes a baseline"
    inner = probes.of_labels(probes.of_conditional(cell.probe).inner)
    draft, splits, tests = prepare(work)
    sampled = controls.of_labels(work, splits)
    draft.notes += sampled.notes
    problems, golds = _problems(work, splits, sampled.of_seed)
    read = Vectors(splits, labelled.level, spec.dimension)
    base, options = Base.of(spec, work.baseline, read), ProbeOptions(device=work.device)
    alone = inner.fit(base.vectors["train"], base.vectors["dev"], problems, options, lambda _done, _total: None)
    before = {name: [probe.log2_probabilities(base.vectors[name]) for probe in alone] for name in tests}
    draft.store("", {"prior": prior(golds["train"][0], len(labelled.classes))})
    for name in tests:
        alone_scores = measures.scores(before[name][0], golds[name][0], splits[name].items.sentence)
        for metric in ("accuracy", "loss"):
            draft.add(-1, name, metric, alone_scores[metric], {"given": spec.conditional_on or f"layer {work.baseline.layer}"})
        if spec.baselines:
            draft.add(-1, name, "majority", measures.majority(golds["train"][0], golds[name][0], splits[name].items.sentence))

    def answer_layer(layer: int, own: Draft, progress: Progress) -> None:
        if layer == base.layer:
            return
        both = base.beside(read.of(work.reader, layer)[0])
        fitted = inner.fit(both["train"], both["dev"], problems, options, progress)
        own_rows = LabelRows(own, labelled, splits, tests)
        own.store(f"{layer}/{spec.seed}", fitted[0].state)
        on_dev = measures.scores(fitted[0].log2_probabilities(both["dev"]), golds["dev"][0], splits["dev"].items.sentence)
        for metric in ("accuracy", "loss"):
            own.add(layer, "dev", metric, on_dev[metric], base.setting)
        for name in tests:
            split, after = splits[name], [probe.log2_probabilities(both[name]) for probe in fitted]
            sentence, gold = split.items.sentence, golds[name]
            own.scores(layer, name, measures.scores(after[0], gold[0], sentence), base.setting)
            gained = (after[0].argmax(1) == gold[0]) * 1.0 - (before[name][0].argmax(1) == gold[0])
            own.add(layer, name, "conditional_accuracy", average(gained, sentence), base.setting)
            bits = [(gold_bits(b, g), gold_bits(a, g)) for b, a, g in zip(before[name], after, gold, strict=True)]
            own.add(layer, name, "conditional_v_information", information(*bits[0], sentence), base.setting)
            seen = control.seen(splits["train"].types, split.types)
            if len(bits) > 1 and seen.any():
                gains = np.mean([with_layer - without for without, with_layer in bits[1:]], 0)
                score = average(gains[seen], sentence[seen])
                own.add(layer, name, "conditional_v_information", score, base.setting | controls.CONTROL)
            own_rows.items(layer, name, None, after[0])

    answer_layers(work, draft, 2 * read.layer_bytes(work.reader), answer_layer)
    return draft.result()


def _problems(
    work: Work, splits: dict[str, Split], sampled: dict[int, controls.ControlLabels]
) -> tuple[list[Problem], dict[str, list[np.ndarray]]]:
    """The task and each seed's control; and the gold labels of each by split."""
    spec, classes = work.spec, len(work.labelled.classes)
    golds = {name: [split.items.label] for name, split in splits.items()}
    problems = [Problem("task", golds["train"][0], golds["dev"][0], classes, spec.seed)]
    for seed, own in sampled.items():
        for name, labels in own.items():
            golds[name].append(labels)
        problems.append(Problem("control", own["train"], own["dev"], classes, seed))
    return problems, golds
