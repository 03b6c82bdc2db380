"""What the structural probe predicts for one sentence at one layer, beside the true tree where there is one: arcs and depths. NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from probing.corpora.statistics import crosses
from probing.measures.gold import Tree
from probing.measures.trees import spanning_tree, squared_distances, squared_norms

Arc = tuple[int, int]  # two words (i < j), 0-based


@dataclass(frozen=True)
class PredictedTree:
    """A sentence of n words as a probe of one layer reads it.

    `tree` is the true one, whose heads are `heads`; None and () where nobody knows it. `present` bool [n]: whether the word has a
    vector; `scored` bool [n]: present and no punctuation. `distances` [n, n] and `depths` [n] are predicted, NaN where a word has no
    vector; `places` [n, R] are the words in the distance probe's space.
    """

    forms: tuple[str, ...]
    upos: tuple[str, ...]
    heads: tuple[int, ...]
    tree: Tree | None
    present: np.ndarray
    scored: np.ndarray
    distances: np.ndarray
    depths: np.ndarray
    places: np.ndarray
    predicted: tuple[Arc, ...]

    @property
    def gold(self) -> tuple[Arc, ...]:
        """Gold arcs between scored words."""
        arcs = ((min(i, head - 1), max(i, head - 1)) for i, head in enumerate(self.heads) if head)
        return tuple(sorted(arc for arc in arcs if self.scored[list(arc)].all()))

    @property
    def agreeing(self) -> tuple[Arc, ...]:
        return tuple(arc for arc in self.gold if arc in self.predicted)

    @property
    def root(self) -> int:
        """The word of least predicted depth, punctuation aside."""
        candidates = np.flatnonzero(self.scored if self.scored.any() else self.present)
        return int(candidates[self.depths[candidates].argmin()])

    @property
    def predicted_heads(self) -> tuple[int, ...]:
        """1-based heads of the predicted tree, hung up at `root` (its head is 0); -1 for words that it does not have."""
        heads = [-1] * len(self.forms)
        heads[self.root] = 0
        below = [self.root]
        for word in below:
            for arc in self.predicted:
                other = arc[1] if arc[0] == word else arc[0] if arc[1] == word else None
                if other is not None and heads[other] == -1:
                    heads[other] = word + 1
                    below.append(other)
        return tuple(heads)

    @property
    def crossing(self) -> tuple[bool, bool]:
        """Whether arcs cross: of the gold tree, of the predicted one."""
        return crosses(self.heads), crosses(self.predicted_heads)

    def shared(self, other: PredictedTree) -> tuple[Arc, ...]:
        """Predicted arcs that another reading of the same words predicts too."""
        return tuple(arc for arc in self.predicted if arc in other.predicted)


def predict_tree(
    forms: Sequence[str],
    upos: Sequence[str],
    heads: Sequence[int] | None,
    present: np.ndarray,
    vectors: np.ndarray,
    distance: np.ndarray,
    depth: np.ndarray,
) -> PredictedTree:
    """`vectors` [n, D] of all words (whatever stands for one without a vector is not read), and the probe's two projections [D, R].

    `upos` tells punctuation (PUNCT) from words; `heads` None: the true tree is not known. At least one word must be present.
    Raises ValueError where the heads are not one tree.
    """
    punctuation = [tag == "PUNCT" for tag in upos]
    tree = None if heads is None else Tree.of(list(heads), punctuation)
    present = np.asarray(present, dtype=bool)
    known, scored = np.flatnonzero(present), present & ~np.array(punctuation)
    places = np.full((len(forms), distance.shape[1]), np.nan)
    places[known] = vectors[known] @ distance
    distances, depths = np.full((len(forms),) * 2, np.nan), np.full(len(forms), np.nan)
    distances[np.ix_(known, known)] = squared_distances(places[known])
    depths[known] = squared_norms(vectors[known] @ depth)
    words = np.flatnonzero(scored)
    arcs = words[spanning_tree(distances[np.ix_(words, words)])]
    return PredictedTree(
        tuple(map(str, forms)),
        tuple(map(str, upos)),
        () if heads is None else tuple(int(head) for head in heads),
        tree,
        present,
        scored,
        distances,
        depths,
        places,
        tuple(sorted((int(i), int(j)) for i, j in arcs)),
    )


def summary(tree: PredictedTree) -> str:
    """How the predicted tree and the true one agree, in words."""
    parts = [f"{len(tree.agreeing)} of {len(tree.gold)} gold arcs found."]
    true, root = tree.heads.index(0), tree.root
    parts.append(
        f"The root {tree.forms[true]} is found." if root == true else f"Root: {tree.forms[true]}, predicted {tree.forms[root]}."
    )
    crossing = [name for name, crossed in zip(("gold", "predicted"), tree.crossing, strict=True) if crossed]
    if crossing:
        parts.append(f"Arcs cross in the {' and the '.join(crossing)} tree.")
    lacking = int((~tree.present).sum())
    if lacking:
        parts.append(f"{lacking} word{'s' if lacking > 1 else ''} without a vector, struck out.")
    return " ".join(parts)


def conllu(reading: PredictedTree, title: str) -> str:
    """The predicted tree as CoNLL-U. Words that it does not have (punctuation, words without a vector) hang on its root."""
    heads = reading.predicted_heads
    lines = [
        f"# {' '.join(title.split())}",
        "# heads: a minimum spanning tree of predicted distances, hung up at the word of least predicted depth; punctuation and words "
        "without a vector hang on the root",
        f"# text = {' '.join(' '.join(reading.forms).split())}",
    ]
    for word, (form, tag, head) in enumerate(zip(reading.forms, reading.upos, heads, strict=True)):
        relation = "root" if head == 0 else "punct" if tag == "PUNCT" else "dep"
        shown = reading.root + 1 if head == -1 else head
        form = " ".join(form.split())
        lines.append("\t".join((str(word + 1), form, "_", tag or "_", "_", "_", str(shown), relation, "_", "_")))
    return "\n".join(lines) + "\n\n"


Readings = Mapping[str, Mapping[int, PredictedTree]]  # checkpoint → layer → the same words


def headline(base: str, read: Readings) -> str:
    """A sentence on each compared checkpoint: the layer at which fewest of its arcs are those of the base; of the base alone, how far its layers
    agree."""
    told = []
    for name, trees in read.items():
        shared = _shared(base, name, read)
        if name == base or not shared:
            continue
        least = min(shared, key=lambda layer: (shared[layer], layer))
        arcs = len(trees[least].predicted)
        if shared[least] == arcs:
            told.append(f"{name} predicts the same tree as {base} at every layer.")
        else:
            told.append(f"{name} differs from {base} most at layer {least}: {shared[least]} of {arcs} arcs are the same.")
    if told:
        return "\n".join(told)
    own = dict(sorted(read[base].items()))
    top = max(own)
    alike = [layer for layer, tree in own.items() if layer != top and set(tree.predicted) == set(own[top].predicted)]
    same = f"{len(alike)} of {len(own) - 1} other layers have the same arcs" if len(own) > 1 else "it is the only layer"
    return f"At layer {top} of {base} the word of least depth is “{own[top].forms[own[top].root]}”; {same}."


def most_apart(base: str, read: Readings) -> int:
    """The layer of the first compared checkpoint's sentence; of the base alone its top layer."""
    for name in read:
        if name != base and (shared := _shared(base, name, read)):
            return min(shared, key=lambda layer: (shared[layer], layer))
    return max(read[base])


def _shared(base: str, name: str, read: Readings) -> dict[int, int]:
    """How many arcs a checkpoint shares with the base, at the layers that both have."""
    return {layer: len(tree.shared(read[base][layer])) for layer, tree in read[name].items() if layer in read[base]}
