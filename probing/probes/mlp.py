"""Probes with one hidden layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from probing.probes.family import FAMILIES, FittedProbe, ProbeOptions, Problem
from probing.probes.fitted import restored
from probing.probes.kind import Kind
from probing.probes.trained import Layers, fit_networks
from probing.registry import Card
from probing.tasks.task import LABELS


class MlpFamily:
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
    kind: Kind = "labels"
    levels = LABELS
    seeded = True
    penalised = False
    codes = False
    options: tuple[str, ...] = ("width",)

    def fit(
        self,
        train: np.ndarray,
        dev: np.ndarray,
        problems: Sequence[Problem],
        options: ProbeOptions,
        progress: Callable[[int, int], None],
    ) -> list[FittedProbe]:
        """See `ProbeFamily.fit`. A problem with fewer than 30 dev items takes as many steps as the first problem."""
        from probing.solvers.networks import Mlp

        def layers(first: np.ndarray, bias: np.ndarray, second: np.ndarray, second_bias: np.ndarray) -> Layers:
            return (first.T, bias[:, 0]), (second.T, second_bias[:, 0])

        shape = {"width": options.width}
        return fit_networks(train, dev, problems, Mlp(options.width), shape, layers, options.device, progress)

    def restore(self, state: dict[str, np.ndarray], setting: dict[str, float | int | str]) -> FittedProbe:
        return restored(state, setting)


FAMILIES.register(MlpFamily(), place=3)
