"""The edge probe: span pooling and one hidden layer, on each layer and on cumulative mixes of layers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from probing.probes.edges import EdgeFamily, EdgeProblem, FittedEdge, SpanBank
from probing.probes.family import FAMILIES, Progress
from probing.probes.fitted import FEW, Ticker, items, refuse_unfit, unseen_of
from probing.registry import Card
from probing.solvers.standardise import Standardiser


class EdgeProbes(EdgeFamily):
    card = Card(
        name="edge",
        title="Edge: spans and pairs of them",
        measures="How much of the label of a span, or of a pair of spans, a network reads from the vectors of their words alone: at each layer "
        "(F1 of all answers, accuracy, loss in bits), and at the mixes of layers 0 to l, which say what a layer adds to those below it.",
        assumes="Projection to 256 units, one for either span, self-attentive pooling of a span's words, one hidden layer (tanh, layer norm, "
        "dropout 0.3), a sigmoid for each class, as published. Other than published: vectors are standardised layer by layer with train's mean "
        "and deviation, so that the shares of a mix do not depend on how long vectors are; batches of 256 instead of 32 and a larger rate; "
        "probabilities are the sigmoids over their sum, after the unseen-class rule.",
        misleads="A network on two words learns pairs of words by heart: read selectivity, and the random-weights checkpoint. The centre of gravity "
        "says where the mix looked, not where the answer is only; the expected layer is refused where what layers add is noise.",
        source="Tenney et al. 2019 (arXiv 1905.06316; mixes: 1905.05950)",
    )
    options = ("width",)
    cost = 1.5

    def fit(
        self, train: SpanBank, dev: SpanBank, problems: Sequence[EdgeProblem], width: int, device: str, progress: Progress
    ) -> list[FittedEdge]:
        """See `EdgeFamily.fit`."""
        import torch

        from probing.solvers.edges import SCHEDULE, SpanProblem, Spans, TrainedSpanProbe
        from probing.solvers.edges import train as fit

        refuse_unfit(problems)
        statistics = [Standardiser.of(rows) for rows in train.rows]
        mean, scale = (np.stack([getattr(one, name) for one in statistics]) for name in ("mean", "scale"))
        ticker = Ticker(progress, len(problems))
        texts = [Spans([torch.from_numpy(rows) for rows in bank.rows], bank.ends) for bank in (train, dev)]

        def trained(steps: dict[int, int | None]) -> dict[int, TrainedSpanProbe]:
            pairs = ((problems[index], n) for index, n in steps.items())
            some = [SpanProblem(p.layers, p.train, p.dev, p.classes, p.seed, n) for p, n in pairs]
            found = fit(texts[0], texts[1], mean, scale, some, width, SCHEDULE, device, ticker.finished)
            return dict(zip(steps, found, strict=True))

        behind = _too_few_dev_items(problems)
        done = trained({index: None for index in range(len(problems)) if index not in behind})
        if behind:
            done |= trained({index: done[leader].steps for index, leader in behind.items()})
        found = [done[index] for index in range(len(problems))]
        probes: list[FittedEdge] = []
        for problem, one in zip(problems, found, strict=True):
            own = list(problem.layers)
            state = {name: array for name, array in one.parameters.items() if name not in ("mix", "gamma")}
            state |= {"mean": mean[own], "scale": scale[own], "mix": np.ones(1, np.float32)}
            if len(own) > 1:
                shares = np.exp(one.parameters["mix"][own] - one.parameters["mix"][own].max())
                state["mix"] = (one.parameters["gamma"] * shares / shares.sum()).astype(np.float32)
            state["unseen"] = unseen_of(problem)
            probes.append(FittedEdge(problem, {"width": width, "steps": one.steps}, one.loss / math.log(2), state))
        return probes


def _too_few_dev_items(problems: Sequence[EdgeProblem]) -> dict[int, int]:
    """The problems with too few dev items to choose on, and whose steps they take: the first's on the same layers and seed."""
    leaders = {(one.layers, one.seed): index for index, one in reversed(list(enumerate(problems))) if items(one.dev) >= FEW}
    found = {}
    for index, one in enumerate(problems):
        if index and items(one.dev) < FEW:
            found[index] = leaders.get((one.layers, one.seed), 0)
    return found


FAMILIES.register(EdgeProbes(), place=6)
