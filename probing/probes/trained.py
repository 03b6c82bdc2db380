"""What the families that the stochastic solver trains share: from vectors and problems to trained networks. Imports no torch."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from probing.measures.loss import unseen_share
from probing.probes.family import FittedProbe, ProbeFamily, ProbeOptions, Problem, Progress
from probing.probes.fitted import Fitted, Ticker, items, refuse_unfit, state_of, too_few_dev_items
from probing.solvers.standardise import Standardiser

if TYPE_CHECKING:
    from probing.solvers.networks import Network
    from probing.solvers.stochastic import TrainedNetwork


Layers = Sequence[tuple[np.ndarray, np.ndarray]]


class NetworkFamily(ProbeFamily):
    """A family of networks on standardised vectors: Adam, stopped early and given back at its best dev loss.

    A family names its card, its `options` (the sizes of its networks, which are reported with each probe), `network` and `layers`.
    """

    seeded = True

    @abstractmethod
    def network(self, options: ProbeOptions) -> Network:
        """The shape of a probe."""

    @abstractmethod
    def layers(self, *parameters: np.ndarray) -> Layers:
        """The weights [in, out] and bias [out] of each layer, from a network's parameters."""

    def fit(
        self, train: np.ndarray, dev: np.ndarray, problems: Sequence[Problem], options: ProbeOptions, progress: Progress
    ) -> list[FittedProbe]:
        """See `ProbeFamily.fit`. A problem with fewer than 30 dev items takes as many steps as the first."""
        import torch

        from probing.solvers.stochastic import SCHEDULE, NetworkProblem
        from probing.solvers.stochastic import train as train_side_by_side

        refuse_unfit(problems)
        standardiser = Standardiser.of(train)
        rows, dev_rows = (torch.from_numpy(standardiser.apply(vectors)).to(options.device)[None] for vectors in (train, dev))
        network, ticker = self.network(options), Ticker(progress, len(problems))

        def trained(indices: list[int], steps: int | None) -> dict[int, TrainedNetwork]:
            some = [
                NetworkProblem(p.train, p.dev, p.classes, network, p.seed, unseen_share(items(p.train), p.classes), steps)
                for p in (problems[index] for index in indices)
            ]
            return dict(zip(indices, train_side_by_side(rows, dev_rows, some, SCHEDULE, ticker), strict=True))

        behind = too_few_dev_items(problems)
        found = trained([index for index in range(len(problems)) if index not in behind], None)
        if behind:
            found |= trained(behind, found[0].steps)
        sizes = {name: getattr(options, name) for name in self.options}
        return [
            Fitted(
                problem, {**sizes, "steps": one.steps}, one.bits, state_of(problem, standardiser, self.layers(*one.parameters))
            )
            for problem, one in zip(problems, (found[index] for index in range(len(problems))), strict=True)
        ]
