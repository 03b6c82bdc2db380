"""How similar the layers of two checkpoints are, read from their vectors of the same items."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from cache.activations import Reader
from probing.comparisons import MOST, SAMPLE_SEED, SPLIT, Pair
from probing.errors import BadInput
from probing.extraction.extract import Progress
from probing.measures import similarity
from probing.measures.measure import Score

Row = dict[str, Any]


def answer(
    pair: Pair, forms: list[tuple[str, ...]], readers: list[Reader], kind: str, progress: Progress
) -> tuple[list[Row], list[str]]:
    """Rows of the pair and notes: of the words or sentences (`kind`) of `forms`, which each checkpoint's reader has the vectors of."""
    sentence, word, notes = _items(forms, readers, kind)

    def vectors(reader: Reader, layer: int) -> np.ndarray:
        return reader.sentence_vectors(layer, sentence) if word is None else reader.words(layer, sentence, word)

    stage = f"{pair.first.name} and {pair.second.name}: comparing layers"
    rows = compare(
        partial(vectors, readers[0]),
        pair.first_layers,
        partial(vectors, readers[1]),
        pair.second_layers,
        sentence,
        partial(progress, stage),
    )
    return [row | {"split": SPLIT, "setting": row["setting"] | {"items": kind}} for row in rows], notes


def compare(
    first: Callable[[int], np.ndarray],
    first_layers: tuple[int, ...],
    second: Callable[[int], np.ndarray],
    second_layers: tuple[int, ...],
    sentence: np.ndarray,
    progress: Callable[[int, int], None],
) -> list[Row]:
    """Rows `cka cka_debiased procrustes rsa` of every pair of layers: `layer` is the first's, `second_layer` in the setting the second's.

    `first` and `second` give a layer's vectors of the same N items [N, D], which stand in `sentence` [N]. The first's layers are held together,
    the second's one after another.
    """
    sample = similarity.chosen(len(sentence), similarity.MOST_RSA, SAMPLE_SEED)
    held = {}
    for layer in first_layers:
        vectors = first(layer)
        view = similarity.CentredLayer.of(vectors)
        held[layer] = (view, similarity.shares(view, view), similarity.distance_ranks(vectors[sample]))
    rows: list[Row] = []
    total = len(first_layers) * len(second_layers)
    for other in second_layers:
        vectors = second(other)
        view = similarity.CentredLayer.of(vectors)
        own, ranks = similarity.shares(view, view), similarity.distance_ranks(vectors[sample])
        for layer, (mine, mine_own, mine_ranks) in held.items():
            progress(len(rows) // 4, total)
            cross = similarity.product(mine, view)
            found = similarity.cka(similarity.shares(mine, view, cross), mine_own, own, sentence)
            found["procrustes"] = _bare(similarity.procrustes(mine, view, cross), len(sentence))
            found["rsa"] = _bare(similarity.rsa(mine_ranks, ranks), len(sample))
            rows += [
                {"layer": layer, "setting": {"second_layer": other}, "metric": name} | score._asdict()
                for name, score in found.items()
            ]
    progress(total, total)
    return rows


def _bare(value: float, n: int) -> Score:
    """A value that has no interval."""
    return Score(value, float("nan"), float("nan"), n)


def _items(forms: list[tuple[str, ...]], readers: list[Reader], kind: str) -> tuple[np.ndarray, np.ndarray | None, list[str]]:
    """The sentence [N] and place of at most `MOST` items that have a vector from both (no place: a whole sentence), and what was left out.
    Raises BadInput for too few."""
    counts = np.array([len(one) for one in forms], dtype=np.int64)
    if kind == "words":
        sentence = np.repeat(np.arange(len(forms)), counts)
        word = np.arange(len(sentence)) - np.repeat(np.cumsum(counts) - counts, counts)
        there = np.logical_and.reduce([reader.present(sentence, word) for reader in readers])
        sentence, word = sentence[there], word[there]
    else:
        sentence, word, there = np.arange(len(forms)), None, np.ones(len(forms), dtype=bool)
    if len(sentence) < similarity.FEWEST:
        raise BadInput(
            f"Only {len(sentence)} {kind} have vectors from both checkpoints, which is too few to compare: take more text."
        )
    sampled = similarity.chosen(len(sentence), MOST, SAMPLE_SEED)
    notes = []
    if len(sampled) < len(sentence):
        notes.append(f"Similarity reads {len(sampled):,} of {len(sentence):,} {kind}, sampled under seed {SAMPLE_SEED}.")
    if not there.all():
        notes.append(f"{int((~there).sum()):,} words without a vector from both checkpoints are left out of similarity.")
    return sentence[sampled], None if word is None else word[sampled], notes
