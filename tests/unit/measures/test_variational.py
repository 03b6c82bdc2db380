"""The variational codelength by hand: parts that add up, bits, and what a bootstrap may move."""

from __future__ import annotations

import math

import numpy as np
import pytest

from probing.measures.variational import Code, messages

SENTENCE = np.array([0, 0, 1, 1, 5])


def test_by_hand() -> None:
    code = Code(12.0, np.array([1.0, 2.0, 0.5, 0.5, np.nan]), "2-1-1")
    assert code.length == 16
    found = messages([code], SENTENCE, 8)
    assert found["variational_codelength"].value == 16
    assert found["variational_model_codelength"].value == 12
    assert found["variational_compression"].value == pytest.approx(4 * 3 / 16)
    assert {score.n for score in found.values()} == {4}


def test_the_model_is_paid_once_whatever_sentences_are_drawn() -> None:
    draw = np.random.default_rng(0)
    data, sentence = draw.exponential(2, 600), np.arange(600) // 6
    score = messages([Code(500.0, data, "")], sentence, 4)["variational_codelength"]
    # Sums of six items over a hundred sentences: their deviation is √600 · 2.
    assert score.upper - score.lower == pytest.approx(2 * 1.96 * math.sqrt(600) * 2, rel=0.25)
    assert score.lower < score.value < score.upper
    model = messages([Code(500.0, data, "")], sentence, 4)["variational_model_codelength"]
    assert (model.lower, model.value, model.upper) == (500, 500, 500)


def test_seeds_are_averaged_and_widen_the_interval() -> None:
    data = np.ones(5)
    found = messages([Code(10.0, data, ""), Code(30.0, data, "")], np.zeros(5, int), 2)
    assert found["variational_codelength"] == (25, 15, 35, 5)
    assert found["variational_model_codelength"] == (20, 10, 30, 5)
    assert found["variational_compression"].value == pytest.approx((5 / 15 + 5 / 35) / 2)
