"""F1 of whole slots: spans told by BIO tags, gold against predicted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from probing.corpora.bio import spans
from probing.measures.measure import MEASURES, Measure, Score
from probing.measures.scoring import resampled


def slot_f1(
    predicted: Sequence[np.ndarray], gold: np.ndarray, sentence: np.ndarray, word: np.ndarray, tags: Sequence[str]
) -> Score:
    """Micro-averaged F1 of spans, the mean over seeds: `predicted` [N] a seed, `gold` [N], both indices of `tags`.

    Items stand at `word` [N] of `sentence` [N], in the order of the text; where a word between two others is missing, a span ends. The
    interval is a bootstrap over sentences and seeds; 0 where there is no span at all. `n` counts the gold spans.
    """
    ids, index = np.unique(sentence, return_inverse=True)
    true = _found(gold, index, word, tags)
    sums = []
    for answers in predicted:
        predicted_spans = _found(answers, index, word, tags)
        columns = np.zeros((len(ids), 3))
        for column, some in enumerate((true & predicted_spans, true, predicted_spans)):
            np.add.at(columns[:, column], [place for place, *_ in some], 1)
        sums.append(columns)
    return resampled(sums, f1, len(true))


def f1(totals: np.ndarray) -> np.ndarray:
    """[B, 3] (found rightly, gold, predicted) → [B]."""
    both = totals[:, 1] + totals[:, 2]
    return np.divide(2 * totals[:, 0], both, out=np.zeros_like(both), where=both > 0)


def _found(labels: np.ndarray, index: np.ndarray, word: np.ndarray, tags: Sequence[str]) -> set[tuple[int, int, int, str]]:
    """Sentence, first word, the word after the last and type of every span."""
    return {
        (int(index[begin]), int(word[begin + first]), int(word[begin + first]) + last - first, kind)
        for begin, end in _runs(index, word)
        for first, last, kind in spans([tags[label] for label in labels[begin:end]])
    }


def _runs(index: np.ndarray, word: np.ndarray) -> Iterator[tuple[int, int]]:
    """Stretches of items that stand side by side in one sentence."""
    if not len(index):
        return
    breaks = np.flatnonzero((np.diff(index) != 0) | (np.diff(word) != 1)) + 1
    yield from zip([0, *breaks.tolist()], [*breaks.tolist(), len(index)], strict=True)


MEASURES.register(
    Measure(
        name="slot_f1",
        title="Slot F1",
        measures="F1 of whole spans of BIO tags, micro-averaged: a slot counts where its first word, its last word and its type "
        "are all right.",
        assumes="Tags are read as conlleval reads them: a tag I- where nothing of its type is open begins a span. A word "
        "without a vector ends a span.",
        misleads="Each word is tagged on its own, without its neighbours' tags, so it lies below what a tagger with a sequence "
        "model reaches.",
        source="Tjong Kim Sang & Buchholz 2000 (aclanthology.org/W00-0726), whose conlleval seqeval follows by default",
        unit="fraction",
        sources=("labels", "training"),
        formula=slot_f1,
        short="Slot F1",
        axis="F1 of spans (slots)",
        better="more",
        menus={"labels": 7},
        some=True,
    )
)
