"""The vectors of items at each level, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from probing.cells.vectors import Split, read, spans
from probing.tasks.task import Items, Places


class Counting:
    """Word w of sentence s is [100 s + w, layer]; a sentence is [s, 1]."""

    def words(self, layer: int, sentence: np.ndarray, word: np.ndarray) -> np.ndarray:
        return np.stack([100 * sentence + word, np.full(len(word), layer)], 1).astype(np.float32)

    def sentence_vectors(self, layer: int, sentence: np.ndarray) -> np.ndarray:
        return np.stack([sentence, np.ones(len(sentence))], 1).astype(np.float32)


READER: Any = Counting()


def array(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int32)


def split(items: Items, second: Places | None = None) -> Split:
    return Split(items, items.sentence, [], 0, second)


def test_a_span_is_the_mean_of_its_words() -> None:
    found = spans(READER, 3, array(0, 2, 1), array(1, 0, 5), array(4, 1, 7))
    np.testing.assert_array_equal(found, [[2, 3], [200, 3], [105.5, 3]])


def test_an_edge_is_one_span_after_the_other() -> None:
    items = Items(array(0, 1), array(0, 2), array(0, 0), array(1, 4), Places(array(0, 1), array(2, 0), array(3, 2)))
    np.testing.assert_array_equal(read(READER, 0, split(items, items.second), "edge"), [[0, 0, 2, 0], [102.5, 0, 100.5, 0]])


def test_a_pair_of_sentences_is_both_their_difference_and_their_product() -> None:
    items = Items(array(2), array(-1), array(0), None, Places(array(5), array(-1), array(-1)))
    np.testing.assert_array_equal(read(READER, 0, split(items, items.second), "pair"), [[2, 1, 5, 1, 3, 0, 10, 1]])


def test_items_are_kept_with_all_their_parts() -> None:
    items = Items(array(0, 1), array(0, 2), array(0, 1), array(1, 4), Places(array(0, 1), array(2, 0), array(3, 2)), np.ones(2))
    kept = items.select(np.array([False, True]))
    assert kept.second is not None
    assert (kept.word.tolist(), kept.second.begin.tolist(), len(kept)) == ([2], [0], 1)
    assert list(items.places) == ["sentence", "word", "end", "second_sentence", "second_word", "second_end"]
    assert kept.number is not None
    assert len(kept.number) == 1
