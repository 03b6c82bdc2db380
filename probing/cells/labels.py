"""One cell: fit a probe family on every layer of one checkpoint for one task, and score it once on the test splits."""

from __future__ import annotations

from probing import probes
from probing.cells import controls
from probing.cells.decodability import Decodability
from probing.cells.label_rows import LabelRows
from probing.cells.lanes import answer_layers
from probing.cells.vectors import Base, Vectors, prepare
from probing.cells.work import CellResult, Draft, Progress, Work, part
from probing.corpora.bio import is_bio
from probing.measures.information import prior
from probing.probes.family import ProbeOptions, Problem
from probing.tasks import control


def answer(work: Work) -> CellResult:
    """Fit and score. Choices (λ, early stopping, the best layer) read dev; each test split is scored once, by the chosen probe."""
    cell, spec, labelled = work.cell, work.spec, work.labelled
    family = probes.of_labels(cell.probe)
    draft, splits, tests = prepare(work)
    train, dev = splits["train"], splits["dev"]
    seeds = range(spec.seed, spec.seed + spec.seeds)
    problems = [
        Problem("task", train.items.label, dev.items.label, len(labelled.classes), seed)
        for seed in (seeds if family.seeded else [spec.seed])
    ]
    if family.penalised:
        # scikit-learn's default penalty, C = 1: not a choice, so the test may be read at it.
        fixed = 1 / max(1, len(train.items))
        problems.append(Problem("reference", train.items.label, dev.items.label, len(labelled.classes), spec.seed, fixed))
    sampled = controls.of_labels(work, splits)
    for seed, labels in sampled.of_seed.items():
        problems.append(Problem("control", labels["train"], labels["dev"], len(labelled.classes), seed))
    # Beside the probes, since pointwise information is read against it.
    draft.store("", {"prior": prior(train.items.label, len(labelled.classes))})
    rows = LabelRows(draft, labelled, splits, tests)
    options = ProbeOptions(width=spec.widths(cell.probe)[0], rank=spec.ranks(labelled.level)[0], device=work.device)
    read = Vectors(splits, labelled.level, spec.dimension)
    decodability = None
    if spec.measure == "decodability" and not family.codes:
        decodability = Decodability(
            work, family, options, splits, Base.of(spec, work.baseline, read) if work.baseline else None, draft
        )
    flat: list[int] = []

    def answer_layer(layer: int, own: Draft, progress: Progress) -> None:
        vectors, projection = read.of(work.reader, layer)
        own.store(f"{layer}/projection", projection)
        if (vectors["train"] == vectors["train"][0]).all():
            flat.append(layer)
        stages = 2 if decodability else 1
        fitted = family.fit(vectors["train"], vectors["dev"], problems, options, part(progress, 0, stages))
        rows = LabelRows(own, labelled, splits, tests)
        task_probes = [probe for probe in fitted if probe.problem.name == "task"]
        control_probes = [probe for probe in fitted if probe.problem.name == "control"]
        rows.dev(layer, task_probes, [probe.log2_probabilities(vectors["dev"]) for probe in task_probes])
        rows.codes(layer, task_probes, {})
        rows.codes(layer, control_probes, controls.CONTROL)
        answers = {name: [probe.log2_probabilities(vectors[name]) for probe in task_probes] for name in tests}
        for name, log2p in answers.items():
            of_seeds = [probe.problem.seed if family.seeded else None for probe in task_probes]
            rows.task(layer, name, of_seeds, log2p)
            if labelled.level == "word" and is_bio(labelled.classes):
                rows.slots(layer, name, log2p)
            for of_seed, p in zip(of_seeds, log2p, strict=True):
                rows.items(layer, name, of_seed, p)
            if control_probes:
                right = [
                    probe.log2_probabilities(vectors[name]).argmax(1) == sampled.of_seed[probe.problem.seed][name]
                    for probe in control_probes
                ]
                rows.control(layer, name, log2p, right, control.seen(train.types, splits[name].types))
        for probe in (probe for probe in fitted if probe.problem.name == "reference"):
            rows.reference(layer, tests, probe, vectors)
        for probe in task_probes:
            own.store(f"{layer}/{probe.problem.seed}", probe.state)
        if decodability:
            own.publish()  # now, since decodability takes many times as long
            own.store(str(layer), decodability.layer(layer, vectors, answers, own, part(progress, 1, stages)))

    answer_layers(work, draft, read.layer_bytes(work.reader), answer_layer)
    if spec.baselines:
        rows.majority()
        rows.trivial(work.sentences)
    if spec.measure == "decodability" and family.codes:
        draft.notes.append(
            f"{cell.task}: the {cell.probe} probe codes for itself, so it has a variational codelength and no loss-data curve, online "
            "codelength or usable information."
        )
    if decodability:
        draft.notes += [f"{cell.task}: {note}" for note in decodability.notes]
    draft.notes += sampled.notes
    if flat:
        draft.notes.append(
            f"{cell.checkpoint.name}, {cell.task}: layer {', '.join(map(str, sorted(flat)))} has the same vector for every train item, so its probe "
            "answers the shares of train and nothing else."
        )
    return draft.result()
