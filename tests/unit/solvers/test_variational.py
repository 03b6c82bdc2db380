"""Bayesian compression: its terms against closed forms, and messages whose length is known."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from probing.solvers.variational import (
    ANNEALING,
    K1,
    PRUNED,
    Annealing,
    Compressed,
    CompressionProblem,
    Layer,
    compress,
    normal_divergence,
    scale_divergence,
)

ITEMS, INPUTS, CLASSES = 2000, 12, 4
ROWS = torch.from_numpy(np.random.default_rng(0).normal(size=(ITEMS, INPUTS)).astype(np.float32))
# The first two numbers tell the class; labels drawn evenly have nothing to do with any.
SIGNAL = (2 * (ROWS[:, 0] > 0) + (ROWS[:, 1] > 0)).numpy().astype(np.int32)
NOISE = np.random.default_rng(1).integers(0, CLASSES, ITEMS).astype(np.int32)
SHORT = Annealing(steps=0, least=120, samples=2)
UNIFORM = ITEMS * math.log2(CLASSES)


def squeezed(labels: list[np.ndarray], width: int = 8, schedule: Annealing | None = None) -> list[Compressed]:
    problems = [CompressionProblem(one, CLASSES, seed) for seed, one in enumerate(labels)]
    return compress(ROWS, problems, width, schedule or ANNEALING, lambda _count: None)


@cache
def trained() -> tuple[Compressed, Compressed]:
    signal, noise = squeezed([SIGNAL, NOISE])
    return signal, noise


def length(one: Compressed) -> float:
    return one.model + float(one.data.sum())


def test_what_weights_cost_is_the_divergence_of_two_normal_distributions() -> None:
    mean, log = torch.tensor([0.0, 0.3, -2.0, 1.0]), torch.tensor([0.0, -9.0, -1.0, 1.5])
    expected = kl_divergence(Normal(mean, (log / 2).exp()), Normal(0.0, 1.0))
    assert torch.allclose(normal_divergence(mean, log), expected, atol=1e-5)


@pytest.mark.parametrize("noise", [-8.0, -4.0, -2.0, 0.0, 1.0, 3.0, 6.0])
def test_what_a_scale_costs_is_its_divergence_from_a_log_uniform_prior(noise: float) -> None:
    """E log|1 + √α ε| − ½ log α, less its limit E log|ε| = −(γ + ln 2)/2, by summing over a fine grid of ε."""
    grid = np.linspace(-9, 9, 2_000_001)
    density = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi) * (grid[1] - grid[0])
    alpha = math.exp(noise)
    exact = (
        (density * np.log(np.abs(1 + math.sqrt(alpha) * grid) + 1e-300)).sum() - noise / 2 + (np.euler_gamma + math.log(2)) / 2
    )
    assert float(scale_divergence(torch.tensor(noise))) == pytest.approx(exact, abs=0.02)


def test_a_scale_that_is_all_noise_is_free() -> None:
    assert float(scale_divergence(torch.tensor(40.0))) == pytest.approx(0, abs=1e-6)
    # k1 (1 − σ(1.8732 + 1.48695 · 0)) + ½ ln 2, by hand
    assert float(scale_divergence(torch.tensor(0.0))) == pytest.approx(K1 * (1 - 0.866829) + 0.346574, abs=1e-4)


def test_draws_have_the_mean_and_variance_of_the_posterior() -> None:
    generator = torch.Generator().manual_seed(0)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    layer = Layer(
        random(1, 1, 3), random(1, 1, 3) - 1, random(1, 3, 2), random(1, 3, 2) - 1, random(1, 1, 2), random(1, 1, 2) - 1
    )
    row = random(3)
    drawn = layer.sampled(row.expand(1, 400_000, 3), lambda width: random(1, 400_000, width))[0]
    m, s, w, v = layer.scale[0, 0, :, None], layer.scale_log[0, 0, :, None].exp(), layer.weight[0], layer.weight_log[0].exp()
    mean = row @ (m * w) + layer.bias[0, 0]
    variance = row.square() @ ((m**2 + s) * (w**2 + v) - m**2 * w**2) + layer.bias_log[0, 0].exp()
    assert torch.allclose(drawn.mean(0), mean, atol=0.02)
    assert torch.allclose(drawn.var(0), variance, rtol=0.03)


def test_labels_drawn_evenly_need_no_model() -> None:
    noise = trained()[1]
    assert UNIFORM / length(noise) == pytest.approx(1, abs=0.05)
    assert noise.model < 0.03 * UNIFORM
    assert noise.units[2] == 0
    # In bits: two of an item, not 2 ln 2.
    assert noise.data.mean() == pytest.approx(2, abs=0.02)


def test_a_plain_signal_is_told_shortly_with_the_inputs_that_carry_it() -> None:
    signal, noise = trained()
    assert UNIFORM / length(signal) > 4
    assert length(signal) < length(noise) / 4
    assert signal.units[0] == 2
    first = signal.layers[0][0]
    assert np.flatnonzero(np.abs(first).max(1)).tolist() == [0, 1]


def test_a_wider_network_costs_little_more() -> None:
    narrow, wide = trained()[0], squeezed([SIGNAL], 32)[0]
    assert length(wide) < 1.3 * length(narrow)
    assert wide.units[1] < 16


def test_an_ensemble_changes_nothing() -> None:
    half = np.where(np.arange(ITEMS) < 700, SIGNAL, -1).astype(np.int32)
    labels = [SIGNAL, NOISE, half]
    for seed, together in enumerate(squeezed(labels, schedule=SHORT)):
        alone = compress(ROWS, [CompressionProblem(labels[seed], CLASSES, seed)], 8, SHORT, lambda _count: None)[0]
        assert together.model == pytest.approx(alone.model, rel=1e-3)
        assert np.nansum(together.data) == pytest.approx(np.nansum(alone.data), rel=1e-2)
        assert (np.isfinite(together.data) == (labels[seed] >= 0)).all()
        for (one, _), (other, _) in zip(together.layers, alone.layers, strict=True):
            assert one == pytest.approx(other, abs=1e-2)


def test_the_same_seed_gives_the_same_message_and_another_does_not() -> None:
    def of(seed: int) -> Compressed:
        return compress(ROWS, [CompressionProblem(SIGNAL, CLASSES, seed)], 8, SHORT, lambda _count: None)[0]

    first, again, other = of(3), of(3), of(4)
    assert first.model == again.model
    assert (first.data == again.data).all()
    assert first.model != other.model


def test_the_model_is_the_divergence_in_bits() -> None:
    """At the start every mean and variance is known, and so is the sum; one step at no rate leaves it."""
    still = Annealing(steps=0, least=1, rate=0.0, rate_of_variances=0.0, log_variance=-2.0, samples=1)
    (one,) = squeezed([NOISE], 8, still)
    layers = [INPUTS, 8, 8, CLASSES]
    scales, weights, biases = sum(layers[:3]), INPUTS * 8 + 8 * 8 + 8 * CLASSES, sum(layers[1:])
    spread = (weights + biases) * (math.exp(-2) - 1 + 2) / 2
    # The first two layers' means are drawn at a variance of 2 / inputs, the last one's and all but the last biases are 0.
    means = sum(float((one.layers[i][0] ** 2).sum()) for i in (0, 1)) / 2 + float((one.layers[2][1] ** 2).sum()) / 2
    nats = scales * float(scale_divergence(torch.tensor(-2.0))) + spread + means
    assert one.model == pytest.approx(nats / math.log(2), rel=1e-4)
    assert one.units == (INPUTS, 8, 8)
    assert PRUNED > -2


def test_finished_counts_every_network_once_and_may_cancel() -> None:
    counts: list[int] = []
    brief = Annealing(steps=0, least=3, samples=1)
    problems = [
        CompressionProblem(SIGNAL, CLASSES, 0),
        CompressionProblem(np.where(np.arange(ITEMS) < 99, NOISE, -1).astype(np.int32), 4, 1),
    ]
    compress(ROWS, problems, 4, brief, counts.append)
    assert sum(counts) == 2

    def cancel(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compress(ROWS, problems, 4, brief, cancel)
