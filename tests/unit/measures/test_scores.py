"""Accuracy, macro-F1, ECE and loss against hand-worked cases, and their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.errors import BadInput
from probing.measures import MEASURES, scores, scores_over_seeds
from probing.measures.loss import log2_smoothed, unseen_share

P = np.array([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.25, 0.5, 0.25], [0.5, 0.25, 0.25]])
GOLD = np.array([0, 1, 0, 0])
SENTENCE = np.array([7, 7, 3, 3])


def random_case(seed: int, items: int = 60, classes: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    log2p = np.log2(draw.dirichlet(np.ones(classes), items)).astype(np.float32)
    return log2p, draw.integers(0, classes, items), draw.integers(0, 9, items)


def test_by_hand() -> None:
    result = scores(np.log2(P), GOLD, SENTENCE)
    assert list(result) == ["accuracy", "macro_f1", "ece", "loss"]
    assert result["accuracy"].value == 0.75
    # Class 0: 2 hits, 3 gold, 2 predicted: 4/5. Class 1: 1 hit, 1 gold, 2 predicted: 2/3. Class 2: nowhere.
    assert result["macro_f1"].value == pytest.approx((4 / 5 + 2 / 3) / 2)
    # Bin of .5: right 2 of 3, confidence 1.5; bin of .75: right 1 of 1, confidence .75.
    assert result["ece"].value == pytest.approx((0.5 + 0.25) / 4)
    assert result["loss"].value == pytest.approx((1 - np.log2(0.75) + 2 + 1) / 4)
    assert all(score.n == 4 for score in result.values())


def test_confidence_on_an_edge_belongs_to_the_bin_below() -> None:
    # 0.6 = 9/15 and 0.61 lie in two bins, so that an over- and an under-confident answer do not cancel.
    p = np.array([[0.6, 0.4], [0.61, 0.39]])
    assert scores(np.log2(p), np.array([0, 1]), np.array([0, 1]))["ece"].value == pytest.approx((0.4 + 0.61) / 2)


def test_perfect_and_certain() -> None:
    result = scores(np.log2(np.eye(3) + 1e-30), np.arange(3), np.arange(3))
    assert result["accuracy"] == (1, 1, 1, 3)
    assert result["macro_f1"].value == 1
    assert result["ece"].value == pytest.approx(0)
    assert result["loss"].value == pytest.approx(0)


def test_items_without_gold_are_not_scored() -> None:
    log2p = np.log2(np.vstack([P, P]))
    gold = np.concatenate([GOLD, np.full(4, -1)])
    sentence = np.concatenate([SENTENCE, SENTENCE])
    assert scores(log2p, gold, sentence) == scores(np.log2(P), GOLD, SENTENCE)


def test_nothing_to_score_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="nothing to score"):
        scores(np.empty((0, 3), np.float32), np.empty(0, np.int32), np.empty(0, np.int32))


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_values_lie_where_they_can(seed: int) -> None:
    log2p, gold, sentence = random_case(seed)
    result = scores(log2p, gold, sentence)
    for name, score in result.items():
        assert score.value >= 0, name
        assert score.lower <= score.upper, name
        if name != "loss":
            assert score.upper <= 1, name
    assert result == scores(log2p, gold, sentence)


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_order_of_items_does_not_matter(seed: int) -> None:
    log2p, gold, sentence = random_case(seed)
    order = np.random.default_rng(seed).permutation(len(gold))
    first = scores(log2p, gold, sentence)
    second = scores(log2p[order], gold[order], sentence[order])
    for name in first:
        assert first[name] == pytest.approx(second[name]), name


def test_bootstrap_is_that_of_a_loop() -> None:
    from probing.measures.statistics import percentiles, sentence_weights

    log2p, gold, sentence = random_case(1)
    ids = np.unique(sentence)
    accuracies, losses = [], []
    for row in sentence_weights(len(ids)).astype(int):
        taken = np.concatenate([np.flatnonzero(sentence == i) for i, times in zip(ids, row, strict=True) for _ in range(times)])
        accuracies.append((log2p[taken].argmax(1) == gold[taken]).mean())
        losses.append(-log2p[taken, gold[taken]].mean())
    result = scores(log2p, gold, sentence)
    assert result["accuracy"][1:3] == pytest.approx(percentiles(np.array(accuracies)))
    assert result["loss"][1:3] == pytest.approx(percentiles(np.array(losses)), rel=1e-5)


def test_intervals_cover_as_often_as_they_say() -> None:
    draw = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        # Sentences of six words that share a difficulty: words alone would give too short an interval.
        ease = np.repeat(draw.beta(4, 1, 60), 6)
        right = draw.random(360) < ease
        log2p = np.log2(np.where(right[:, None], [0.9, 0.1], [0.1, 0.9]))
        score = scores(log2p, np.zeros(360, int), np.repeat(np.arange(60), 6))["accuracy"]
        covered += score.lower <= 0.8 <= score.upper
    assert 0.88 <= covered / 200 <= 0.99


def test_seeds_are_averaged_and_widen_the_interval() -> None:
    sentence = np.repeat(np.arange(40), 5)
    gold = np.zeros(200, int)
    good = np.log2(np.tile([0.8, 0.2], (200, 1)))
    bad = good[:, ::-1]
    alone = scores(good, gold, sentence)["accuracy"]
    both = scores_over_seeds([good, bad], gold, sentence)["accuracy"]
    assert alone == (1, 1, 1, 200)
    assert both.value == 0.5
    assert (both.lower, both.upper) == (0, 1)
    assert both.n == 200


def test_one_gold_a_seed() -> None:
    log2p = np.log2(P)
    both = scores_over_seeds([log2p, log2p], [GOLD, 2 - GOLD], SENTENCE)
    first, second = scores(log2p, GOLD, SENTENCE), scores(log2p, 2 - GOLD, SENTENCE)
    for name in both:
        assert both[name].value == pytest.approx((first[name].value + second[name].value) / 2), name


def test_calibration_interval_holds_its_value() -> None:
    # Every gap that resampling opens raises the error; unshifted, the lower bound lay above the value.
    draw = np.random.default_rng(3)
    p = draw.uniform(0.5, 1, 2000)
    gold = (draw.random(2000) > p).astype(int)
    score = scores(np.log2(np.stack([p, 1 - p], 1)), gold, np.arange(2000) // 10)["ece"]
    assert score.lower <= score.value <= score.upper


def test_unseen_class_rule_by_hand() -> None:
    share = unseen_share(items=6, classes=3)
    assert share == pytest.approx(1 / 3)
    log2p = log2_smoothed(np.array([[0.0, 0.0, -np.inf]]), share)
    assert 2.0**log2p == pytest.approx(np.array([[4 / 9, 4 / 9, 1 / 9]]))


@given(st.lists(st.floats(-80, 80), min_size=2, max_size=8), st.integers(1, 1000))
@settings(max_examples=50, deadline=None)
def test_smoothed_probabilities_add_up_to_one(logits: list[float], items: int) -> None:
    share = unseen_share(items, len(logits))
    p = np.exp2(log2_smoothed(np.array([logits]), share).astype(np.float64))
    assert p.sum() == pytest.approx(1, abs=1e-5)
    assert p.min() >= share / len(logits) * (1 - 1e-5)


def test_every_metric_has_a_card() -> None:
    wanted = {"accuracy", "macro_f1", "ece", "loss", "control_accuracy", "selectivity", "majority"}
    wanted |= {"mcc", "slot_f1"}
    wanted |= {"loss_at_n", "codelength", "uniform_codelength", "compression", "model_codelength", "control_codelength"}
    wanted |= {"variational_codelength", "variational_model_codelength", "variational_compression"}
    wanted |= {"v_entropy", "v_information", "conditional_v_information", "conditional_accuracy", "sdl", "esc", "epsilon"}
    wanted |= {"r2", "spearman"}
    wanted |= {"accuracy_at_n", "hypervolume"}
    wanted |= {"uuas", "dspr", "root_accuracy", "nspr"}
    wanted |= {"sp", "ssp", "essp", "ssp_lower", "sp_sorted", "essp_upper", "place"}
    wanted |= {"micro_f1", "mix_share", "centre_of_gravity", "mix_gain", "expected_layer"}
    wanted |= {"cka", "cka_debiased", "procrustes", "rsa", "drift", "drift_relative", "drift_angle"}
    wanted |= {"topology_drift", "attention_edges", "attention_components", "attention_cycles", "attention_tree"}
    assert set(MEASURES.names()) == wanted
    for measure in MEASURES:
        units = {"fraction", "bits", "ratio", "items", "layers", "depth²", "correlation", "weight", "degrees"}
        assert measure.unit in units
        card = measure.card
        assert all((card.title, card.measures, card.assumes, card.misleads, card.source)), card.name
