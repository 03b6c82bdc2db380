"""Probes with one hidden layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from probing.probes.family import FAMILIES, ProbeOptions
from probing.probes.trained import Layers, NetworkFamily
from probing.registry import Card

if TYPE_CHECKING:
    from probing.solvers.networks import Network


class MlpFamily(NetworkFamily):
    """Linear, ReLU, linear on standardised vectors: Adam, stopped early and given back at its best dev loss."""

    card = Card(
        name="mlp",
        title="MLP, one hidden layer",
        measures="How much of the task a network with one hidden layer answers from the vector.",
        assumes="Vectors are standardised with train's mean and deviation. Training starts at the prior, stops early "
        "on dev loss and gives the best state back; probabilities follow the unseen-class rule, (1−e)p + e/K with "
        "e = K/(t+K).",
        misleads="A wide network learns words by heart: its accuracy may be its own work and not the checkpoint's. "
        "Read selectivity, and several seeds, since it depends on its initial weights.",
        source="Hewitt & Liang 2019, arXiv 1909.03368; Pimentel et al. 2020, arXiv 2010.02180",
    )
    options = ("width",)

    def network(self, options: ProbeOptions) -> Network:
        from probing.solvers.networks import Mlp

        return Mlp(options.width)

    def layers(self, *parameters: np.ndarray) -> Layers:
        first, bias, second, second_bias = parameters
        return (first.T, bias[:, 0]), (second.T, second_bias[:, 0])


FAMILIES.register(MlpFamily(), place=3)
