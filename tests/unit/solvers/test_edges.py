"""Edge networks side by side: the same as alone, pooling as by a loop, a mix that finds its layer, dev discipline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from probing.errors import BadInput
from probing.solvers import edges
from probing.solvers.edges import SCHEDULE, TrainedSpanProbe
from probing.solvers.spans import EdgeProblem, SpanBank
from probing.solvers.trainer import EarlyStopping

WIDTH, LAYERS, CLASSES, UNITS = 8, 3, 3, 16
QUICK = replace(SCHEDULE, batch=64, rounds=12, rate=5e-3)
ZEROS, ONES = np.zeros((LAYERS, WIDTH), np.float32), np.ones((LAYERS, WIDTH), np.float32)
HELD = 2  # the layer that holds the labels


def made(seed: int, items: int, longest: int = 1) -> tuple[SpanBank, np.ndarray]:
    """Labels are the sum, modulo 3, of what the first word of either span says of itself on layer 2; the rest is noise."""
    draw = np.random.default_rng(seed)
    words = items * 2
    says = draw.integers(0, CLASSES, words)
    rows = draw.normal(size=(LAYERS, words, WIDTH)).astype(np.float32)
    rows[HELD, :, :CLASSES] += 5 * np.eye(CLASSES, dtype=np.float32)[says]
    begin = draw.integers(0, words - longest, (2, items))
    ends = [np.stack([one, one + draw.integers(1, longest + 1, items)], 1) for one in begin]
    return SpanBank(list(rows), ends), ((says[begin[0]] + says[begin[1]]) % CLASSES).astype(np.int32)


TRAIN, GOLD = made(0, 600)
DEV, DEV_GOLD = made(1, 200)


def fit(
    problems: list[EdgeProblem], train: SpanBank = TRAIN, dev: SpanBank = DEV, schedule: EarlyStopping = QUICK
) -> list[TrainedSpanProbe]:
    return edges.train(train, dev, ZEROS, ONES, problems, UNITS, schedule, "cpu", lambda _count: None)


def task(*layers: int, seed: int = 0, gold: np.ndarray = GOLD, steps: int | None = None) -> EdgeProblem:
    return EdgeProblem(layers, gold, DEV_GOLD, CLASSES, seed, steps)


def test_the_layer_that_holds_the_labels_is_told_from_noise() -> None:
    noise, held = fit([task(0), task(HELD)])
    prior = fit([task(0, steps=0)])[0].loss
    assert held.loss < 0.5 * prior
    assert noise.loss == pytest.approx(prior, rel=0.05)


def test_batching_changes_nothing() -> None:
    problems = [task(HELD), task(0, 1, 2), task(0), task(HELD, seed=3), task(0, 1), task(1, gold=np.roll(GOLD, 1))]
    for one, together in zip(problems, fit(problems), strict=True):
        alone = fit([one])[0]
        assert together.loss == pytest.approx(alone.loss, rel=0.02)
        assert together.parameters.keys() == alone.parameters.keys()


def test_a_mix_finds_the_layer_that_holds_the_labels() -> None:
    probe = fit([task(0, 1, 2)], schedule=replace(SCHEDULE, batch=64, rounds=40, patience=6, rate=5e-3))[0]
    shares = np.exp(probe.parameters["mix"]) / np.exp(probe.parameters["mix"]).sum()
    assert shares @ np.arange(LAYERS) == pytest.approx(HELD, abs=0.2)
    below = fit([task(0, 1)])[0]
    assert below.parameters["mix"][2] == -np.inf
    assert probe.loss < 0.7 * below.loss


def test_the_words_of_a_span_are_pooled_as_by_a_loop() -> None:
    draw = np.random.default_rng(5)
    y, attend = (torch.from_numpy(draw.normal(size=shape)) for shape in ((2, 7, 4), (2, 4, 1)))
    item = torch.tensor([0, 0, 0, 1, 2, 2, 2])
    found = edges._pooled(y.float(), attend.float(), item, 3)
    for p in range(2):
        for i, rows in enumerate(([0, 1, 2], [3], [4, 5, 6])):
            share = (y[p, rows] @ attend[p, :, 0]).softmax(0)
            assert found[p, i].numpy() == pytest.approx((share[:, None] * y[p, rows]).sum(0).numpy(), abs=1e-5)


def test_longer_spans_are_read_and_padding_is_not_needed() -> None:
    spans, gold = made(2, 900, longest=3)
    dev, dev_gold = made(3, 200, longest=3)
    found = fit(
        [EdgeProblem((HELD,), gold, dev_gold, CLASSES, 0)], spans, dev, replace(SCHEDULE, batch=64, rounds=25, rate=5e-3)
    )[0]
    prior = fit([EdgeProblem((HELD,), gold, dev_gold, CLASSES, 0, steps=0)], spans, dev)[0]
    assert np.abs(found.parameters["attend_0"]).max() > 0
    assert found.loss < 0.97 * prior.loss


def test_requested_steps_read_no_dev() -> None:
    nothing = EdgeProblem((HELD,), GOLD, np.full(len(DEV), -1, np.int32), CLASSES, 0, steps=32)
    found, other = fit([nothing])[0], fit([EdgeProblem((HELD,), GOLD, np.roll(DEV_GOLD, 5), CLASSES, 0, steps=32)])[0]
    assert found.steps == other.steps == 32
    assert np.isnan(found.loss)
    assert all(np.array_equal(found.parameters[name], other.parameters[name]) for name in found.parameters)


def test_broken_vectors_are_refused_in_words() -> None:
    with pytest.raises(BadInput, match="NaN or infinite"):
        fit([task(0)], dev=SpanBank([np.full_like(layer, np.nan) for layer in DEV.rows], DEV.ends))


def test_all_are_counted_and_work_may_be_cancelled() -> None:
    seen: list[int] = []
    edges.train(TRAIN, DEV, ZEROS, ONES, [task(0), task(0, 1)], UNITS, QUICK, "cpu", seen.append)
    assert sum(seen) == 2

    def cancel(_count: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        edges.train(TRAIN, DEV, ZEROS, ONES, [task(0)], UNITS, QUICK, "cpu", cancel)
