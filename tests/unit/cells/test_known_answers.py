"""Decodability where the answer is known: a source of known entropy, two separable classes, one bit coded linearly or as XOR."""

from __future__ import annotations

import math

import numpy as np
import pytest

from probing import probes
from probing.cells.curves import Curve, Labels, curves, halves
from probing.measures import curve
from probing.measures.information import information, prior
from probing.probes.family import ProbeOptions, Problem

TRAIN, DEV = 4000, 1200


def found(vectors: np.ndarray, gold: np.ndarray, classes: int, family: str = "linear", seeds: int = 3) -> Curve:
    sentences = np.arange(TRAIN) // 10, np.arange(DEV) // 10
    choose, read = halves(sentences[1])
    train, dev = gold[:TRAIN].astype(np.int32), gold[TRAIN:].astype(np.int32)
    labels = Labels("task", train[None], np.where(choose, dev, -1)[None], np.where(read, dev, -1)[None], classes)
    pair = vectors[:TRAIN].astype(np.float32), vectors[TRAIN:].astype(np.float32)
    return curves(
        probes.FAMILIES.get(family), pair, sentences, [labels], range(seeds), ProbeOptions(width=16), lambda _done, _total: None
    )[0]


def source(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors, labels drawn from a softmax of them, and the bits [N] that each vector leaves: H(Y|X = x)."""
    draw = np.random.default_rng(seed)
    vectors = draw.normal(size=(TRAIN + DEV, 6))
    logits = vectors @ draw.normal(size=(6, 4)) * 1.5
    chance = np.exp(logits - logits.max(1, keepdims=True))
    chance /= chance.sum(1, keepdims=True)
    gold = (draw.random(len(chance))[:, None] > np.cumsum(chance, 1)).sum(1).clip(max=3)
    return vectors, gold, -(chance * np.log2(chance)).sum(1)


def test_a_source_of_known_entropy_is_met_and_the_code_comes_nearer_with_n() -> None:
    vectors, gold, entropy = source()
    one = found(vectors, gold, 4)
    known = float(entropy.mean())
    assert one.loss.mean(0)[-1] == pytest.approx(known, abs=0.05)
    told = information(prior(gold[:TRAIN], 4)[gold[TRAIN:]], -np.full(DEV, one.loss.mean(0)[-1]), np.arange(DEV) // 10).value
    assert told == pytest.approx(-prior(gold[:TRAIN], 4)[gold[TRAIN:]].mean() - known, abs=0.05)
    sent = int(one.sizes[0]) * 2 + np.cumsum(np.pad(one.blocks, ((0, 0), (1, 0))), 1).mean(0)
    excess = sent / one.sizes - known
    assert (excess > 0).all(), "no code is shorter than the source's entropy"
    assert (np.diff(excess[2:]) < 0).all(), "and it comes nearer as it learns"
    assert excess[-1] < 0.1 < excess[2]


def test_labels_without_a_reason_leave_no_information_and_an_unreached_target() -> None:
    vectors, _, _ = source()
    gold = np.random.default_rng(5).integers(0, 4, len(vectors))
    one = found(vectors, gold, 4)
    lower, upper = np.quantile(2 - one.losses[:, -1], [0.025, 0.975])
    assert lower <= 0.005
    assert upper >= -0.005
    assert np.isinf(curve.sample_complexity(one.sizes, one.loss.mean(0), 1.8))


def test_two_separable_classes_have_no_floor_but_the_rule_for_unseen_ones() -> None:
    draw = np.random.default_rng(0)
    gold = draw.integers(0, 2, TRAIN + DEV)
    vectors = draw.normal(size=(TRAIN + DEV, 4)) * 0.1
    vectors[:, 0] += 3 * (2 * gold - 1)
    one = found(vectors, gold, 2)
    floor = -math.log2(1 - 1 / (TRAIN + 2))  # a right answer after (1 − e) p + e / 2 with e = 2 / (n + 2)
    assert floor <= one.loss.mean(0)[-1] < floor + 0.002
    assert (np.diff(one.loss.mean(0)) < 0).all()


def coded(how: str) -> tuple[np.ndarray, np.ndarray]:
    """One bit in 24 numbers: by the sign of the first, or by whether the signs of the first two agree."""
    draw = np.random.default_rng(1)
    gold = draw.integers(0, 2, TRAIN + DEV)
    signs = draw.choice([-1.0, 1.0], size=len(gold))
    vectors = draw.normal(size=(len(gold), 24)) * 0.3
    vectors[:, 0] += signs if how == "xor" else 2.0 * gold - 1
    if how == "xor":
        vectors[:, 1] += signs * (2.0 * gold - 1)
    return vectors, gold


def test_one_bit_coded_linearly_or_as_xor_is_as_accurate_and_not_as_easy() -> None:
    easy, hard = (found(*coded(how), 2, "mlp", seeds=2) for how in ("linear", "xor"))
    assert easy.accuracy.mean(0)[-1] - hard.accuracy.mean(0)[-1] < 0.02
    assert hard.accuracy.mean(0)[-1] > 0.97
    epsilon = 0.25
    sooner, later = (float(curve.sample_complexity(one.sizes, one.loss.mean(0), epsilon)) for one in (easy, hard))
    assert later > 5 * sooner
    less, more = (float(curve.surplus(one.sizes, one.loss.mean(0), epsilon, 1.0)) for one in (easy, hard))
    assert more > 5 * less


def test_a_linear_probe_reads_nothing_from_xor_and_what_it_adds_is_as_derived() -> None:
    """Given the XOR coding a linear family still lacks the whole bit, so the linear coding adds it; the other way round nothing."""
    (plain, gold), (crossed, _) = coded("linear"), coded("xor")

    def bits(vectors: np.ndarray) -> np.ndarray:
        problem = Problem("task", gold[:TRAIN].astype(np.int32), gold[TRAIN:].astype(np.int32), 2)
        rows = vectors.astype(np.float32)
        (probe,) = probes.FAMILIES.get("linear").fit(
            rows[:TRAIN], rows[TRAIN:], [problem], ProbeOptions(), lambda _done, _total: None
        )
        return probe.log2_probabilities(rows[TRAIN:])[np.arange(DEV), gold[TRAIN:]]

    sentence = np.arange(DEV) // 10
    both = bits(np.hstack([crossed, plain]))
    alone = information(np.full(DEV, -1.0), bits(crossed), sentence)
    assert alone.lower <= 0.002
    assert alone.value == pytest.approx(0, abs=0.01)
    assert information(bits(crossed), both, sentence).value == pytest.approx(
        information(np.full(DEV, -1.0), bits(plain), sentence).value, abs=0.02
    )
    assert information(bits(plain), both, sentence).value == pytest.approx(0, abs=0.01)
