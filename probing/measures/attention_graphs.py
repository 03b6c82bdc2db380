"""The graph that a head's attention draws between the tokens of a sentence: its edges, components, cycles and spanning tree.

Kushnareva, Cherniavskii, Mikhailov et al. 2021 (arXiv 2109.04825): an attention map is cut at several thresholds, and what is left is
read as an undirected graph. Two tokens are joined where either attends to the other with at least the threshold, so A becomes
max(A, Aᵀ), and the distance 1 - A its elementwise minimum. Every token that the model reads is a vertex, special ones included, as in
their code: many heads rest on those, and without them a resting head would look like a broken one. NumPy alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from probing.measures.measure import MEASURES, Measure, Score
from probing.measures.statistics import sentence_weights

THRESHOLDS = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75)
PER_TOKEN = ("attention_edges", "attention_components", "attention_cycles")  # of each threshold, in the order of `features`
TREE = "attention_tree"  # the last of the features


@dataclass(frozen=True)
class Graphs:
    """Graphs of any shape [...] over the same V tokens, cut at each of the `THRESHOLDS` [C]."""

    vertices: int
    edges: np.ndarray  # int [..., C]
    components: np.ndarray  # int [..., C], b0
    bars: np.ndarray  # [..., V - 1], ascending: lengths of the H0 barcode of 1 - A

    @property
    def cycles(self) -> np.ndarray:
        """Independent cycles b1 [..., C], by Euler's relation."""
        return self.edges - self.vertices + self.components


def graphs(maps: np.ndarray) -> Graphs:
    """Of attention maps [..., V, V]. What a token gives to itself joins nothing and is left out.

    Components need no search: a tree of greatest weight that spans all tokens keeps, above a threshold, one edge less than each
    component has tokens. Holds a copy of the maps. Raises ValueError for maps without a token.
    """
    vertices = maps.shape[-1]
    if not vertices:
        raise ValueError("a map without tokens has no graph")
    links = np.maximum(maps, maps.swapaxes(-1, -2))
    above = links[(..., *np.triu_indices(vertices, 1))]  # [..., pairs]
    weights = _spanning(links.reshape(-1, vertices, vertices)).reshape(*maps.shape[:-2], vertices - 1)
    return Graphs(
        vertices,
        np.stack([(above >= threshold).sum(-1) for threshold in THRESHOLDS], -1),
        np.stack([vertices - (weights >= threshold).sum(-1) for threshold in THRESHOLDS], -1),
        np.sort(1 - weights, -1),
    )


def _spanning(links: np.ndarray) -> np.ndarray:
    """Weights [G, V - 1] of a spanning tree of greatest weight of each graph [G, V, V]: Prim's algorithm, a step for all graphs at once."""
    every, vertices = np.arange(len(links)), links.shape[-1]
    outside = np.ones(links.shape[:2], dtype=bool)
    outside[:, 0] = False
    reach = np.where(outside, links[:, 0], -np.inf)  # what best joins a token outside the tree to it
    weights = np.empty((len(links), vertices - 1), dtype=links.dtype)
    for step in range(vertices - 1):
        nearest = reach.argmax(1)
        weights[:, step] = reach[every, nearest]
        outside[every, nearest] = False
        reach = np.where(outside, np.maximum(reach, links[every, nearest]), -np.inf)
    return weights


def features(found: Graphs) -> np.ndarray:
    """fp64 [..., 3C + 1]: edges, components and cycles for each token (`PER_TOKEN`, each of C thresholds), and the mean bar (0 of one token)."""
    counts = np.concatenate([found.edges, found.components, found.cycles], -1) / found.vertices
    bars = found.bars.sum(-1, keepdims=True, dtype=np.float64) / max(found.vertices - 1, 1)
    return np.concatenate([counts, bars], -1)


# A token gives at most 1 / threshold tokens so much: times the threshold its edges, and the cycles among them, stay within 0 and 1.
SCALE = np.concatenate([THRESHOLDS, np.ones(len(THRESHOLDS)), THRESHOLDS, [1.0]])


def drift(first: np.ndarray, second: np.ndarray) -> Score:
    """How far `features` [S, H, 3C + 1] of two models on the same S sentences are apart, 0 to 1, with a 95 % interval over sentences.

    The root of the mean square, over heads and features, of the difference of their means over sentences, each feature `SCALE`d to 0 … 1.
    A mean of few sentences is as far from 0 as chance takes it, so what chance adds to the square is taken off (twice of a replicate, which
    is a draw from a draw); what is left below 0 is 0. S is 2 at least.
    """
    sentences = len(first)
    apart = ((second - first) * SCALE).reshape(sentences, -1)
    chance = float(apart.var(0, ddof=1).mean()) / sentences
    means = sentence_weights(sentences) @ apart / sentences
    value = math.sqrt(max(0.0, float((apart.mean(0) ** 2).mean()) - chance))
    return Score.of(value, np.sqrt(np.maximum((means**2).mean(1) - 2 * chance, 0.0)), sentences)


KUSHNAREVA = "Kushnareva et al. 2021, arXiv 2109.04825"
GRAPH = (
    "Every token that the model reads is a vertex, special ones included; two are joined where either gives the other at least the threshold "
    "(.025, .05, .1, .25, .5 or .75)."
)
LOOPS = " What a token gives to itself is left out, which the published code counts as an edge and so as a cycle."
of_attention = partial(Measure, unit="ratio", sources=("topology",), source=KUSHNAREVA, formula=features)
MEASURES.register(
    of_attention(
        name="attention_edges",
        title="Edges of attention graphs",
        measures="How many pairs of tokens a head joins, for each token of the sentence; the mean over heads and sentences.",
        assumes=GRAPH + LOOPS,
        misleads="At a low threshold attention that is spread evenly joins all tokens of a short sentence and none of a long "
        "one: compare on one text.",
        short="edges per token",
        axis="edges per token",
        menus={"topology": 3},
    ),
    of_attention(
        name="attention_components",
        title="Components of attention graphs (b0)",
        measures="Into how many pieces a head's graph falls, for each token: 1 where nothing is joined, near 0 where everything "
        "hangs together.",
        assumes=GRAPH,
        misleads="One token that all attend to, such as a separator, makes one piece of all, whatever else the head does.",
        short="components per token",
        axis="components per token",
        menus={"topology": 1},
    ),
    of_attention(
        name="attention_cycles",
        title="Cycles of attention graphs (b1)",
        measures="Independent cycles of a head's graph for each token: edges − tokens + components.",
        assumes=GRAPH + LOOPS,
        misleads="It follows from edges and components, and rises with edges wherever few pieces are left.",
        short="cycles per token",
        axis="cycles per token",
        menus={"topology": 2},
    ),
    of_attention(
        name=TREE,
        title="Mean bar of attention graphs (H0)",
        measures="The mean edge of the shortest tree that spans a sentence's tokens under the distance 1 − A: how long, on "
        "average, a piece lives before it joins another as the threshold falls. Near 0 for sharp attention, near 1 for even.",
        assumes="The distance of two tokens is the smaller of both directions. Bars of dimension 0 alone: those of cycles (H1) "
        "need a program for persistent homology, and are left out.",
        misleads="A sharp head has short bars whether it looks at the next word or at the separator: read components and edges "
        "beside it.",
        short="mean bar",
        axis="mean bar",
        menus={"topology": 4},
    ),
    of_attention(
        name="topology_drift",
        title="Drift of attention's shape",
        measures="How far two checkpoints' heads of one layer are apart in edges, components, cycles and mean bar on the same "
        "sentences: each count for a token, edges and cycles times their threshold, so that every feature lies between 0 and 1 "
        "whatever the length; averaged over sentences; then the root mean square over heads, thresholds and features. 0 is the "
        "same shape.",
        assumes="The same tokens, layers and heads, head held against head: of checkpoints that share no history heads may be "
        "permuted. The 95 % interval resamples sentences, and what chance adds to a square is taken off.",
        misleads="A count is blind to who is joined: attention that moves from one token to another may leave it at 0. In "
        "published work (BERT on CoLA) distances rise with the layer, so a rise says little by itself: read it beside two seeds "
        "and random weights.",
        source="After Cherniavskii et al. 2022, arXiv 2205.09630, and "
        + KUSHNAREVA
        + "; the scale and the norm are this project's",
        formula=drift,
        short="Difference in shape",
        axis="difference in the shape of attention",
    ),
)
