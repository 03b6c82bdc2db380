"""Linear probes of bounded rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from probing.probes.family import FAMILIES, ProbeOptions
from probing.probes.trained import Layers, NetworkFamily
from probing.registry import Card

if TYPE_CHECKING:
    from probing.solvers.networks import Network


class LowRankFamily(NetworkFamily):
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
    options = ("rank",)

    def network(self, options: ProbeOptions) -> Network:
        from probing.solvers.networks import LowRankNetwork

        return LowRankNetwork(options.rank)

    def layers(self, *parameters: np.ndarray) -> Layers:
        first, bias, second, second_bias = parameters
        return (((second @ first).T, (second @ bias + second_bias)[:, 0]),)


FAMILIES.register(LowRankFamily(), place=2)
