"""Differentiable probes for many problems that share their vectors, trained side by side with Adam and stopped early.

A step lowers the mean of −ln p(gold) over the batch; dev is read as the mean of −log2 p(gold) in bits an item, with the share of
probability for unseen classes (measures/loss.py). Problems differ in layer, labels, items, seed and network. Each draws its initial
weights and its order of items from its seed, so that it takes the same steps alone and in an ensemble.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from probing.solvers.adam import Adam
from probing.solvers.arithmetic import products, rounds
from probing.solvers.batches import NetworkState, Order
from probing.solvers.ensemble import NetworkEnsemble, dev_bits
from probing.solvers.networks import Network, Shallow
from probing.solvers.padded_ensemble import PaddedEnsemble, similar_sizes, widened
from probing.solvers.trainer import EarlyStopping, Model, train_early_stopped

WEIGHTS = 1 << 32  # added to the seed for initial weights: not the draws that order the items
SCHEDULE = EarlyStopping(rate=2e-3, decay=1e-4)


@dataclass(frozen=True)
class NetworkProblem:
    """One probe to train: `train` [N] and `dev` [M] labels (-1: not in it), `unseen` as in measures/loss.py.

    `layer` is the index of its vectors. With `steps` it takes that many and reads no dev.
    """

    train: np.ndarray
    dev: np.ndarray
    classes: int
    network: Network
    seed: int
    unseen: float
    steps: int | None = None
    layer: int = 0


@dataclass(frozen=True)
class TrainedNetwork:
    """What the network began with (`Network.start`), as of `steps` steps. A class that train lacks has bias -inf."""

    parameters: tuple[np.ndarray, ...]
    bits: float  # on dev, in fp32 products; NaN where it was not read
    steps: int


def train(
    rows: Tensor, dev: Tensor, problems: Sequence[NetworkProblem], schedule: EarlyStopping, finished: Callable[[int], None]
) -> list[TrainedNetwork]:
    """One network a problem, in order. `rows` [L, N, D], `dev` [L, M, D]: standardised, fp32, on the device.

    `finished(count)` is called once a round with the number of probes that finished in it, and may raise. Raises BadInput where
    vectors are not finite.
    """
    with products("fast", rows.device):
        networks = _Networks(rows, dev, schedule)
        probes = [networks.begin(index, problem) for index, problem in enumerate(problems)]
        return train_early_stopped(networks, probes, schedule, finished)


class _Networks(Model[NetworkState, TrainedNetwork]):
    def __init__(self, rows: Tensor, dev: Tensor, schedule: EarlyStopping) -> None:
        self._rows, self._dev, self._schedule = rows, dev, schedule
        self._orders: dict[tuple[int, bytes], Order] = {}
        self._ensembles: list[PaddedEnsemble | NetworkEnsemble] = []

    @cached_property
    def _wide(self) -> tuple[Tensor, Tensor]:
        """The vectors of train and dev as `PaddedEnsemble` takes them."""
        dtype = torch.bfloat16 if rounds(self._rows.device) else torch.float32
        return widened(self._rows, dtype), widened(self._dev, dtype)

    def begin(self, index: int, problem: NetworkProblem) -> NetworkState:
        """A network before its first step, when it is its prior."""
        inside = problem.train >= 0
        key = problem.seed, inside.tobytes()
        if key not in self._orders:
            self._orders[key] = Order(torch.from_numpy(np.flatnonzero(inside)), problem.seed, self._schedule.batch)
        network, device = problem.network, self._rows.device
        generator = torch.Generator().manual_seed(problem.seed + WEIGHTS)
        counts = torch.from_numpy(np.bincount(problem.train[inside], minlength=problem.classes)).float()
        start = network.start(self._rows.shape[2], (counts / counts.sum()).log(), generator)
        return NetworkState(
            index=index,
            rate=self._schedule.rate,
            length=self._schedule.length(int(inside.sum())),
            steps=problem.steps,
            start=[x.to(device) for x in start],
            network=network,
            layer=problem.layer,
            order=self._orders[key],
            train=torch.from_numpy(problem.train.astype(np.int32)).to(device),
            dev=torch.from_numpy(problem.dev.astype(np.int32)).to(device),
            classes=problem.classes,
            unseen=problem.unseen,
        )

    def rebuild_batch(self, probes: Sequence[NetworkState], step: int) -> None:
        """Ensembles: of shallow networks those that do the same between their maps, of others those of one shape."""
        shallow: dict[tuple[type[Network], int], dict[tuple[int, int], list[NetworkState]]] = {}
        others: dict[tuple[Network, int], list[NetworkState]] = {}
        # Equal networks side by side, so that a network's neighbours do not depend on which others there are.
        for probe in sorted(probes, key=lambda probe: repr(probe.network)):
            if isinstance(probe.network, Shallow):
                groups = shallow.setdefault((type(probe.network), probe.classes), {})
                groups.setdefault((id(probe.order), probe.layer), []).append(probe)
            else:
                others.setdefault((probe.network, probe.classes), []).append(probe)

        def adam() -> Adam:
            return Adam(self._schedule.decay, step)

        self._ensembles = [NetworkEnsemble(self._rows, self._dev, some, adam()) for some in others.values()]
        for groups in shallow.values():
            self._ensembles += [PaddedEnsemble(*self._wide, some, adam()) for some in similar_sizes(list(groups.values()))]

    def set_learning_rates(self) -> None:
        for ensemble in self._ensembles:
            ensemble.set_learning_rates()

    def step(self, step: int) -> None:
        for ensemble in self._ensembles:
            ensemble.step(step)

    def dev_losses(self, probes: Sequence[NetworkState]) -> list[float]:
        wanted = {probe.index for probe in probes}
        found: dict[int, float] = {}
        for ensemble in self._ensembles:
            found.update(ensemble.dev_bits(wanted))
        return [found[probe.index] for probe in probes]

    def trained(self, probe: NetworkState) -> TrainedNetwork:
        """Its dev loss is read once more in fp32, since the looks at dev had fast products."""
        bits = dev_bits(probe, probe.best, self._dev)
        return TrainedNetwork(tuple(x.cpu().numpy() for x in probe.best), bits, probe.best_step)
