"""Slot F1 and Matthews correlation against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import matthews_corrcoef

from probing.measures import MEASURES, scores
from probing.measures.matthews import margins, mcc
from probing.measures.slots import slot_f1

TAGS = ("B-LOC", "B-PER", "I-LOC", "I-PER", "O")


def coded(tags: str) -> np.ndarray:
    return np.array([TAGS.index(tag) for tag in tags.split()])


# Two sentences of four words: the gold spans are PER 0-2, LOC 3 and PER 1-3.
GOLD = coded("B-PER I-PER O B-LOC O B-PER I-PER O")
SENTENCE = np.array([3, 3, 3, 3, 9, 9, 9, 9])
WORD = np.array([0, 1, 2, 3, 0, 1, 2, 3])


@pytest.mark.parametrize(
    ("predicted", "f1"),
    [
        ("B-PER I-PER O B-LOC O B-PER I-PER O", 1.0),
        ("O I-PER O B-LOC O B-PER I-PER O", 2 * 2 / (3 + 3)),  # a first word lost: the span is another
        ("I-PER I-PER O I-LOC O B-PER I-PER O", 1.0),  # I- where nothing is open begins a span
        ("B-PER I-LOC O B-LOC O O O O", 2 * 1 / (3 + 3)),  # PER 0, LOC 1, LOC 3: one is right
        ("B-PER I-PER O B-PER O B-PER B-PER O", 2 * 1 / (3 + 4)),
        ("O O O O O O O O", 0.0),
    ],
)
def test_slot_f1_by_hand(predicted: str, f1: float) -> None:
    score = slot_f1([coded(predicted)], GOLD, SENTENCE, WORD, TAGS)
    assert score.value == pytest.approx(f1)
    assert score.n == 3, "gold spans"
    assert score.lower <= score.value <= score.upper


def test_a_span_ends_with_its_sentence_and_where_a_word_is_missing() -> None:
    tags = coded("B-PER I-PER I-PER")
    over = slot_f1([tags], tags, np.array([0, 0, 1]), np.array([0, 1, 0]), TAGS)
    assert (over.value, over.n) == (1.0, 2)
    gap = slot_f1([tags], tags, np.array([0, 0, 0]), np.array([0, 1, 3]), TAGS)
    assert (gap.value, gap.n) == (1.0, 2)
    whole = slot_f1([tags], tags, np.array([0, 0, 0]), np.array([0, 1, 2]), TAGS)
    assert (whole.value, whole.n) == (1.0, 1)


def test_slot_f1_is_the_mean_over_seeds_and_0_without_spans() -> None:
    both = slot_f1([GOLD, coded("O O O O O O O O")], GOLD, SENTENCE, WORD, TAGS)
    assert both.value == pytest.approx(0.5)
    none = coded("O O O O O O O O")
    assert slot_f1([none], none, SENTENCE, WORD, TAGS).value == 0.0


def test_mcc_by_hand_and_as_scikit_learn() -> None:
    gold = np.array([1, 1, 1, 0, 0, 1])
    predicted = np.array([1, 1, 0, 0, 1, 1])
    log2p = np.log2(np.where(predicted[:, None] == np.arange(2), 0.9, 0.1))
    found = scores(log2p, gold, np.arange(6))["mcc"]
    # 3 hits, 1 miss, 1 false alarm, 1 rejection: (3·1 − 1·1) / √(4·4·2·2)
    assert found.value == pytest.approx(2 / 8)
    assert found.value == pytest.approx(matthews_corrcoef(gold, predicted))
    constant = scores(np.log2(np.tile([0.1, 0.9], (6, 1))), gold, np.arange(6))["mcc"]
    assert constant.value == 0.0


def test_mcc_is_read_of_two_classes_alone() -> None:
    log2p = np.log2(np.full((4, 3), 1 / 3))
    assert "mcc" not in scores(log2p, np.array([0, 1, 2, 0]), np.arange(4))
    assert MEASURES.get("mcc").classes == 2


def whole(gold: np.ndarray, predicted: np.ndarray, classes: int) -> float:
    return float(mcc(margins(gold, predicted, classes).sum(0, keepdims=True))[0])


def test_mcc_of_several_classes() -> None:
    draw = np.random.default_rng(0)
    gold, predicted = draw.integers(0, 4, 60), draw.integers(0, 4, 60)
    assert whole(gold, predicted, 4) == pytest.approx(matthews_corrcoef(gold, predicted))
    assert whole(gold, gold, 4) == pytest.approx(1.0)
    assert whole(gold, np.zeros(60, np.int64), 4) == 0.0
    halves = gold % 2
    assert whole(halves, 1 - halves, 2) == pytest.approx(-1.0)


def test_mcc_of_sentences_with_several_items_is_that_of_all_items() -> None:
    draw = np.random.default_rng(1)
    gold, predicted = draw.integers(0, 2, 40), draw.integers(0, 2, 40)
    log2p = np.log2(np.where(predicted[:, None] == np.arange(2), 0.9, 0.1))
    found = scores(log2p, gold, draw.integers(0, 7, 40))["mcc"]
    assert found.value == pytest.approx(matthews_corrcoef(gold, predicted))
    assert found.lower < found.value < found.upper
