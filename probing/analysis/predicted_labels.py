"""What stored probes of labels predict for a sentence that nobody annotated, at every layer, and where two checkpoints differ. NumPy alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from probing.analysis.differences import matched
from probing.probes.fitted import read_out

WHOLE = "the sentence"  # stands for the word in a task that gives one label to a sentence


@dataclass(frozen=True)
class LabelReading:
    """W words (or the one sentence, called WHOLE) as the probes of one checkpoint read them at its `layers`, of `depth` in all.

    `present` bool [W]: whether the word has a vector; `chances` [L, W, K]: the probability of each of the K `classes`, NaN where it has none.
    """

    name: str
    depth: int
    words: tuple[str, ...]
    classes: tuple[str, ...]
    layers: tuple[int, ...]
    present: np.ndarray
    chances: np.ndarray

    def label(self, layer: int, word: int) -> str | None:
        """The likeliest label at a layer; None for a word without a vector."""
        if not self.present[word]:
            return None
        return self.classes[int(self.chances[self.layers.index(layer), word].argmax())]

    def chance(self, layer: int, word: int) -> float:
        """The probability of that label."""
        return float(self.chances[self.layers.index(layer), word].max())

    def likeliest(self, layer: int, word: int, most: int = 3) -> list[tuple[str, float]]:
        """The `most` likeliest labels with their probabilities, by falling probability."""
        chances = self.chances[self.layers.index(layer), word]
        return [(self.classes[index], float(chances[index])) for index in np.argsort(-chances, kind="stable")[:most]]

    def table(self) -> pd.DataFrame:
        """A row for each layer, word (`position` counts from 1) and class, with its probability; the likeliest class first."""
        layers, words, classes = self.chances.shape
        place = np.indices(self.chances.shape).reshape(3, -1)
        place[2] = np.argsort(-self.chances, axis=2, kind="stable").reshape(-1)
        return pd.DataFrame(
            {
                "checkpoint": [self.name] * (layers * words * classes),
                "layer": np.array(self.layers)[place[0]],
                "position": place[1] + 1,
                "word": np.array(self.words, dtype=object)[place[1]],
                "label": np.array(self.classes, dtype=object)[place[2]],
                "probability": self.chances[tuple(place)],
            }
        )


def predict_labels(
    name: str,
    depth: int,
    words: Sequence[str],
    classes: Sequence[str],
    probes: Mapping[str, np.ndarray],
    seed: int,
    present: np.ndarray,
    vectors: Mapping[int, np.ndarray],
) -> LabelReading:
    """`probes` are a cell's arrays by `LAYER/SEED/NAME` (and `LAYER/projection/NAME`); `vectors` [W, D] of each layer."""
    layers = tuple(sorted(vectors))
    present = np.asarray(present, dtype=bool)
    chances = np.full((len(layers), len(words), len(classes)), np.nan)
    for row, layer in enumerate(layers):
        state, projection = under(probes, f"{layer}/{seed}/"), under(probes, f"{layer}/projection/")
        chances[row, present] = np.exp2(read_out(state, vectors[layer][present], projection).astype(np.float64))
    return LabelReading(name, depth, tuple(words), tuple(classes), layers, present, chances)


def under(arrays: Mapping[str, np.ndarray], beginning: str) -> dict[str, np.ndarray]:
    """The arrays whose name begins so, by the rest of it."""
    return {name.removeprefix(beginning): array for name, array in arrays.items() if name.startswith(beginning)}


class Difference(NamedTuple):
    """A word that two checkpoints label differently, in one way, at `layers` of the second: `first` and `second` are the labels."""

    word: int
    first: str
    second: str
    layers: tuple[int, ...]
    certainty: float  # the sum over the layers of the smaller of the two probabilities


def differing(base: LabelReading, other: LabelReading) -> set[tuple[int, int]]:
    """(layer of `other`, word) where the label is another than that of the base at the same layer (the nearest relative depth)."""
    return {(layer, word) for layer, word, first, second, _ in _pairs(base, other) if first != second}


def differences(base: LabelReading, other: LabelReading) -> list[Difference]:
    """The ways in which words are labelled differently, that of most layers first; of as many, the one of which both are surest."""
    found: dict[tuple[int, str, str], list[tuple[int, float]]] = {}
    for layer, word, first, second, sure in _pairs(base, other):
        if first != second:
            found.setdefault((word, first, second), []).append((layer, sure))
    every = [Difference(*key, tuple(layer for layer, _ in at), sum(sure for _, sure in at)) for key, at in found.items()]
    return sorted(every, key=lambda one: (-len(one.layers), -one.certainty))


def _pairs(base: LabelReading, other: LabelReading) -> Iterator[tuple[int, int, str, str, float]]:
    """Layer of the other, word, both labels, and the smaller of their probabilities, of words that have a vector in both."""
    for first, second in matched(base.layers, base.depth, other.layers, other.depth):
        for word in np.flatnonzero(base.present & other.present).tolist():
            labels = base.label(first, word), other.label(second, word)
            yield second, word, str(labels[0]), str(labels[1]), min(base.chance(first, word), other.chance(second, word))


def headline(base: LabelReading, others: Sequence[LabelReading]) -> str:
    """A sentence on each compared checkpoint, what differs most first; of the base alone, where a label changes over the layers."""
    return "\n".join(_compared(base, other) for other in others) or _alone(base)


def _compared(base: LabelReading, other: LabelReading) -> str:
    found = differences(base, other)
    if not found:
        return f"{other.name} reads {_every(base)} as {base.name} does, at every layer."
    most = found[0]
    cells = len(other.layers) * int((base.present & other.present).sum())
    told = (
        f"At {spoken(most.layers)} {other.name} reads {_quoted(other, most.word)} as {most.second}, {base.name} as {most.first}"
    )
    depths = {second: first for first, second in matched(base.layers, base.depth, other.layers, other.depth)}
    beside = sorted({depths[layer] for layer in most.layers})
    if beside != list(most.layers):
        told += f" at {spoken(beside)}, at the same share of its depth"
    return f"{told} ({sum(len(one.layers) for one in found)} of {cells} cells differ)."


def _alone(reading: LabelReading) -> str:
    """The word whose last label comes latest; it is the one on which the layers disagree most."""
    latest: tuple[int, int] | None = None
    for word in np.flatnonzero(reading.present).tolist():
        labels = [reading.label(layer, word) for layer in reading.layers]
        changed = max((row for row in range(1, len(labels)) if labels[row] != labels[row - 1]), default=0)
        if changed and (latest is None or changed > latest[0]):
            latest = changed, word
    if not reading.present.any():
        return f"{reading.name} has no vector for these words."
    if latest is None:
        return f"{reading.name} reads {_every(reading)} alike at every layer."
    row, word = latest
    before, after = reading.layers[row - 1], reading.layers[row]
    return (
        f"From layer {after} on {reading.name} reads {_quoted(reading, word)} as {reading.label(after, word)}, at layer {before} as "
        f"{reading.label(before, word)}."
    )


def _quoted(reading: LabelReading, word: int) -> str:
    """The word in quotes, with which one it is where it occurs more than once."""
    form = reading.words[word]
    if form == WHOLE:
        return form
    again = [place for place, other in enumerate(reading.words) if other == form]
    return f"“{form}”" + (f" (word {word + 1})" if len(again) > 1 else "")


def _every(reading: LabelReading) -> str:
    return WHOLE if reading.words == (WHOLE,) else "every word"


def spoken(layers: Sequence[int]) -> str:
    """`layer 2`, `layers 1 to 3`, `layers 0, 2 and 4 to 6`."""
    stretches: list[list[int]] = []
    for layer in sorted(layers):
        if stretches and layer == stretches[-1][-1] + 1:
            stretches[-1].append(layer)
        else:
            stretches.append([layer])
    parts = []
    for stretch in stretches:
        parts += [f"{stretch[0]} to {stretch[-1]}"] if len(stretch) > 2 else [str(layer) for layer in stretch]
    told = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    return f"layer{'s' if len(layers) > 1 else ''} {told}"
