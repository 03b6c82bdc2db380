"""The vectors of a task's items: which items have one, how they are read at a layer, and those of a baseline beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cache.activations import Reader
from probing.cells.work import BaselineVectors, Draft, Work
from probing.errors import BadInput
from probing.runs import RunSpec
from probing.solvers.standardise import Standardiser
from probing.tasks import control
from probing.tasks.task import Items, Level, Places

ROWS = 8192  # vectors that are projected at a time


@dataclass(frozen=True)
class Split:
    """The items of one split that have a vector: `position` [N] indexes the reader's sentences, as `second` does for a pair's other half."""

    items: Items
    position: np.ndarray
    types: list[str]
    without_vector: int
    second: Places | None = None


def prepare(work: Work) -> tuple[Draft, dict[str, Split], list[str]]:
    """An empty answer that notes the items without a vector, the items with one by split, and the names of the test splits."""
    draft, splits = Draft(work, work.labelled.notes), {name: _usable(work, name) for name in work.labelled.splits}
    draft.notes += [
        f"{work.cell.checkpoint.name}, {work.cell.task}, {name}: {split.without_vector:,} items left out because their word has no vector."
        for name, split in splits.items()
        if split.without_vector
    ]
    return draft, splits, [name for name in splits if name not in ("train", "dev")]


def _usable(work: Work, name: str) -> Split:
    """The items of a split that have a vector from every reader; a span has one where all its words have."""
    items, offset = work.labelled.splits[name], work.offsets[name]
    readers = [work.reader, *([work.baseline.reader] if work.baseline else [])]
    keep = np.ones(len(items), dtype=bool)
    if work.labelled.level not in ("sentence", "pair"):
        for reader in readers:
            keep &= _present(reader, items.sentence + offset, items.word, items.end)
            if items.second is not None:
                keep &= _present(reader, items.second.sentence + offset, items.second.begin, items.second.end)
    usable = items.select(keep)
    types = control.types_of(work.sentences[name], usable, work.cell.checkpoint.facts.uncased)
    second = usable.second and Places(usable.second.sentence + offset, usable.second.begin, usable.second.end)
    return Split(usable, usable.sentence + offset, types, int((~keep).sum()), second)


@dataclass(frozen=True)
class Projection:
    """Vectors of checkpoints that differ in width, brought to d numbers: standardise, then take the first d principal components.

    `axes` [D, d] are orthonormal, by falling variance.
    """

    standardiser: Standardiser
    axes: np.ndarray

    @classmethod
    def of(cls, train: np.ndarray, dimension: int) -> Projection:
        """From train's vectors [N, D] alone. Raises BadInput where they have fewer than `dimension` numbers."""
        if train.shape[1] < dimension:
            raise BadInput(f"Vectors of {train.shape[1]} numbers cannot be brought to {dimension}: take a smaller --dimension.")
        standardiser = Standardiser.of(train)
        second = np.zeros((train.shape[1], train.shape[1]))
        for start in range(0, len(train), ROWS):
            rows = standardiser.apply(train[start : start + ROWS])
            second += rows.T @ rows
        _, axes = np.linalg.eigh(second)
        return cls(standardiser, np.ascontiguousarray(axes[:, ::-1][:, :dimension]).astype(np.float32))

    def apply(self, vectors: np.ndarray) -> np.ndarray:
        """[N, D] → [N, d] fp32."""
        result = np.empty((len(vectors), self.axes.shape[1]), np.float32)
        for start in range(0, len(vectors), ROWS):
            np.matmul(self.standardiser.apply(vectors[start : start + ROWS]), self.axes, out=result[start : start + ROWS])
        return result

    @property
    def state(self) -> dict[str, np.ndarray]:
        """What a stored probe needs beside its own weights, since it reads projected vectors."""
        return {"mean": self.standardiser.mean, "scale": self.standardiser.scale, "axes": self.axes}


class Vectors:
    """Reads the vectors of every split's items, and brings them to `dimension` numbers where one is requested."""

    def __init__(self, splits: dict[str, Split], level: Level, dimension: int | None) -> None:
        self.splits, self._level, self._dimension = splits, level, dimension

    def layer_bytes(self, reader: Reader) -> int:
        """How much memory the vectors of one layer take as they are read."""
        each = {"edge": 2, "pair": 4}.get(self._level, 1) * reader.width * 4
        return each * sum(len(split.items) for split in self.splits.values())

    def of(self, reader: Reader, layer: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """A layer's vectors [N, D] by split, and the projection's arrays, none where there is none."""
        vectors = {name: read(reader, layer, split, self._level) for name, split in self.splits.items()}
        if self._dimension is None:
            return vectors, {}
        projection = Projection.of(vectors["train"], self._dimension)
        return {name: projection.apply(rows) for name, rows in vectors.items()}, projection.state


@dataclass(frozen=True)
class Base:
    """What a representation adds to it is measured: one probe reads its vectors, one both side by side (Hewitt et al. 2021). `vectors` [N, D] by
    split, reported in rows by `setting`.

    `layer` is the layer of the cell's own that it is by default, which has nothing to add to itself; None where it was requested.
    """

    vectors: dict[str, np.ndarray]
    setting: dict[str, Any]
    layer: int | None

    @classmethod
    def of(cls, spec: RunSpec, baseline: BaselineVectors, read: Vectors) -> Base:
        by_default = spec.conditional_on is None
        setting = {} if by_default else {"baseline": spec.conditional_on}
        return cls(read.of(baseline.reader, baseline.layer)[0], setting, baseline.layer if by_default else None)

    def beside(self, vectors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """[B; φ] by split. A probe of the base alone needs no zeros in the second half's place: they are dead dimensions."""
        return {name: np.hstack([self.vectors[name], vectors[name]]) for name in vectors}


def read(reader: Reader, layer: int, split: Split, level: Level) -> np.ndarray:
    """float32 [N, D] of words, sentences and spans (the mean of their words); [N, 2D] of edges, one span after the other; [N, 4D] of pairs
    of sentences: u, v, |u - v| and u * v (Conneau et al. 2017, arXiv 1705.02364)."""
    items = split.items
    if level == "word":
        return reader.words(layer, split.position, items.word)
    if level == "sentence":
        return reader.sentence_vectors(layer, split.position)
    second = split.second
    if level == "pair":
        assert second is not None, "a pair has another sentence"
        u, v = (reader.sentence_vectors(layer, where) for where in (split.position, second.sentence))
        return np.hstack([u, v, np.abs(u - v), u * v])
    assert items.end is not None, "a span has an end"
    first = spans(reader, layer, split.position, items.word, items.end)
    return first if second is None else np.hstack([first, spans(reader, layer, second.sentence, second.begin, second.end)])


def spans(reader: Reader, layer: int, sentence: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """float32 [N, D]: the mean of the vectors of words `begin` to before `end` of sentence [N]."""
    rows, words = unrolled(sentence, begin, end)
    sizes = end - begin
    if (sizes == 1).all():
        return reader.words(layer, sentence, begin)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    sums = np.add.reduceat(reader.words(layer, rows, words), starts, axis=0)
    return (sums / sizes[:, None]).astype(np.float32)


def _present(reader: Reader, sentence: np.ndarray, begin: np.ndarray, end: np.ndarray | None) -> np.ndarray:
    if end is None:
        return reader.present(sentence, begin)
    if not len(sentence):
        return np.empty(0, dtype=bool)
    rows, words = unrolled(sentence, begin, end)
    starts = np.concatenate([[0], np.cumsum(end - begin)[:-1]])
    return np.logical_and.reduceat(reader.present(rows, words), starts)


def unrolled(sentence: np.ndarray, begin: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each word of each span: its sentence, and its place in it."""
    sizes = end - begin
    within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.repeat(sentence, sizes), np.repeat(begin, sizes) + within
