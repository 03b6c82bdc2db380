"""One cell: fit a probe family on every layer of one checkpoint for one task, and score it once on the test splits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from probing import measures, probes
from probing.cells import controls, trivial
from probing.cells.baseline import Base
from probing.cells.decodability import Asked, Decodability
from probing.cells.vectors import Split, Vectors, left_out, usable
from probing.cells.work import Answer, Given, Work, part, tidy_row
from probing.corpora.bio import is_bio
from probing.corpora.sentence import Sentence
from probing.measures.information import prior
from probing.probes.edges import FittedEdge
from probing.probes.family import FittedProbe, ProbeFamily, ProbeOptions, Problem
from probing.runs import Cell, RunSpec
from probing.tasks import control
from probing.tasks.task import Labelled


def answer(work: Work) -> Answer:
    """Fit and score. Choices (λ, early stopping, the best layer) read dev; each test split is scored once, by the probe kept."""
    cell, spec, labelled, given = work.cell, work.spec, work.labelled, work.given
    family = probes.of_labels(cell.probe)
    splits = {name: usable(work, name) for name in labelled.splits}
    tests = [name for name in splits if name not in ("train", "dev")]
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
    drawn = controls.of_labels(work, splits)
    for seed, labels in drawn.of_seed.items():
        problems.append(Problem("control", labels["train"], labels["dev"], len(labelled.classes), seed))
    rows: list[dict[str, Any]] = []
    frames: list[pd.DataFrame] = []
    # Beside the probes, since pointwise information is read against it.
    states: dict[str, np.ndarray] = {"prior": prior(train.items.label, len(labelled.classes))}
    scored = Scored(cell, labelled, splits, tests, rows)
    options = ProbeOptions(width=spec.widths(cell.probe)[0], rank=spec.ranks(labelled.level)[0], device=work.device)
    read = Vectors(splits, labelled.level, spec.dimension)
    deeper = _decodability(spec, cell, family, options, len(labelled.classes), read, given, scored)
    stages = len(cell.layers) * (2 if deeper else 1)
    flat: list[int] = []
    for done, layer in enumerate(cell.layers):
        vectors, projection = read.of(work.reader, layer)
        states.update({f"{layer}/projection/{name}": array for name, array in projection.items()})
        if (vectors["train"] == vectors["train"][0]).all():
            flat.append(layer)
        fitted = family.fit(
            vectors["train"],
            vectors["dev"],
            problems,
            options,
            part(work.progress, done * stages // len(cell.layers), stages),
        )
        task_probes = [probe for probe in fitted if probe.problem.name == "task"]
        control_probes = [probe for probe in fitted if probe.problem.name == "control"]
        scored.dev(layer, task_probes, [probe.log2_probabilities(vectors["dev"]) for probe in task_probes])
        scored.codes(layer, task_probes, {})
        scored.codes(layer, control_probes, {"labels": "control"})
        answers = {name: [probe.log2_probabilities(vectors[name]) for probe in task_probes] for name in tests}
        for name, log2p in answers.items():
            own = [probe.problem.seed if family.seeded else None for probe in task_probes]
            scored.task(layer, name, own, log2p)
            if labelled.level == "word" and is_bio(labelled.classes):
                scored.slots(layer, name, log2p)
            frames.extend(scored.items(layer, name, seed, p) for seed, p in zip(own, log2p, strict=True))
            if control_probes:
                right = [
                    probe.log2_probabilities(vectors[name]).argmax(1) == drawn.of_seed[probe.problem.seed][name]
                    for probe in control_probes
                ]
                scored.control(layer, name, log2p, right, control.seen(train.types, splits[name].types))
        for probe in (probe for probe in fitted if probe.problem.name == "reference"):
            scored.reference(layer, tests, probe, vectors)
        for probe in task_probes:
            tag = f"{layer}/{probe.problem.seed}"
            states.update({f"{tag}/{key}": value for key, value in probe.state.items()})
        if deeper:
            states.update(deeper.layer(layer, vectors, answers, part(work.progress, 2 * done + 1, stages)))
    if spec.baselines:
        scored.majority()
        scored.trivial(work.sentences)
    notes = left_out(work, splits)
    if spec.measure == "decodability" and family.codes:
        notes.append(
            f"{cell.task}: the {cell.probe} probe codes for itself, so it has a variational codelength and no loss-data curve, online "
            "codelength or usable information."
        )
    if deeper:
        notes.extend(f"{cell.task}: {note}" for note in deeper.notes)
    notes.extend(drawn.notes)
    if flat:
        notes.append(
            f"{cell.checkpoint.name}, {cell.task}: layer {', '.join(map(str, flat))} has the same vector for every train item, so its probe "
            "answers the shares of train and nothing else."
        )
    return Answer(rows, pd.concat(frames, ignore_index=True), states, [*labelled.notes, *notes])


def _decodability(
    spec: RunSpec,
    cell: Cell,
    family: ProbeFamily,
    options: ProbeOptions,
    classes: int,
    read: Vectors,
    given: Given | None,
    scored: Scored,
) -> Decodability | None:
    if spec.measure != "decodability" or family.codes:
        return None
    items, types = ({name: getattr(split, part) for name, split in read.splits.items()} for part in ("items", "types"))
    asked = Asked(spec.seed, spec.seeds, spec.baselines, cell.sweep)
    base = None if given is None else Base.of(spec, given, read)
    return Decodability(family, options, items, types, classes, asked, base, scored.add)


class Scored:
    """Turns fitted probes into tidy rows."""

    def __init__(
        self, cell: Cell, labelled: Labelled, splits: dict[str, Split], tests: list[str], rows: list[dict[str, Any]]
    ) -> None:
        self.labelled, self.splits, self.tests, self.rows = labelled, splits, tests, rows
        self.cell = cell

    def add(
        self,
        layer: int,
        split: str,
        metric: str,
        score: measures.Score,
        setting: dict[str, Any] | None = None,
        seed: int | None = None,
    ) -> None:
        self.rows.append(tidy_row(self.cell, layer, split, metric, score, setting or {}, seed))

    def dev(self, layer: int, probes: Sequence[FittedProbe | FittedEdge], log2p: list[np.ndarray]) -> None:
        split = self.splits["dev"]
        scores = measures.scores_over_seeds(log2p, split.items.label, split.items.sentence)
        chosen = dict(probes[0].setting) if len(probes) == 1 else {}
        for metric in ("accuracy", "loss"):
            self.add(layer, "dev", metric, scores[metric])
        if chosen:
            self.add(layer, "dev", "loss", scores["loss"], {"chosen": chosen})

    def codes(self, layer: int, probes: list[FittedProbe], setting: dict[str, Any]) -> None:
        """The variational codes of probes that carry one; what is left of a seed's probe is told with its own codelength."""
        sentence = self.splits["train"].items.sentence
        found = {probe.problem.seed: probe.code for probe in probes if probe.code is not None}
        if not found:
            return
        for metric, score in measures.variational.messages([*found.values()], sentence, len(self.labelled.classes)).items():
            self.add(layer, "train", metric, score, setting)
        for seed, code in found.items():
            own = measures.variational.messages([code], sentence, len(self.labelled.classes))["variational_codelength"]
            self.add(layer, "train", "variational_codelength", own, setting | {"architecture": code.architecture}, seed)

    def task(self, layer: int, name: str, seeds: Sequence[int | None], log2p: list[np.ndarray]) -> None:
        """What is read from the answers of each seed (None: of a family without); rows of their own where there are several."""
        split = self.splits[name]
        for metric, score in measures.scores_over_seeds(log2p, split.items.label, split.items.sentence).items():
            self.add(layer, name, metric, score)
        if len(seeds) > 1:
            for seed, p in zip(seeds, log2p, strict=True):
                for metric, score in measures.scores(p, split.items.label, split.items.sentence).items():
                    self.add(layer, name, metric, score, seed=seed)

    def slots(self, layer: int, name: str, log2p: list[np.ndarray]) -> None:
        items = self.splits[name].items
        told = [p.argmax(1) for p in log2p]
        self.add(
            layer, name, "slot_f1", measures.slots.slot_f1(told, items.label, items.sentence, items.word, self.labelled.classes)
        )

    def control(self, layer: int, name: str, log2p: list[np.ndarray], control_right: list[np.ndarray], seen: np.ndarray) -> None:
        split = self.splits[name]
        if not seen.any():
            return
        task_right = [p.argmax(1) == split.items.label for p in log2p]
        result = measures.selectivity(task_right, control_right, split.items.sentence, seen)
        self.add(layer, name, "control_accuracy", result.control_accuracy)
        self.add(layer, name, "selectivity", result.selectivity)
        self.add(layer, name, "accuracy", result.accuracy, {"items": "seen types"})

    def reference(self, layer: int, tests: list[str], probe: FittedProbe, vectors: dict[str, np.ndarray]) -> None:
        for name in tests:
            split = self.splits[name]
            scores = measures.scores(probe.log2_probabilities(vectors[name]), split.items.label, split.items.sentence)
            self.add(layer, name, "accuracy", scores["accuracy"], {"lambda": "1/n"})

    def majority(self) -> None:
        train = self.splits["train"].items.label
        for name in self.tests:
            split = self.splits[name]
            self.add(-1, name, "majority", measures.majority(train, split.items.label, split.items.sentence))
            seen = control.seen(self.splits["train"].types, split.types)
            self.add(-1, name, "seen_share", measures.share(seen, split.items.sentence))

    def trivial(self, sentences: dict[str, list[Sentence]]) -> None:
        if self.labelled.level in ("sentence", "pair"):
            for baseline, by_split in trivial.scores(self.labelled, sentences).items():
                for name, score in by_split.items():
                    self.add(-1, name, "accuracy", score, {"baseline": baseline})

    def items(self, layer: int, name: str, seed: int | None, log2p: np.ndarray) -> pd.DataFrame:
        split = self.splits[name]
        classes = np.array(self.labelled.classes, dtype=object)
        gold = split.items.label
        return pd.DataFrame(
            {
                "layer": np.full(len(gold), layer, np.int16),
                "seed": pd.array([seed] * len(gold), dtype="Int64"),
                "split": name,
                **split.items.places,
                "gold": classes[gold],
                "predicted": classes[log2p.argmax(1)],
                "log2p": log2p[np.arange(len(gold)), gold].astype(np.float32),
            }
        )
