"""The stochastic solver: batched as alone, its own early stopping, deterministic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from probing.solvers.networks import LowRankNetwork, Mlp, Network, Shallow
from probing.solvers.stochastic import SCHEDULE, NetworkProblem, TrainedNetwork, train


def rings(seed: int, items: int) -> tuple[torch.Tensor, np.ndarray]:
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(items, 6)).astype(np.float32)
    return torch.from_numpy(rows), ((rows[:, 0] ** 2 + rows[:, 1] ** 2) > 1.4).astype(np.int32)


ROWS, LABELS = rings(0, 600)
DEV, DEV_LABELS = rings(1, 200)
BOTH, BOTH_DEV = torch.stack([ROWS, ROWS.flip(1)]), torch.stack([DEV, DEV.flip(1)])


def problem(seed: int, width: int = 16, labels: np.ndarray = LABELS, dev: np.ndarray = DEV_LABELS) -> NetworkProblem:
    return NetworkProblem(labels, dev, 2, Mlp(width), seed, 0.01)


def networks(problems: list[NetworkProblem], rounds: int = 30) -> list[TrainedNetwork]:
    return train(BOTH, BOTH_DEV, problems, replace(SCHEDULE, batch=64, rounds=rounds, rate=5e-3), lambda _count: None)


def answers(network: TrainedNetwork, rows: torch.Tensor, relu: bool = True) -> np.ndarray:
    first, first_bias, second, second_bias = network.parameters
    mapped = first @ rows.numpy().T + first_bias
    return (second @ (np.maximum(mapped, 0) if relu else mapped) + second_bias).T


def test_batched_is_one_at_a_time() -> None:
    draw = np.random.default_rng(0)
    half = np.where(draw.random(600) < 0.5, LABELS, -1).astype(np.int32)
    mixed = [
        problem(0),
        problem(1, width=9),
        problem(2, labels=half),
        problem(3, labels=draw.permutation(LABELS)),
        problem(0, labels=draw.permutation(LABELS)),
        NetworkProblem(LABELS, DEV_LABELS, 2, Mlp(16), 0, 0.01, layer=1),
    ]
    together = networks(mixed)
    for network, one in zip(together, mixed, strict=True):
        alone = networks([one])[0]
        assert network.parameters[0].shape[1] == 6
        assert network.steps == alone.steps
        assert network.bits == pytest.approx(alone.bits, abs=1e-3)
        assert answers(network, BOTH_DEV[one.layer]) == pytest.approx(answers(alone, BOTH_DEV[one.layer]), abs=2e-2)


def test_the_same_seed_gives_the_same_weights_and_another_does_not() -> None:
    first, again, other = networks([problem(5)])[0], networks([problem(5)])[0], networks([problem(6)])[0]
    assert all((a == b).all() for a, b in zip(first.parameters, again.parameters, strict=True))
    assert not (first.parameters[0] == other.parameters[0]).all()


def test_the_best_state_is_given_back() -> None:
    network = networks([problem(0)], rounds=60)[0]
    logits = answers(network, DEV)
    p = np.exp(logits - logits.max(1, keepdims=True))
    p = 0.99 * p / p.sum(1, keepdims=True) + 0.005
    assert -np.log2(p[np.arange(200), DEV_LABELS]).mean() == pytest.approx(network.bits, abs=1e-4)
    assert network.bits < 0.5
    assert all((x if x.base is None else x.base).nbytes == x.nbytes for x in network.parameters), "nothing larger is held"


def test_more_rounds_never_give_a_worse_dev_loss() -> None:
    bits = [networks([problem(0)], rounds=rounds)[0].bits for rounds in (1, 4, 16)]
    assert bits == sorted(bits, reverse=True)


def test_labels_without_a_reason_leave_the_prior() -> None:
    draw = np.random.default_rng(2)
    noise = problem(0, labels=draw.integers(0, 2, 600).astype(np.int32), dev=draw.integers(0, 2, 200).astype(np.int32))
    network = networks([noise])[0]
    assert network.bits == pytest.approx(1, abs=0.03)


def test_requested_steps_are_taken() -> None:
    fixed = NetworkProblem(LABELS, np.full(200, -1, np.int32), 2, Mlp(8), 0, 0.01, steps=37)
    longer = NetworkProblem(LABELS, np.full(200, -1, np.int32), 2, Mlp(8), 0, 0.01, steps=80)
    first, second = networks([fixed, longer])
    assert (first.steps, second.steps) == (37, 80)
    assert np.isnan(first.bits)
    assert networks([NetworkProblem(LABELS, DEV_LABELS, 2, Mlp(8), 0, 0.01, steps=0)])[0].steps == 0


def test_a_class_absent_from_train_gets_no_probability() -> None:
    network = train(
        BOTH, BOTH_DEV, [NetworkProblem(LABELS, DEV_LABELS, 3, Mlp(8), 0, 0.01)], replace(SCHEDULE, rounds=2), lambda _count: None
    )[0]
    assert network.parameters[3][2] == -np.inf
    assert np.isfinite(network.parameters[3][:2]).all()
    assert np.isfinite(network.bits)


def test_finished_counts_every_network_once_and_may_cancel() -> None:
    counts: list[int] = []
    train(BOTH, BOTH_DEV, [problem(s) for s in range(3)], replace(SCHEDULE, rounds=3), counts.append)
    assert sum(counts) == 3

    def cancel(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(BOTH, BOTH_DEV, [problem(0)], SCHEDULE, cancel)


@pytest.mark.parametrize("network", [Mlp(5), LowRankNetwork(3)])
def test_the_backward_of_an_activation_is_that_of_autograd(network: Shallow) -> None:
    draw = torch.Generator().manual_seed(0)
    mapped, gradients = (torch.randn(2, network.units, 7, generator=draw) for _ in range(2))
    free = mapped.clone().requires_grad_()
    expected = network.activation(free)
    expected.backward(gradients)
    assert free.grad is not None
    backward = network.activate_(mapped)
    assert torch.allclose(mapped, expected)
    assert torch.allclose(backward(gradients), free.grad)
    assert not network.activation(torch.zeros(1, network.units, 3)).any()


@dataclass(frozen=True)
class Plain(Network):
    """Another network's function, of which the solver knows nothing but that."""

    of: Shallow

    def start(self, width: int, prior: torch.Tensor, generator: torch.Generator) -> list[torch.Tensor]:
        return self.of.start(width, prior, generator)

    def logits(self, parameters: Sequence[torch.Tensor], rows: torch.Tensor) -> torch.Tensor:
        return self.of.logits(parameters, rows)


@pytest.mark.parametrize("network", [Mlp(12), LowRankNetwork(3)])
def test_padded_and_by_autograd_are_the_same(network: Shallow) -> None:
    half = np.where(np.arange(600) < 300, LABELS, -1).astype(np.int32)
    jobs = [(LABELS, 0, 0), (half, 1, 1), (LABELS[::-1].copy(), 0, 0)]
    padded, plain = (
        networks([NetworkProblem(labels, DEV_LABELS, 2, kind, seed, 0.01, layer=layer, steps=60) for labels, seed, layer in jobs])
        for kind in (network, Plain(network))
    )
    for one, other, (_, _, layer) in zip(padded, plain, jobs, strict=True):
        assert one.bits == pytest.approx(other.bits, abs=5e-3)
        relu = isinstance(network, Mlp)
        found, expected = (answers(x, BOTH_DEV[layer], relu) for x in (one, other))
        assert found == pytest.approx(expected, abs=0.06)  # products are fast, so a step differs in the third digit


@dataclass(frozen=True)
class Deep(Network):
    """Two hidden layers."""

    width: int

    def start(self, width: int, prior: torch.Tensor, generator: torch.Generator) -> list[torch.Tensor]:
        sizes = [(self.width, width), (self.width, self.width)]
        hidden = [torch.randn(size, generator=generator) * (2 / size[1]) ** 0.5 for size in sizes]
        return [*hidden, torch.zeros(len(prior), self.width), prior[:, None].clone()]

    def logits(self, parameters: Sequence[torch.Tensor], rows: torch.Tensor) -> torch.Tensor:
        first, second, third, bias = parameters
        return torch.baddbmm(bias, third, torch.bmm(second, torch.bmm(first, rows.mT).relu()).relu())


def test_any_differentiable_network_is_trained() -> None:
    jobs = [NetworkProblem(LABELS, DEV_LABELS, 2, kind, seed, 0.01) for seed in (0, 1) for kind in (Deep(16), Mlp(16))]
    found = networks(jobs)
    assert all(network.bits < 0.7 for network in found)  # the prior is at 1
    assert [len(network.parameters) for network in found] == [4, 4, 4, 4]
    assert found[0].bits == pytest.approx(networks([jobs[0]])[0].bits, abs=1e-5)


def test_steps_are_those_of_torch() -> None:
    """The same start, items and number of steps as a loop over torch.optim.AdamW with autograd."""
    schedule = replace(SCHEDULE, batch=64, rate=5e-3)
    one = NetworkProblem(LABELS, np.full(200, -1, np.int32), 2, Mlp(8), 3, 0.01, steps=40)
    start = train(BOTH, BOTH_DEV, [NetworkProblem(LABELS, one.dev, 2, Mlp(8), 3, 0.01, steps=0)], schedule, lambda _count: None)[
        0
    ]
    parameters = [torch.tensor(x, requires_grad=True) for x in start.parameters]
    optimiser = torch.optim.AdamW(parameters, lr=schedule.rate, weight_decay=schedule.decay)
    generator, left = torch.Generator().manual_seed(3), torch.empty(0, dtype=torch.long)
    for _ in range(40):
        while len(left) < 64:
            left = torch.cat([left, torch.randperm(600, generator=generator)])
        chosen, left = left[:64], left[64:]
        first, first_bias, second, second_bias = parameters
        logits = (second @ (first @ ROWS[chosen].T + first_bias).relu() + second_bias).T
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(logits, torch.from_numpy(LABELS[chosen.numpy()]).long()).backward()
        optimiser.step()
    found = train(BOTH, BOTH_DEV, [one], schedule, lambda _count: None)[0]
    expected = (parameters[2] @ (parameters[0] @ DEV.T + parameters[1]).relu() + parameters[3]).detach().numpy().T
    assert answers(found, DEV) == pytest.approx(expected, abs=0.05)  # products are fast, so a step differs in the third digit
