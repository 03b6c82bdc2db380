"""How much of the gold tree predicted distances and depths hold: UUAS, DSpr, root accuracy, NSpr.

Hewitt & Manning 2019 (aclanthology.org/N19-1419), as their reporter computes them. A probe B [D, R] predicts the squared
distance of two projected words and the squared norm of one; `squared_distances` and `squared_norms` give both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np

from probing.measures.gold import Counts, Tree
from probing.measures.measure import MEASURES, Measure, Score
from probing.measures.scoring import ratio, resampled

LENGTHS = range(5, 51)  # words of the sentences whose rank correlations count, as published


def squared_distances(projected: np.ndarray) -> np.ndarray:
    """[n, R] → [n, n]: ‖y_i − y_j‖² by the Gram identity; the diagonal is exactly 0."""
    gram = projected @ projected.T
    norms = np.diag(gram)
    return np.maximum(norms[:, None] + norms - 2 * gram, 0.0)


def squared_norms(projected: np.ndarray) -> np.ndarray:
    """[n, R] → [n]."""
    return np.einsum("nr,nr->n", projected, projected)


def chain_distances(n: int) -> np.ndarray:
    """[n, n]: the linear chain, |i − j|, which any encoding of position meets."""
    return np.abs(np.subtract.outer(np.arange(n), np.arange(n))).astype(np.float64)


def chain_depths(n: int) -> np.ndarray:
    """[n]: depths of the linear chain as published: the first word is the root, each next one deeper."""
    return np.arange(n, dtype=np.float64)


def spanning_tree(distances: np.ndarray) -> np.ndarray:
    """[n, n] → [n − 1, 2]: the arcs (i < j) of a minimum spanning tree, in the order found.

    Kruskal's; of equal distances the pair that stands first row by row, as published.
    """
    first, second = np.triu_indices(len(distances), 1)
    component = np.arange(len(distances))
    arcs: list[tuple[int, int]] = []
    for pair in np.argsort(distances[first, second], kind="stable"):
        i, j = int(first[pair]), int(second[pair])
        if component[i] != component[j]:
            component[component == component[j]] = component[i]
            arcs.append((i, j))
            if len(arcs) == len(distances) - 1:
                break
    return np.array(arcs, dtype=np.int64).reshape(-1, 2)


def predicted_arcs(tree: Tree, distances: np.ndarray) -> np.ndarray:
    """The spanning tree [m − 1, 2] of the m words that are no punctuation, as positions among all n words."""
    words = np.flatnonzero(tree.counted)
    return words[spanning_tree(distances[np.ix_(words, words)])]


def spearman(predicted: np.ndarray, gold: np.ndarray) -> np.ndarray:
    """[W, n] and [W, n] → [W]: rank correlations, equal values sharing their mean rank.

    0 where a row is constant and so orders nothing; NaN for rows of fewer than two values.
    """
    if gold.shape[1] < 2:
        return np.full(len(gold), np.nan)
    from scipy.stats import rankdata  # takes a second to import

    a, b = (rankdata(values, axis=1) - (values.shape[1] + 1) / 2 for values in (predicted, gold))
    scale = np.sqrt((a**2).sum(1) * (b**2).sum(1))
    return np.divide((a * b).sum(1), scale, out=np.zeros(len(a)), where=scale > 0)


def compare_distances(trees: Sequence[Tree], predicted: Iterable[np.ndarray]) -> Counts:
    """Arcs `found` of the gold `arcs`, `dspr` (mean over words) and `words` of each tree.

    `predicted` [n, n] a tree, in order, of which one at a time is held.
    """
    rows = []
    for tree, distances in zip(trees, predicted, strict=True):
        guess = predicted_arcs(tree, distances)
        found = int((tree.distances[guess[:, 0], guess[:, 1]] == 1).sum())
        arcs = int((tree.distances[np.ix_(tree.counted, tree.counted)] == 1).sum()) // 2
        correlation = spearman(distances, tree.distances).mean() if len(tree) in LENGTHS else np.nan
        rows.append((found, arcs, correlation, len(tree)))
    return _counts(("found", "arcs", "dspr", "words"), rows)


def compare_depths(trees: Sequence[Tree], predicted: Iterable[np.ndarray]) -> Counts:
    """Whether the root is `root_found`, whether there is one to find (`roots`), `nspr` and `words` of each tree.

    `predicted` [n] a tree, in order. The root found is the least depth without punctuation, or of all where all is that.
    """
    rows = []
    for tree, depths in zip(trees, predicted, strict=True):
        candidates = np.flatnonzero(tree.counted) if tree.counted.any() else np.arange(len(tree))
        has = bool((tree.depths == 0).any())
        found = has and bool(tree.depths[candidates[depths[candidates].argmin()]] == 0)
        correlation = spearman(depths[None], tree.depths[None])[0] if len(tree) in LENGTHS else np.nan
        rows.append((found, has, correlation, len(tree)))
    return _counts(("root_found", "roots", "nspr", "words"), rows)


def _counts(names: Sequence[str], rows: Sequence[tuple[float, ...]]) -> Counts:
    return {name: np.array([row[place] for row in rows]) for place, name in enumerate(names)}


def distance_scores(seeds: Sequence[Counts]) -> dict[str, Score]:
    """`uuas` and `dspr` of a probe under several seeds, from `compare_distances`, with 95 % intervals of a bootstrap over sentences.

    A value is NaN where nothing is scored (no arcs, no sentence of 5 to 50 words); `n` counts arcs, and sentences.
    """
    uuas = resampled([np.stack([one["found"], one["arcs"]], 1) for one in seeds], ratio, int(seeds[0]["arcs"].sum()))
    return {"uuas": uuas, "dspr": _by_length(seeds, "dspr")}


def depth_scores(seeds: Sequence[Counts]) -> dict[str, Score]:
    """`root_accuracy` and `nspr` from `compare_depths`, as `distance_scores`; `n` counts sentences."""
    root = resampled([np.stack([one["root_found"], one["roots"]], 1) for one in seeds], ratio, int(seeds[0]["roots"].sum()))
    return {"root_accuracy": root, "nspr": _by_length(seeds, "nspr")}


def _by_length(seeds: Sequence[Counts], name: str) -> Score:
    """Correlations averaged over the sentences of a length, then over the lengths that there are."""
    words = seeds[0]["words"]
    at = (words[:, None] == np.array(LENGTHS)).astype(np.float64)
    counted = at.any(1)
    sums = [np.hstack([at * np.where(counted, one[name], 0.0)[:, None], at]) for one in seeds]
    return resampled(sums, _mean_of_means, int(counted.sum()))


def _mean_of_means(totals: np.ndarray) -> np.ndarray:
    """[B, 2F] → [B]: sums over counts of each of F lengths, averaged over the lengths with a count."""
    sums, counts = np.split(totals, 2, axis=1)
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    return means.sum(1) / (counts > 0).sum(1)


SOURCE = "Hewitt & Manning 2019 (aclanthology.org/N19-1419)"
of_trees = partial(Measure, source=SOURCE, unit="fraction", sources=("trees",), better="more")
MEASURES.register(
    of_trees(
        name="uuas",
        title="Undirected arcs found (UUAS)",
        measures="The share, 0 to 1, of the gold arcs between words that are no punctuation which the minimum spanning tree of "
        "the predicted distances has too; arcs of all sentences count alike.",
        assumes="Gold trees, and words left out neither from the tree nor from the vectors. Gold arcs through a punctuation "
        "mark are not asked for.",
        misleads="Most arcs join neighbours, so a chain of the words as they stand finds nearly half of them: read it beside "
        "the linear chain and a random-weights checkpoint. It knows neither direction nor label.",
        formula=distance_scores,
        short="Arcs",
        axis="arcs found (UUAS)",
        menus={"trees": 1, "compare": 4},
        otherwise={"compare": "Arcs (UUAS)"},
        higher="more arcs of the tree are found",
        caption="How to read it: the share of gold arcs that the spanning tree of predicted distances has too; high says that "
        "the tree is there. When it misleads: neighbours are often joined, so only what lies above the chain and above random "
        "weights is syntax that was learned.",
    ),
    of_trees(
        name="dspr",
        title="Order of distances (DSpr)",
        measures="The Spearman correlation, -1 to 1, of predicted and gold distances from a word to all words of its sentence, "
        "averaged over the words of sentences of one length, then over lengths 5 to 50.",
        assumes="As published: punctuation counts, and so does each word's distance 0 to itself. A constant prediction counts "
        "as 0.",
        misleads="Every length weighs alike, though few sentences are long, and the distance 0 to itself is an easy point in a "
        "short sentence. Published figures are of other treebanks and annotation.",
        formula=distance_scores,
        short="Distances",
        axis="order of distances (DSpr)",
        menus={"trees": 2},
        caption="How to read it: whether words far apart in the tree are far apart under the probe, as a rank correlation. When "
        "it misleads: word order alone gives much of it.",
    ),
    of_trees(
        name="root_accuracy",
        title="Roots found",
        measures="The share of sentences, 0 to 1, whose word of least predicted depth, punctuation aside, is the root.",
        assumes="A tree with one root a sentence.",
        misleads="A short sentence has few candidates, and one of a single word is always right.",
        formula=depth_scores,
        short="Roots",
        axis="roots found",
        menus={"trees": 3},
        caption="How to read it: the share of sentences whose root has the least predicted depth. When it misleads: short "
        "sentences have few candidates.",
    ),
    of_trees(
        name="nspr",
        title="Order of depths (NSpr)",
        measures="The Spearman correlation, -1 to 1, of predicted and gold depths of the words of a sentence, averaged over the "
        "sentences of one length, then over lengths 5 to 50.",
        assumes="As published: punctuation counts. A constant prediction counts as 0.",
        misleads="Depths are few and many words share one, so it stays below 1 for a probe that tells every word apart.",
        formula=depth_scores,
        short="Depths",
        axis="order of depths (NSpr)",
        menus={"trees": 4},
        caption="How to read it: whether deeper words have larger norms, as a rank correlation. When it misleads: words share "
        "depths, so it stays below 1.",
    ),
)
