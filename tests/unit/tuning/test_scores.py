"""Scores against cases computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from probing.measures.slots import f1
from probing.tuning.data import Example, Examples, Names
from probing.tuning.scores import HeadPredictions, found_chunks, score


def test_slot_f1_counts_whole_chunks_of_the_corpus() -> None:
    tags = ("O", "B-a", "I-a", "B-b")
    # True: a at 0–1, b at 3. Said: a at 0–0, b at 3.
    counts = found_chunks(np.array([1, 2, 0, 3]), np.array([1, 0, 0, 3]), tags)
    assert counts.tolist() == [1, 2, 2]
    assert f1(counts[None])[0] == pytest.approx(0.5)
    assert f1(np.zeros((1, 3)))[0] == 0.0


def asked(labels: list[int], classes: Names) -> Examples:
    return Examples("classification", {"dev": [Example(("a",), None, label, None) for label in labels]}, classes, Names(), {})


def test_a_label_that_train_lacks_is_wrong_whatever_is_said() -> None:
    found = score(asked([0, 1, 2, 2], Names(("a", "b"), ("c",))), "dev", HeadPredictions(np.array([0, 1, 0, 1]), None))
    assert found.scores["accuracy"].value == 0.5
    assert not found.collapsed


def test_intervals_hold_their_value_and_one_class_throughout_is_a_collapse() -> None:
    labels = [0, 1, 1, 1] * 20
    found = score(asked(labels, Names(("a", "b"))), "dev", HeadPredictions(np.ones(80, dtype=np.int64), None))
    assert found.collapsed
    accuracy = found.scores["accuracy"]
    assert accuracy.lower < 0.75 == accuracy.value < accuracy.upper
    assert accuracy.n == 80
    assert found.scores["mcc"].value == 0.0
    better = score(asked(labels, Names(("a", "b"))), "dev", HeadPredictions(np.array(labels), None))
    assert not better.collapsed
    assert better.choice("classification") == pytest.approx(1.0)
