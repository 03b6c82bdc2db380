"""What the families that the stochastic solver trains share: from vectors and problems to trained networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from probing.measures.loss import unseen_share
from probing.probes.family import FittedProbe, Problem
from probing.probes.fitted import Fitted, Ticker, items, refuse_unfit, require_dev_items, too_few_dev_items
from probing.solvers.standardise import Standardiser

if TYPE_CHECKING:
    from probing.solvers.networks import Network
    from probing.solvers.stochastic import TrainedNetwork


Layers = Sequence[tuple[np.ndarray, np.ndarray]]


def fit_networks(
    train: np.ndarray,
    dev: np.ndarray,
    problems: Sequence[Problem],
    network: Network,
    shape: dict[str, int],
    layers: Callable[..., Layers],
    device: str,
    progress: Callable[[int, int], None],
) -> list[FittedProbe]:
    """A fitted probe a problem; see `ProbeFamily.fit`. A problem with fewer than 30 dev items takes as many steps as the first.

    `layers` turns a network's parameters into weights [in, out] and bias [out] a layer; `shape` is reported with the probe.
    """
    standardiser, networks = _trained(train, dev, problems, network, device, progress)
    return [
        _read_out(problem, shape | {"steps": one.steps}, one.bits, standardiser, layers(*one.parameters))
        for problem, one in zip(problems, networks, strict=True)
    ]


def _trained(
    train: np.ndarray,
    dev: np.ndarray,
    problems: Sequence[Problem],
    network: Network,
    device: str,
    progress: Callable[[int, int], None],
) -> tuple[Standardiser, list[TrainedNetwork]]:
    """One network a problem on standardised `train` [N, D] and `dev` [M, D]."""
    import torch

    from probing.solvers.stochastic import SCHEDULE, NetworkProblem
    from probing.solvers.stochastic import train as train_side_by_side

    refuse_unfit(train, problems)
    require_dev_items(problems)
    standardiser = Standardiser.of(train)
    rows, dev_rows = (torch.from_numpy(standardiser.apply(vectors)).to(device)[None] for vectors in (train, dev))
    ticker = Ticker(progress, len(problems))

    def finished(count: int) -> None:
        ticker.finish(count) if count else ticker()

    def trained(indices: list[int], steps: int | None) -> dict[int, TrainedNetwork]:
        some = [
            NetworkProblem(p.train, p.dev, p.classes, network, p.seed, unseen_share(items(p.train), p.classes), steps)
            for p in (problems[index] for index in indices)
        ]
        return dict(zip(indices, train_side_by_side(rows, dev_rows, some, SCHEDULE, finished), strict=True))

    behind = too_few_dev_items(problems)
    found = trained([index for index in range(len(problems)) if index not in behind], None)
    if behind:
        found |= trained(behind, found[0].steps)
    return standardiser, [found[index] for index in range(len(problems))]


def _read_out(problem: Problem, setting: dict[str, int], bits: float, standardiser: Standardiser, layers: Layers) -> FittedProbe:
    """A fitted probe of `layers` behind the standardiser."""
    state = {"mean": standardiser.mean, "scale": standardiser.scale}
    for index, (weights, bias) in enumerate(layers):
        state |= {f"weights_{index}": np.ascontiguousarray(weights), f"bias_{index}": bias}
    state["unseen"] = np.array([unseen_share(items(problem.train), problem.classes)], np.float32)
    return Fitted(problem, {**setting}, bits, state)
