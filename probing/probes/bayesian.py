"""Probes that are coded in as few bits as they can be: the variational code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from probing.measures.variational import Code
from probing.probes.family import FAMILIES, FittedProbe, ProbeFamily, ProbeOptions, Problem, Progress
from probing.probes.fitted import Fitted, Ticker, refuse_unfit, state_of
from probing.registry import Card
from probing.solvers.standardise import Standardiser

if TYPE_CHECKING:
    from probing.solvers.variational import Compressed


class BayesianFamily(ProbeFamily):
    """Two hidden layers with ReLU on standardised vectors, trained to the shortest message of itself and train's labels."""

    card = Card(
        name="bayesian",
        title="Bayesian compression",
        measures="How short a message tells a probe and the labels of train together, in bits; and how much of the task that probe, a network with "
        "two hidden layers, answers from the vector.",
        assumes="Vectors are standardised with train's mean and deviation. Training is on the bound, for a number of steps that the count of "
        "train items gives: dev chooses nothing. The weight of the divergence rises from 0 to 1 over the first tenth. Predictions are those of "
        "the posterior's mean, without inputs and hidden units of which the log dropout rate is above 3; their probabilities follow the "
        "unseen-class rule, (1−e)p + e/K with e = K/(t+K).",
        misleads="Where train is small, weights are dear and it may answer less than an MLP that pays nothing. Units are counted as pruned by a "
        "threshold, and the steps may end before they are past it: read the codelength first, and the architecture as a rough size.",
        source="Voita & Titov 2020, arXiv 2003.12298; Louizos et al. 2017, arXiv 1705.08665",
    )
    seeded = True
    codes = True
    options = ("width",)

    def fit(
        self, train: np.ndarray, dev: np.ndarray, problems: Sequence[Problem], options: ProbeOptions, progress: Progress
    ) -> list[FittedProbe]:
        """See `ProbeFamily.fit`. Dev is read for `dev_loss` alone, which is NaN for a problem without dev items."""
        import torch

        from probing.solvers.variational import ANNEALING, CompressionProblem, compress

        refuse_unfit(problems)
        standardiser = Standardiser.of(train)
        rows = torch.from_numpy(standardiser.apply(train)).to(options.device)
        to_compress = [CompressionProblem(problem.train, problem.classes, problem.seed) for problem in problems]
        found = compress(rows, to_compress, options.width, ANNEALING, Ticker(progress, len(problems)))
        probes = [_read_out(problem, options.width, standardiser, one) for problem, one in zip(problems, found, strict=True)]
        for probe in probes:
            probe.dev_loss = _dev_bits(probe, dev)
        return [*probes]


def _read_out(problem: Problem, width: int, standardiser: Standardiser, one: Compressed) -> Fitted:
    state = state_of(problem, standardiser, one.layers)
    # The code gives a class that train lacks what its own bias says; the probe keeps to the rule of all families.
    lacking = np.bincount(problem.train[problem.train >= 0], minlength=problem.classes) == 0
    state["bias_2"] = np.where(lacking, -np.inf, state["bias_2"]).astype(np.float32)
    code = Code(one.model, one.data, "-".join(str(count) for count in one.units))
    return Fitted(problem, {"width": width, "steps": one.steps}, float("nan"), state, code)


def _dev_bits(probe: Fitted, dev: np.ndarray) -> float:
    """Mean loss on the problem's dev items."""
    inside = np.flatnonzero(probe.problem.dev >= 0)
    if not len(inside):
        return float("nan")
    return -float(probe.log2_probabilities(dev[inside])[np.arange(len(inside)), probe.problem.dev[inside]].mean(dtype=np.float64))


FAMILIES.register(BayesianFamily(), place=4)
