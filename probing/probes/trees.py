"""What a family of tree probes is: projections of whole sentences, many layers, ranks and starts at once. Imports no torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from probing.measures.gold import Counts, Tree
from probing.measures.measure import Score
from probing.probes.family import Family, Kind
from probing.tasks.task import Level

if TYPE_CHECKING:
    from probing.solvers.objectives import TreeObjective
    from probing.solvers.trainer import EarlyStopping

RANK = 64  # of tree probes, where a run names none
PUBLISHED = "as_published"


@dataclass(frozen=True)
class Bank:
    """S sentences of one split: `trees` [S], and `rows` [N, D] fp32 a layer, in which their words follow each other."""

    trees: Sequence[Tree]
    rows: Sequence[np.ndarray]

    @property
    def lengths(self) -> np.ndarray:
        return np.array([len(tree) for tree in self.trees], dtype=np.int64)


class Start(NamedTuple):
    """One probe to train: at which layer (an index of `Bank.rows`), of what rank, from which seed."""

    layer: int
    rank: int
    seed: int


class TreeScore(NamedTuple):
    """A row to be: `setting` tells what of the probe or which baseline the score is of."""

    metric: str
    score: Score
    setting: dict[str, str | bool]


class Aim(NamedTuple):
    """What a projection is trained for, how, and the gold array of a tree that its objective asks."""

    objective: TreeObjective
    schedule: EarlyStopping
    gold: Callable[[Tree], np.ndarray]


class TreeFamily(Family, ABC):
    """A registered family of tree probes, whose aims are projections: one program an aim, which holds all starts."""

    kind: Kind = "trees"
    levels: tuple[Level, ...] = ("tree",)
    measures: tuple[str, ...]  # the metrics of its `scores`
    whole: bool  # whether a sentence with a word that has no vector has to leave; else that word leaves alone
    cost: float  # of a start of rank 64, in fits of a linear probe on the same words

    @abstractmethod
    def aims(self, as_published: bool) -> tuple[str, ...]:
        """The names of what it trains a projection for, at every start."""

    @abstractmethod
    def aim(self, name: str) -> Aim:
        """What the projection `name` of `aims` is trained for."""

    @abstractmethod
    def read(self, trees: Sequence[Tree], projected: Mapping[str, Sequence[np.ndarray]]) -> Counts:
        """What one start's probe says of S sentences, from their projected words [n, R] by aim."""

    @abstractmethod
    def scores(self, seeds: Sequence[Counts]) -> list[TreeScore]:
        """Of the same probe under several seeds, with 95 % intervals of a bootstrap over sentences."""

    @abstractmethod
    def baselines(self, train: Sequence[Tree], trees: Sequence[Tree]) -> list[TreeScore]:
        """What no vector is needed for."""

    def fit(
        self, train: Bank, dev: Bank, starts: Sequence[Start], aims: Sequence[str], device: str, finished: Callable[[int], None]
    ) -> list[dict[str, np.ndarray]]:
        """A start's projections [D, R] by aim, in order. `finished(count)` is called with how many ended, and may raise.

        Raises BadInput where train or dev has no sentence, or vectors are not finite.
        """
        import torch

        from probing.solvers.projections import ProjectionProblem, SentenceVectors
        from probing.solvers.projections import train as train_side_by_side

        rows = [[torch.from_numpy(layer).to(device) for layer in bank.rows] for bank in (train, dev)]
        problems = [ProjectionProblem(*start) for start in starts]
        found: list[dict[str, np.ndarray]] = [{} for _ in starts]
        for name in aims:
            aim = self.aim(name)
            texts = [
                SentenceVectors(own, bank.lengths, [aim.gold(tree) for tree in bank.trees])
                for own, bank in zip(rows, (train, dev), strict=True)
            ]
            fitted = train_side_by_side(texts[0], texts[1], problems, aim.objective, aim.schedule, finished)
            for probe, one in zip(found, fitted, strict=True):
                probe[name] = one.weights
        return found
