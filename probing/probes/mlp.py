"""Probes with one hidden layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from probing.measures.loss import unseen_share
from probing.probes.family import FAMILIES, FittedProbe, ProbeOptions, Problem
from probing.probes.fitted import Fitted, Ticker, followers, items, refuse_blind, refuse_unfit, restored
from probing.registry import Card

if TYPE_CHECKING:
    from probing.solvers.stochastic import Trained


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
    seeded = True
    penalised = False
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
        import torch

        from probing.solvers.standardise import Standardiser
        from probing.solvers.stochastic import Assignment, Schedule
        from probing.solvers.stochastic import train as train_networks

        refuse_unfit(train, problems)
        refuse_blind(problems)
        standardiser = Standardiser.of(train)
        rows = torch.from_numpy(standardiser.apply(train)).to(options.device)
        dev_rows = torch.from_numpy(standardiser.apply(dev)).to(options.device)
        ticker = Ticker(progress, len(problems))

        def finished(count: int) -> None:
            ticker.finish(count) if count else ticker()

        def trained(indices: list[int], steps: int | None) -> dict[int, Trained]:
            assignments = [
                Assignment(p.train, p.dev, p.classes, options.width, p.seed, unseen_share(items(p.train), p.classes), steps)
                for p in (problems[index] for index in indices)
            ]
            return dict(zip(indices, train_networks(rows, dev_rows, assignments, Schedule(), finished), strict=True))

        behind = followers(problems)
        networks = trained([index for index in range(len(problems)) if index not in behind], None)
        if behind:
            networks |= trained(behind, networks[0].steps)
        return [
            _fitted(problem, networks[index], standardiser.mean, standardiser.scale, options.width)
            for index, problem in enumerate(problems)
        ]

    def restore(self, state: dict[str, np.ndarray], setting: dict[str, float | int | str]) -> FittedProbe:
        return restored(state, setting)


def _fitted(problem: Problem, network: Trained, mean: np.ndarray, scale: np.ndarray, width: int) -> Fitted:
    state = {"mean": mean, "scale": scale}
    state |= dict(zip(("weights_0", "bias_0", "weights_1", "bias_1"), network.parameters, strict=True))
    state["unseen"] = np.array([unseen_share(items(problem.train), problem.classes)], np.float32)
    return Fitted(problem, {"width": width, "steps": network.steps}, network.bits, state)


FAMILIES.register(MlpFamily())
