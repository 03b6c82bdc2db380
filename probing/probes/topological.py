"""The tree topological probe: squared norms against depths of the true tree, of any tree, and the bounds between which they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from probing.measures.depths import published_depths, published_reversed, valid_depths
from probing.measures.gold import Counts, Tree
from probing.measures.topology import bound_scores, bounds, constant_error, levels, own_error, own_errors, random_place
from probing.measures.trees import squared_norms
from probing.probes.family import FAMILIES
from probing.probes.trees import PUBLISHED, Aim, TreeFamily, TreeScore
from probing.registry import Card

SP, SSP = "sp", "ssp"
GREEDY, REVERSED = "ssp_as_published", "essp_as_published"  # trained on the labels of the published code
OWN = {SSP: valid_depths, GREEDY: published_depths, REVERSED: published_reversed}


class TopologicalFamily(TreeFamily):
    """A projection for sp and one for ssp a start; with `as_published` two more, on the published labels."""

    card = Card(
        name="topological",
        title="Topological: depths of some tree",
        measures="How far a layer's norms, after a linear map, are from the depths of the true tree (sp), from those of any tree (ssp), and where "
        "sp lies between the least and the largest error that any order of the true depths has.",
        assumes="Real words of whole sentences, one corpus for all; trained until dev stops falling; labels by exact dynamic programming. The "
        "rank is 64 unless a run names one; the paper's is half the width of the vectors. Bounds are taken at the trained sp probe.",
        misleads="Depths are not arcs: two trees may share them. Rows marked as published have the published labels (greedy along the norms; "
        "turned over by position for essp) and nothing else of that code, which counts padding as words and stops after a fixed "
        "number of epochs: their figures are not those of the paper.",
        source="Li, Yin & Lin 2023 (arXiv 2310.12454); the bounds at a trained probe are this project's correction",
    )
    options = ("rank", "as_published")
    measures = ("sp", "ssp", "essp", "ssp_lower", "sp_sorted", "essp_upper", "place")
    whole = True
    cost = 3.0

    def aims(self, as_published: bool) -> tuple[str, ...]:
        return (SP, SSP, GREEDY, REVERSED) if as_published else (SP, SSP)

    def aim(self, name: str) -> Aim:
        from probing.solvers.objectives import Norms
        from probing.solvers.projections import CONVERGED

        return Aim(Norms(OWN.get(name)), CONVERGED, levels)

    def read(self, trees: Sequence[Tree], projected: Mapping[str, Sequence[np.ndarray]]) -> Counts:
        """Squared errors summed over the `words` of each sentence: `bounds`, and an aim's own."""
        counts = bounds(trees, map(squared_norms, projected[SP]))
        for name in [name for name in OWN if name in projected]:
            counts[name] = own_errors(map(squared_norms, projected[name]), OWN[name])[:, 0]
        return counts

    def scores(self, seeds: Sequence[Counts]) -> list[TreeScore]:
        found = [TreeScore(name, score, {}) for name, score in bound_scores(seeds).items()]
        # Corrected, essp is a bound and no probe of its own.
        found.extend(one._replace(metric="essp") for one in found[:] if one.metric == "essp_upper")
        found.append(TreeScore("place", random_place(seeds), {"baseline": "random order"}))
        for name in [name for name in OWN if name in seeds[0]]:
            errors = [np.stack([one[name], one["words"]], 1) for one in seeds]
            published = name != SSP
            found.append(TreeScore(name.removesuffix(f"_{PUBLISHED}"), own_error(errors), {PUBLISHED: True} if published else {}))
        return found

    def baselines(self, train: Sequence[Tree], trees: Sequence[Tree]) -> list[TreeScore]:
        """sp of train's mean depth."""
        return [TreeScore(SP, constant_error(train, trees), {"baseline": "constant"})]


FAMILIES.register(TopologicalFamily())
