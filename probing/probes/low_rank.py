"""Linear probes of bounded rank."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from probing.probes.family import FAMILIES, FittedProbe, ProbeOptions, Problem
from probing.probes.fitted import restored
from probing.probes.kind import Kind
from probing.probes.trained import Layers, fit_networks
from probing.registry import Card
from probing.tasks.task import LABELS


class LowRankFamily:
    """Logits x U V + b on standardised vectors, U [D, r] and V [r, K]: Adam, stopped early and given back at its best dev loss.

    While it is trained, x U has a bias too, which is the same map: what is stored is the product U V [D, K] and the one bias.
    """

    card = Card(
        name="low_rank",
        title="Linear, low rank",
        measures="How much of the task a linear map answers that may look at few directions of the vector only: as many as its rank.",
        assumes="Vectors are standardised with train's mean and deviation. Training starts at the prior, stops early "
        "on dev loss and gives the best state back; there is no penalty. Probabilities follow the unseen-class rule, (1−e)p + e/K with "
        "e = K/(t+K).",
        misleads="From rank K−1 on it can say all that a linear probe can, so the rank bounds nothing where there are few labels. "
        "The directions are those that Adam found from one start: read several seeds. A low rank does not keep the map from learning "
        "frequent words by heart: read selectivity too.",
        source="Hewitt & Liang 2019, arXiv 1909.03368",
    )
    kind: Kind = "labels"
    levels = LABELS
    seeded = True
    penalised = False
    codes = False
    options: tuple[str, ...] = ("rank",)

    def fit(
        self,
        train: np.ndarray,
        dev: np.ndarray,
        problems: Sequence[Problem],
        options: ProbeOptions,
        progress: Callable[[int, int], None],
    ) -> list[FittedProbe]:
        """See `ProbeFamily.fit`. A problem with fewer than 30 dev items takes as many steps as the first problem."""
        from probing.solvers.networks import LowRankNetwork

        def layers(first: np.ndarray, bias: np.ndarray, second: np.ndarray, second_bias: np.ndarray) -> Layers:
            return (((second @ first).T, (second @ bias + second_bias)[:, 0]),)

        shape = {"rank": options.rank}
        return fit_networks(train, dev, problems, LowRankNetwork(options.rank), shape, layers, options.device, progress)

    def restore(self, state: dict[str, np.ndarray], setting: dict[str, float | int | str]) -> FittedProbe:
        return restored(state, setting)


FAMILIES.register(LowRankFamily(), place=2)
