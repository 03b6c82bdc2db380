"""The structural probe: a projection under which squared distances are a tree's, and one under which squared norms are its depths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from probing.measures.gold import Counts, Tree
from probing.measures.trees import (
    chain_depths,
    chain_distances,
    compare_depths,
    compare_distances,
    depth_scores,
    distance_scores,
    squared_distances,
    squared_norms,
)
from probing.probes.family import FAMILIES
from probing.probes.trees import Aim, TreeFamily, TreeScore
from probing.registry import Card

DISTANCE, DEPTH = "distance", "depth"
CHAIN: dict[str, str | bool] = {"baseline": "chain"}


class StructuralFamily(TreeFamily):
    """Two projections a start: B of distances, and B of depths."""

    card = Card(
        name="structural",
        title="Structural: distances and depths",
        measures="Which tree a layer holds: a linear map after which the squared distance of two words is their distance in the tree, "
        "and another after which a word's squared length is its depth.",
        assumes="Vectors as they are, neither centred nor scaled; L1 losses, Adam, early stopping on dev, as published. The rank is 64 "
        "unless a run names one. Words without a vector leave; the others keep their distances.",
        misleads="A map of high rank finds some tree in much; neighbours are near each other in any text, so read it beside the linear "
        "chain and a random-weights checkpoint. One map for all sentences: what a layer holds in another shape it does not see.",
        source="Hewitt & Manning 2019 (aclanthology.org/N19-1419)",
    )
    options = ("rank",)
    measures = ("uuas", "dspr", "root_accuracy", "nspr")
    whole = False
    cost = 2.2

    def aims(self, as_published: bool) -> tuple[str, ...]:  # noqa: ARG002
        return (DISTANCE, DEPTH)

    def aim(self, name: str) -> Aim:
        from probing.solvers.objectives import Depth, Distance
        from probing.solvers.projections import PUBLISHED

        if name == DISTANCE:
            return Aim(Distance(), PUBLISHED, lambda tree: tree.distances)
        return Aim(Depth(), PUBLISHED, lambda tree: tree.depths)

    def read(self, trees: Sequence[Tree], projected: Mapping[str, Sequence[np.ndarray]]) -> Counts:
        """`found` of `arcs`, `dspr` of a sentence; whether the root is `root_found` of `roots`, `nspr`; `words`."""
        distances = compare_distances(trees, map(squared_distances, projected[DISTANCE]))
        depths = compare_depths(trees, map(squared_norms, projected[DEPTH]))
        return distances | depths

    def scores(self, seeds: Sequence[Counts]) -> list[TreeScore]:
        return [TreeScore(name, score, {}) for name, score in (distance_scores(seeds) | depth_scores(seeds)).items()]

    def baselines(self, train: Sequence[Tree], trees: Sequence[Tree]) -> list[TreeScore]:  # noqa: ARG002
        """The linear chain."""
        chain = compare_distances(trees, (chain_distances(len(tree)) for tree in trees))
        chain |= compare_depths(trees, (chain_depths(len(tree)) for tree in trees))
        return [one._replace(setting=CHAIN) for one in self.scores([chain])]


FAMILIES.register(StructuralFamily())
