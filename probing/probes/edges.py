"""Edge probes: span pooling and one hidden layer, on each layer and on cumulative mixes of layers, many labellings at once.

The interface of their families, and the one there is. Imports no torch.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from probing.measures.loss import log2_smoothed
from probing.probes.family import FAMILIES, Family, Kind, Progress
from probing.probes.fitted import FEW, Ticker, items, refuse_unfit, unseen_of
from probing.registry import Card
from probing.solvers.spans import EdgeProblem, SpanBank
from probing.solvers.standardise import Standardiser
from probing.tasks.task import Level

WIDTH = 256  # of the projection and of the hidden layer, where a run names none
ROWS = 8192  # words or items read out at a time
EPSILON = 1e-5  # of the layer norm


@dataclass
class FittedEdge:
    """A trained probe, read out with NumPy alone.

    `state`, all fp32, for l layers, S spans, E units: `mean`, `scale` [l, D], `mix` [l] (shares times γ), `project_s` [D, E], `bias_s` [1, E],
    `attend_s` [E, 1], `hidden` [S·E, E], `hidden_bias`, `gain`, `shift` [1, E], `out` [E, K], `out_bias` [1, K], `unseen` [1].
    """

    problem: EdgeProblem
    setting: dict[str, float | int | str]
    dev_loss: float  # binary cross-entropy in bits an item, summed over classes
    state: dict[str, np.ndarray]

    @property
    def shares(self) -> np.ndarray:
        """[l]: what the mix gives each of its layers, adding up to 1."""
        return self.state["mix"] / self.state["mix"].sum()

    def logits(self, bank: SpanBank) -> np.ndarray:
        """[N, K] fp32 on a bank of the probe's own layers (`SpanBank.of`): log odds of each class by itself; over 0 the class is said."""
        state = self.state
        words = np.concatenate([self._projected(bank, start) for start in range(0, max(1, len(bank.rows[0])), ROWS)], axis=1)
        result = np.empty((len(bank), state["out_bias"].shape[1]), np.float32)
        for start in range(0, len(bank), ROWS):
            pooled = [
                _pooled(y, y @ state[f"attend_{span}"][:, 0], ends[start : start + ROWS])
                for span, (y, ends) in enumerate(zip(words, bank.ends, strict=True))
            ]
            hidden = np.tanh(np.hstack(pooled) @ state["hidden"] + state["hidden_bias"])
            hidden -= hidden.mean(1, keepdims=True)
            hidden /= np.sqrt(hidden.var(1, keepdims=True) + EPSILON)
            result[start : start + ROWS] = (hidden * state["gain"] + state["shift"]) @ state["out"] + state["out_bias"]
        return result

    def _projected(self, bank: SpanBank, start: int) -> np.ndarray:
        """[S, W, E] of some words."""
        state = self.state
        mixed = sum(
            share * Standardiser(mean, scale).apply(rows[start : start + ROWS])
            for share, mean, scale, rows in zip(state["mix"], state["mean"], state["scale"], bank.rows, strict=True)
        )
        return np.stack([mixed @ state[f"project_{span}"] + state[f"bias_{span}"] for span in range(len(bank.ends))])

    def log2_probabilities(self, logits: np.ndarray) -> np.ndarray:
        """[N, K] fp32, base 2: the sigmoids divided by their sum, after the unseen-class rule (see measures/loss.py)."""
        # log σ(z) as a logit: a softmax of it is the sigmoids over their sum.
        return log2_smoothed(-np.logaddexp(0, -logits.astype(np.float64)), float(self.state["unseen"][0]))


def _pooled(y: np.ndarray, scores: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """`y` [W, E] and weights' logarithms `scores` [W] → [B, E], the words of each span."""
    begin, sizes = ends[:, 0], ends[:, 1] - ends[:, 0]
    if (sizes == 1).all():
        return y[begin]
    starts = np.cumsum(sizes) - sizes
    rows = np.repeat(begin - starts, sizes) + np.arange(sizes.sum())
    own = scores[rows]
    share = np.exp(own - np.repeat(np.maximum.reduceat(own, starts), sizes))
    share /= np.repeat(np.add.reduceat(share, starts), sizes)
    return np.add.reduceat(y[rows] * share[:, None], starts, axis=0)


class EdgeFamily(Family, ABC):
    """A registered family of edge probes."""

    kind: Kind = "edges"
    levels: tuple[Level, ...] = ("word", "span", "edge")
    cost: float  # of a probe, in fits of a linear probe on all words of train

    @abstractmethod
    def fit(
        self, train: SpanBank, dev: SpanBank, problems: Sequence[EdgeProblem], width: int, device: str, progress: Progress
    ) -> list[FittedEdge]:
        """A fitted probe a problem, in order, choosing on `dev` alone. `progress(done, total)` may raise to cancel.

        Raises BadInput where a problem has no item in train or dev, or one label only in train, or vectors are not finite.
        """


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
    cost = 1.1

    def fit(
        self, train: SpanBank, dev: SpanBank, problems: Sequence[EdgeProblem], width: int, device: str, progress: Progress
    ) -> list[FittedEdge]:
        """See `EdgeFamily.fit`."""
        from probing.solvers.edges import SCHEDULE, TrainedSpanProbe
        from probing.solvers.edges import train as fit

        refuse_unfit(problems)
        statistics = [Standardiser.of(rows) for rows in train.rows]
        mean, scale = (np.stack([getattr(one, name) for one in statistics]) for name in ("mean", "scale"))
        ticker = Ticker(progress, len(problems))

        def trained(steps: dict[int, int | None]) -> dict[int, TrainedSpanProbe]:
            some = [replace(problems[index], steps=count) for index, count in steps.items()]
            found = fit(train, dev, mean, scale, some, width, SCHEDULE, device, ticker)
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
