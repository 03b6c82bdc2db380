"""Rows and scored items of probes that answer with labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from probing import measures
from probing.cells import trivial
from probing.cells.vectors import Split
from probing.cells.work import Draft
from probing.corpora.sentence import Sentence
from probing.measures import slots, variational
from probing.probes.edges import FittedEdge
from probing.probes.family import FittedProbe
from probing.tasks import control
from probing.tasks.task import Labelled


class LabelRows:
    """Turns fitted probes of labels into rows and scored items of `draft`."""

    def __init__(self, draft: Draft, labelled: Labelled, splits: dict[str, Split], tests: list[str]) -> None:
        self.draft, self.labelled, self.splits, self.tests = draft, labelled, splits, tests
        self.add = draft.add

    def dev(self, layer: int, probes: Sequence[FittedProbe | FittedEdge], log2p: list[np.ndarray]) -> None:
        split = self.splits["dev"]
        scores = measures.scores_over_seeds(log2p, split.items.label, split.items.sentence)
        for metric in ("accuracy", "loss"):
            self.add(layer, "dev", metric, scores[metric])
        if len(probes) == 1 and probes[0].setting:
            self.add(layer, "dev", "loss", scores["loss"], {"chosen": dict(probes[0].setting)})

    def codes(self, layer: int, probes: list[FittedProbe], setting: dict[str, Any]) -> None:
        """The variational codes of probes that carry one; what is left of a seed's probe is reported with its own codelength."""
        sentence = self.splits["train"].items.sentence
        found = {probe.problem.seed: probe.code for probe in probes if probe.code is not None}
        if not found:
            return
        self.draft.scores(layer, "train", variational.messages([*found.values()], sentence, len(self.labelled.classes)), setting)
        for seed, code in found.items():
            own = variational.messages([code], sentence, len(self.labelled.classes))["variational_codelength"]
            self.add(layer, "train", "variational_codelength", own, setting | {"architecture": code.architecture}, seed)

    def task(self, layer: int, name: str, seeds: Sequence[int | None], log2p: list[np.ndarray]) -> None:
        """What is read from the answers of each seed (None: of a family without); rows of their own where there are several."""
        items = self.splits[name].items
        self.draft.over_seeds(
            layer, name, seeds, log2p, lambda some: measures.scores_over_seeds(some, items.label, items.sentence)
        )

    def slots(self, layer: int, name: str, log2p: list[np.ndarray]) -> None:
        items = self.splits[name].items
        predicted = [p.argmax(1) for p in log2p]
        self.add(layer, name, "slot_f1", slots.slot_f1(predicted, items.label, items.sentence, items.word, self.labelled.classes))

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

    def items(self, layer: int, name: str, seed: int | None, log2p: np.ndarray) -> None:
        split, classes = self.splits[name], np.array(self.labelled.classes, dtype=object)
        gold = split.items.label
        how = {"gold": classes[gold], "predicted": classes[log2p.argmax(1)], "log2p": gold_bits(log2p, gold).astype(np.float32)}
        self.draft.frame(layer, name, seed, split.items.places | how)


def gold_bits(log2p: np.ndarray, label: np.ndarray) -> np.ndarray:
    """[N, K] → [N] float64: log2 of the gold label's probability."""
    return np.asarray(log2p[np.arange(len(label)), label], dtype=np.float64)
