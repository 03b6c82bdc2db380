"""The loss-data curve on planted vectors: nested subsets, codes that add up, labels without a reason."""

from __future__ import annotations

import math

import numpy as np
import pytest

from probing import probes
from probing.cells.curves import Curve, Labels, curves, halves, order
from probing.measures import curve
from probing.measures.codelength import codelength
from probing.probes.family import ProbeOptions

CLASSES, TRAIN, DEV = 4, 2000, 600


def case(strength: float, seed: int = 0) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, np.ndarray]:
    """Vectors of train and dev whose first four numbers tell the label, the more so the stronger; their labels."""
    draw = np.random.default_rng(seed)
    gold = draw.integers(0, CLASSES, TRAIN + DEV)
    vectors = draw.normal(size=(TRAIN + DEV, 12)).astype(np.float32)
    vectors[:, :CLASSES] += strength * np.eye(CLASSES, dtype=np.float32)[gold]
    return (vectors[:TRAIN], vectors[TRAIN:]), gold[:TRAIN].astype(np.int32), gold[TRAIN:].astype(np.int32)


def found(strength: float, family: str = "linear", seeds: int = 3) -> Curve:
    vectors, train, dev = case(strength)
    sentences = np.arange(TRAIN) // 10, np.arange(DEV) // 10
    choose, read = halves(sentences[1])
    labels = Labels("task", train[None], np.where(choose, dev, -1)[None], np.where(read, dev, -1)[None], CLASSES)
    options = ProbeOptions(width=16, rank=3)
    return curves(probes.of_labels(family), vectors, sentences, [labels], range(seeds), options, lambda _done, _total: None)[0]


def test_the_halves_of_dev_share_no_sentence() -> None:
    sentence = np.array([0, 0, 1, 2, 2, 3])
    choose, read = halves(sentence)
    assert not set(sentence[choose]) & set(sentence[read])
    assert (choose ^ read).all()


def test_labels_drawn_uniformly_do_not_compress() -> None:
    random = found(0)
    length = codelength(int(random.sizes[0]), random.blocks, random.data, TRAIN, CLASSES)
    assert length.compression.mean() == pytest.approx(1, abs=0.05)
    lower, upper = np.quantile(random.uniform / random.codes[:, -1], [0.025, 0.975])
    assert lower <= 1.03
    assert upper >= 0.97
    assert np.isinf(curve.sample_complexity(random.sizes, random.loss.mean(0), 1.5))


def test_what_can_be_told_is_told_sooner_where_it_is_plainer() -> None:
    plain, faint = found(6), found(2)
    for one in (plain, faint):
        assert (np.diff(one.loss.mean(0)[3:]) < 0.05).all()
        assert one.loss.mean(0)[0] > one.loss.mean(0)[-1]
    target = float(faint.loss.mean(0)[-1]) + 0.05
    sooner, later = (curve.sample_complexity(one.sizes, one.loss.mean(0), target) for one in (plain, faint))
    assert sooner * 2 < later
    assert codelength(2, plain.blocks, plain.data, TRAIN, CLASSES).compression.mean() > 3


def test_a_code_is_its_blocks_and_replicates_surround_it() -> None:
    one = found(3)
    length = codelength(int(one.sizes[0]), one.blocks, one.data, TRAIN, CLASSES)
    lower, upper = np.quantile(one.codes[:, -1], [0.025, 0.975])
    assert lower < length.online.mean() < upper
    assert one.uniform.mean() == pytest.approx(TRAIN * math.log2(CLASSES), rel=1e-6)
    assert (length.model > 0).all()
    low, high = np.quantile(one.losses, [0.025, 0.975], axis=0)
    assert ((low <= one.loss.mean(0)) & (one.loss.mean(0) <= high)).all()


def test_subsets_are_nested_and_differ_by_seed() -> None:
    assert sorted(order(50, 1)) == list(range(50))
    assert (order(50, 1) == order(50, 1)).all()
    assert (order(50, 1) != order(50, 2)).any()


@pytest.mark.parametrize("family", ["mlp", "low_rank"])
def test_a_family_with_a_seed_of_its_own_has_a_curve(family: str) -> None:
    one = found(4, family, seeds=2)
    assert one.loss.shape == (2, len(one.sizes))
    assert one.loss[:, -1].max() < 1
    assert one.loss[0, -1] != one.loss[1, -1]


def test_a_subset_of_one_class_is_answered_by_that_class() -> None:
    vectors, train, dev = case(3)
    train[:] = np.where(np.isin(np.arange(TRAIN), order(TRAIN, 0)[:4]), 0, train)
    sentences = np.arange(TRAIN) // 10, np.arange(DEV) // 10
    choose, read = halves(sentences[1])
    labels = Labels("task", train[None], np.where(choose, dev, -1)[None], np.where(read, dev, -1)[None], CLASSES)
    one = curves(probes.of_labels("linear"), vectors, sentences, [labels], [0], ProbeOptions(), lambda _done, _total: None)[0]
    share = CLASSES / (one.sizes[0] + CLASSES)
    right, wrong = math.log2(1 - share + share / CLASSES), math.log2(share / CLASSES)
    kept = dev[read]
    assert one.loss[0, 0] == pytest.approx(-np.where(kept == 0, right, wrong).mean(), rel=1e-4)
