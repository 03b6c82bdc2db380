"""What a run with `--measure decodability` adds to a layer's rows: the loss-data curve, the codes, and usable information."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from probing import measures
from probing.errors import BadInput
from probing.execution.curves import Curve, Labels, curves, halves
from probing.measures.codelength import codelength
from probing.measures.curve import ORDERS
from probing.measures.information import average, information, prior
from probing.measures.statistics import percentiles
from probing.probes.family import ProbeFamily, ProbeOptions, Problem
from probing.tasks import control
from probing.tasks.task import Items

CONTROL = {"labels": "control"}


class Sink(Protocol):
    """Takes rows: a layer, a split, a metric, its score and setting."""

    def __call__(
        self, layer: int, split: str, metric: str, score: measures.Score, setting: dict[str, str] | None = None
    ) -> None: ...


class Decodability:
    """Of one cell. `items` and `types` by split: what is probed, and each item's word type; rows go to `add`.

    `notes` are for the reader. Raises BadInput where dev has too few sentences to be halved.
    """

    def __init__(
        self,
        family: ProbeFamily,
        options: ProbeOptions,
        items: dict[str, Items],
        types: dict[str, list[str]],
        classes: int,
        seed: int,
        seeds: int,
        baselines: bool,
        add: Sink,
    ) -> None:
        self._family, self._options, self._items, self._classes, self._add = family, options, items, classes, add
        self._seeds = range(seed, seed + max(seeds, ORDERS))
        self._base: dict[str, np.ndarray] = {}
        self._base_bits: dict[str, np.ndarray] = {}
        self._prior = prior(items["train"].label, classes)
        self.notes: list[str] = []
        choose, read = halves(items["dev"].sentence)
        if not choose.any() or not read.any():
            raise BadInput("The loss-data curve halves dev by sentence, and one half has no items: take more dev sentences.")
        self._labels = [_labels("task", [(items["train"].label, items["dev"].label)], choose, read, classes)]
        if baselines:
            drawn = [self._control(seed, types) for seed in self._seeds]
            if all(len(np.unique(train)) > 1 for train, _ in drawn):
                self._labels.append(_labels("control", drawn, choose, read, classes))
            else:
                self.notes.append(
                    "The control task of a seed gives every word type one label, since there are few types: no control curve or codelength."
                )
        self._add(-1, "dev", "v_entropy", average(-self._prior[items["dev"].label[read]], items["dev"].sentence[read]))
        for name in self._tests:
            self._add(-1, name, "v_entropy", average(-self._prior[items[name].label], items[name].sentence))

    @property
    def _tests(self) -> list[str]:
        return [name for name in self._items if name not in ("train", "dev")]

    def _control(self, seed: int, types: dict[str, list[str]]) -> tuple[np.ndarray, np.ndarray]:
        gold = self._items["train"].label
        train, dev = (control.control_labels(gold, types[name], self._classes, seed) for name in ("train", "dev"))
        # A control label of a type that train lacks cannot be learned.
        return train, np.where(control.seen(types["train"], types["dev"]), dev, -1).astype(np.int32)

    def layer(
        self,
        layer: int,
        vectors: dict[str, np.ndarray],
        log2p: Mapping[str, Sequence[np.ndarray]],
        progress: Callable[[int, int], None],
    ) -> dict[str, np.ndarray]:
        """Add the layer's rows. `log2p`: by test split what each seed's probe of all of train answers [N, K].

        Returns arrays to keep: replicates of the curve [B, J] by labelling.
        """
        sentences = self._items["train"].sentence, self._items["dev"].sentence
        found = curves(
            self._family, (vectors["train"], vectors["dev"]), sentences, self._labels, self._seeds, self._options, progress
        )
        kept = {}
        for labels, one in zip(self._labels, found, strict=True):
            self._curve(layer, labels.name, one)
            kept[f"{layer}/curve/{labels.name}"] = one.replicates.astype(np.float32)
        for name, answers in log2p.items():
            self._information(layer, name, answers)
        self._conditional(layer, vectors)
        return kept

    def _curve(self, layer: int, name: str, one: Curve) -> None:
        setting = CONTROL if name == "control" else None
        for size, value, replicates in zip(one.sizes.tolist(), one.loss.mean(0), one.replicates.T, strict=True):
            self._add(layer, "dev", "loss_at_n", measures.Score(float(value), *percentiles(replicates), size), setting)
        items = len(self._items["train"])
        length = codelength(int(one.sizes[0]), one.blocks, one.data, items, one.classes)
        online = measures.Score(float(length.online.mean()), *percentiles(one.code), items)
        if name == "control":
            self._add(layer, "train", "control_codelength", online)
            return
        uniform = float(length.uniform[0])
        self._add(layer, "train", "codelength", online)
        self._add(layer, "train", "uniform_codelength", measures.Score(uniform, uniform, uniform, items))
        squeezed = measures.Score(uniform / online.value, *percentiles(one.uniform / one.code), items)
        self._add(layer, "train", "compression", squeezed)
        self._add(layer, "train", "model_codelength", measures.Score(float(length.model.mean()), *percentiles(one.model), items))

    def _information(self, layer: int, name: str, log2p: Sequence[np.ndarray]) -> None:
        """The mean over seeds of what their probes tell."""
        items = self._items[name]
        given = np.mean([_gold(p, items.label) for p in log2p], 0)
        self._add(layer, name, "v_entropy", average(-given, items.sentence))
        self._add(layer, name, "v_information", information(self._prior[items.label], given, items.sentence))
        if layer == 0:
            self._base_bits[name] = given

    def _conditional(self, layer: int, vectors: dict[str, np.ndarray]) -> None:
        """What the layer adds to layer 0, which comes first."""
        if layer == 0:
            self._base = vectors
        if layer == 0 or not self._base:
            return
        both = {name: np.hstack([self._base[name], vectors[name]]) for name in vectors}
        labels = self._items["train"].label, self._items["dev"].label
        problem = Problem("task", *labels, self._classes, self._seeds[0])
        probe = self._family.fit(both["train"], both["dev"], [problem], self._options, lambda _done, _total: None)[0]
        for name in self._tests:
            items = self._items[name]
            given = _gold(probe.log2_probabilities(both[name]), items.label)
            added = information(self._base_bits[name], given, items.sentence)
            self._add(layer, name, "conditional_v_information", added)


def _gold(log2p: np.ndarray, label: np.ndarray) -> np.ndarray:
    return log2p[np.arange(len(label)), label].astype(np.float64)


def _labels(
    name: str, drawn: Sequence[tuple[np.ndarray, np.ndarray]], choose: np.ndarray, read: np.ndarray, classes: int
) -> Labels:
    train, dev = np.stack([one for one, _ in drawn]), np.stack([one for _, one in drawn])
    return Labels(name, train, np.where(choose, dev, -1), np.where(read, dev, -1), classes)
