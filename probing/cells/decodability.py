"""What a run with `--measure decodability` adds to a layer's rows: the loss-data curve, the codes, and usable information."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from probing import measures
from probing.cells import controls, frontier
from probing.cells.controls import CONTROL
from probing.cells.curves import Curve, Labels, curves, halves, order
from probing.cells.label_rows import gold_bits
from probing.cells.vectors import Base, Split
from probing.cells.work import Draft, Progress, Work
from probing.errors import BadInput
from probing.measures.codelength import codelength
from probing.measures.curve import ORDERS, sizes
from probing.measures.frontier import lift
from probing.measures.information import average, information, prior
from probing.measures.statistics import percentiles, sentence_weights
from probing.probes.family import ProbeFamily, ProbeOptions, Problem
from probing.tasks import control


class Decodability:
    """Of one cell. Probes are of `family`, on the items of `splits`; rows of no layer go to `draft`. `base` is the baseline of conditional
    information. Layers may be asked from several threads.

    `notes` are for the reader. Raises BadInput where dev has too few sentences to be halved.
    """

    def __init__(
        self,
        work: Work,
        family: ProbeFamily,
        options: ProbeOptions,
        splits: dict[str, Split],
        base: Base | None,
        draft: Draft,
    ) -> None:
        spec, classes = work.spec, len(work.labelled.classes)
        self._items = items = {name: split.items for name, split in splits.items()}
        self._family, self._options, self._classes = family, options, classes
        self._seeds = range(spec.seed, spec.seed + max(spec.seeds, ORDERS))
        self._sweep, self._base = work.cell.sweep, base
        gold = items["train"].label
        self._prior = prior(gold, classes)
        self.notes: list[str] = []
        choose, self._read = halves(items["dev"].sentence)
        if not choose.any() or not self._read.any():
            raise BadInput("The loss-data curve halves dev by sentence, and one half has no items: take more dev sentences.")
        self._labels = [_labels("task", [(gold, items["dev"].label)], choose, self._read, classes)]
        if spec.baselines:
            sampled = [controls.labels(splits, classes, seed) for seed in self._seeds]
            unfit = next((reason for own in sampled if (reason := control.unfit(gold, own["train"]))), None)
            if unfit is None:
                pairs = [(own["train"], own["dev"]) for own in sampled]
                self._labels.append(_labels("control", pairs, choose, self._read, classes))
            else:
                self.notes.append(f"The control task of a seed {unfit}: no control curve, codelength or frontier.")
        first, every = sizes(len(gold))[0], len(np.unique(gold))
        met = len(np.unique(gold[order(len(gold), self._seeds[0])[:first]]))
        if met < every:
            self.notes.append(
                f"The smallest subset of train, {first} items, has {met} of the {every} classes of train; the others are priced by the "
                "unseen-class rule."
            )
        draft.add(
            -1, "dev", "v_entropy", average(-self._prior[items["dev"].label[self._read]], items["dev"].sentence[self._read])
        )
        for name in self._tests:
            draft.add(-1, name, "v_entropy", average(-self._prior[items[name].label], items[name].sentence))
        for labels in self._labels if self._sweep else []:
            _, gold, sentence = self._read_half(labels)
            draft.add(-1, "dev", "majority", measures.share(gold == self._commonest(labels), sentence), _setting(labels.name))
        asked = base is not None and any(layer != base.layer for layer in work.cell.layers)
        self._base_bits = self._with_layer(base.vectors) if base is not None and asked else {}

    @property
    def _tests(self) -> list[str]:
        return [name for name in self._items if name not in ("train", "dev")]

    def layer(
        self,
        layer: int,
        vectors: dict[str, np.ndarray],
        log2p: Mapping[str, Sequence[np.ndarray]],
        draft: Draft,
        progress: Progress,
    ) -> dict[str, np.ndarray]:
        """Give the layer's rows to `draft`. `log2p`: by test split what each seed's probe of all of train answers [N, K].

        Returns arrays to keep, by labelling: replicates of the curve's losses [B, J] and of the frontier's lifts [B, P]; of the task also
        of the codelength of all of train [B].
        """
        sentences = self._items["train"].sentence, self._items["dev"].sentence
        pair = vectors["train"], vectors["dev"]
        found = curves(
            self._family, pair, sentences, self._labels, self._seeds, self._options, lambda done, of: progress(done, 2 * of)
        )
        stored = {}
        for labels, one in zip(self._labels, found, strict=True):
            self._curve(layer, labels.name, one, draft)
            stored[f"curve/{labels.name}"] = one.losses.astype(np.float32)
            if labels.name == "task":
                stored["code/task"] = one.codes[:, -1].astype(np.float32)
        for name, answers in log2p.items():
            self._information(layer, name, answers, draft)
        self._conditional(layer, vectors, draft)
        return stored | self._frontier(layer, pair, draft, lambda done, of: progress(of + done, 2 * of))

    def _read_half(self, labels: Labels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of the half of dev that is read: which items, their labels for the first seed, and their sentences."""
        _, _, read = labels.of(0)
        items = np.flatnonzero(read >= 0)
        return items, read[items], self._items["dev"].sentence[items]

    def _commonest(self, labels: Labels) -> int:
        """The label that most train items of the first seed have."""
        return int(np.bincount(labels.of(0)[0], minlength=self._classes).argmax())

    def _frontier(
        self, layer: int, vectors: tuple[np.ndarray, np.ndarray], draft: Draft, progress: Progress
    ) -> dict[str, np.ndarray]:
        """Probes of the first seed, chosen on one half of dev and read on the other."""
        problems = []
        for labels in self._labels:
            train, choose, _ = labels.of(0)
            problems.append(Problem(labels.name, train, choose, self._classes, self._seeds[0]))
        found = frontier.points(self._family, *vectors, problems, self._options, self._sweep, progress) if self._sweep else []
        stored = {}
        for labels, some in zip(self._labels, found, strict=False):
            items, gold, sentence = self._read_half(labels)
            without = prior(labels.of(0)[0], self._classes)[gold]
            common = gold == self._commonest(labels)
            gains = []
            for point in some:
                log2p = point.probe.log2_probabilities(vectors[1][items])
                right = log2p.argmax(1) == gold
                setting = {**_setting(labels.name), **point.setting}
                draft.add(layer, "dev", "accuracy", measures.share(right, sentence), setting)
                draft.add(layer, "dev", "v_information", information(without, gold_bits(log2p, gold), sentence), setting)
                gains.append(_lifts(right, common, sentence))
            stored[f"frontier/{labels.name}"] = np.stack(gains, 1).astype(np.float32)
        return stored

    def _curve(self, layer: int, name: str, one: Curve, draft: Draft) -> None:
        code = "control_codelength" if name == "control" else "codelength"
        items = len(self._items["train"])
        length = codelength(int(one.sizes[0]), one.blocks, one.data, items, one.classes)
        sent = int(one.sizes[0]) * np.log2(one.classes) + np.cumsum(np.pad(one.blocks, ((0, 0), (1, 0))), 1).mean(0)
        for place, size in enumerate(one.sizes.tolist()):
            setting = {**_setting(name), "n": size}
            for metric, mean, replicates in (
                ("loss_at_n", one.loss.mean(0), one.losses),
                ("accuracy_at_n", one.accuracy.mean(0), one.accuracies),
            ):
                score = measures.Score(float(mean[place]), *percentiles(replicates[:, place]), size)
                draft.add(layer, "dev", metric, score, setting)
            if size < items:
                score = measures.Score(float(sent[place]), *percentiles(one.codes[:, place]), size)
                draft.add(layer, "train", code, score, {"n": size})
        online = measures.Score(float(length.online.mean()), *percentiles(one.codes[:, -1]), items)
        draft.add(layer, "train", code, online)
        if name == "control":
            return
        uniform = float(length.uniform[0])
        draft.add(layer, "train", "uniform_codelength", measures.Score(uniform, uniform, uniform, items))
        squeezed = measures.Score(uniform / online.value, *percentiles(one.uniform / one.codes[:, -1]), items)
        draft.add(layer, "train", "compression", squeezed)
        draft.add(layer, "train", "model_codelength", measures.Score(float(length.model.mean()), *percentiles(one.model), items))

    def _information(self, layer: int, name: str, log2p: Sequence[np.ndarray], draft: Draft) -> None:
        """The mean over seeds of what their probes tell."""
        items = self._items[name]
        bits = np.mean([gold_bits(p, items.label) for p in log2p], 0)
        draft.add(layer, name, "v_entropy", average(-bits, items.sentence))
        draft.add(layer, name, "v_information", information(self._prior[items.label], bits, items.sentence))

    def _conditional(self, layer: int, vectors: dict[str, np.ndarray], draft: Draft) -> None:
        """What the layer adds to the base."""
        base = self._base
        if base is None or layer == base.layer:
            return
        for name, bits in self._with_layer(base.beside(vectors)).items():
            added = information(self._base_bits[name], bits, self._items[name].sentence)
            draft.add(layer, name, "conditional_v_information", added, base.setting)

    def _with_layer(self, vectors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """log2 of the gold label's probability by test split, under a probe of the first seed on `vectors`."""
        labels = self._items["train"].label, self._items["dev"].label
        problems = [Problem("task", *labels, self._classes, self._seeds[0])]
        (probe,) = self._family.fit(vectors["train"], vectors["dev"], problems, self._options, lambda _done, _total: None)
        return {name: gold_bits(probe.log2_probabilities(vectors[name]), self._items[name].label) for name in self._tests}


def _setting(labels: str) -> dict[str, Any]:
    return CONTROL if labels == "control" else {}


def _lifts(right: np.ndarray, common: np.ndarray, sentence: np.ndarray) -> np.ndarray:
    """[B] replicates of how far the `right` answers [N] lie above the `common`est class, by a bootstrap over sentences."""
    ids, index = np.unique(sentence, return_inverse=True)
    weights = sentence_weights(len(ids))
    sums = [weights @ np.bincount(index, column, len(ids)) for column in (right, common, np.ones(len(index)))]
    return lift(sums[0] / sums[2], sums[1] / sums[2])


def _labels(
    name: str, sampled: Sequence[tuple[np.ndarray, np.ndarray]], choose: np.ndarray, read: np.ndarray, classes: int
) -> Labels:
    train, dev = np.stack([one for one, _ in sampled]), np.stack([one for _, one in sampled])
    return Labels(name, train, np.where(choose, dev, -1), np.where(read, dev, -1), classes)
