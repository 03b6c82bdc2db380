"""Similarity of two representations of the same items: linear CKA (plain and debiased), Procrustes, RSA.

Kornblith et al. 2019 (arXiv 1905.00414) for CKA, Ding, Denain & Steinhardt 2021 (arXiv 2108.01661) for Procrustes and for how they
disagree, Kriegeskorte, Mur & Bandettini 2008 for RSA. NumPy alone; nothing larger than N×D, D×D or M×M is held, with M at most 2,000.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from probing.measures.measure import MEASURES, Measure, Score
from probing.measures.scoring import resampled

FEWEST = 10  # items under which nothing is said: the debiased form divides by (n − 1)(n − 2), and intervals need sentences
MOST_RSA = 2_000  # items whose distances are ranked: two million pairs
ROUNDING = 1e-6  # of the largest value: a spread below it is fp32's own
DIGITS = 9  # of a cosine: what differs beyond them is rounding, and would order equal pairs by chance


@dataclass(frozen=True)
class CentredLayer:
    """One layer's vectors of N items, ready to be compared. All of it is 0 where every vector is the same."""

    x: np.ndarray  # fp32 [N, D], centred, of unit Frobenius norm
    squares: np.ndarray  # fp64 [N], squared norms of the rows, which add up to 1

    @classmethod
    def of(cls, vectors: np.ndarray) -> CentredLayer:
        """`vectors` [N, D]. Raises ValueError for fewer than `FEWEST` items."""
        if len(vectors) < FEWEST:
            raise ValueError(f"{len(vectors)} items are too few to compare representations")
        # One pass in fp64, since a mean that is large beside the spread would leave nothing of an fp32 difference.
        x = vectors.astype(np.float64)
        x -= x.mean(0)
        norm = float(np.sqrt(np.einsum("nd,nd->", x, x)))
        x *= 1 / norm if norm > ROUNDING * float(np.abs(vectors).max(initial=0.0)) else 0.0
        return cls(x.astype(np.float32), np.einsum("nd,nd->n", x, x))

    @property
    def flat(self) -> bool:
        return not self.squares.any()


@dataclass(frozen=True)
class Shares:
    """What each item gives to ‖XᵀY‖²_F [N], and to its debiased form [N]; each sums to the whole."""

    plain: np.ndarray
    debiased: np.ndarray


def product(a: CentredLayer, b: CentredLayer) -> np.ndarray:
    """XᵀY, fp64 [D, E] from an fp32 product."""
    return (a.x.T @ b.x).astype(np.float64)


def shares(a: CentredLayer, b: CentredLayer, cross: np.ndarray | None = None) -> Shares:
    """`cross` is their `product`, where it is there already.

    ‖XᵀY‖²_F = Σ_ij ⟨x_i, x_j⟩⟨y_i, y_j⟩, a sum over pairs of items, of which half a pair belongs to each. Debiased it becomes
    S − n/(n−2)·Σ‖x_i‖²‖y_i‖² + ‖X‖²‖Y‖²/((n−1)(n−2)).
    """
    cross = product(a, b) if cross is None else cross
    n, s, t = len(a.x), a.squares, b.squares
    plain = np.einsum("ne,ne->n", a.x @ cross.astype(np.float32), b.x, dtype=np.float64)
    both = (s * t.sum() + s.sum() * t) / 2
    return Shares(plain, plain - n / (n - 2) * s * t + both / ((n - 1) * (n - 2)))


def cka(cross: Shares, first: Shares, second: Shares, sentence: np.ndarray) -> dict[str, Score]:
    """`cka` and `cka_debiased` from the shares of X with Y, X with X and Y with Y; `sentence` [N] any ids.

    95 % intervals of a bootstrap over sentences, to first order: a replicate that draws a sentence once more adds what its pairs
    with all others add, which is twice its share. NaN where a layer has no spread.
    """
    _, place = np.unique(sentence, return_inverse=True)
    count = len(sentence)
    found = {}
    for name in ("plain", "debiased"):
        parts = [np.bincount(place, getattr(one, name)) for one in (cross, first, second)]
        sums = np.stack([2 * part - part.sum() / len(part) for part in parts], 1)
        found["cka" if name == "plain" else "cka_debiased"] = resampled([sums], _ratio, count)
    # By Cauchy and Schwarz the plain form stays below 1; its replicates to first order may not.
    return found | {"cka": found["cka"]._replace(upper=min(1.0, found["cka"].upper))}


def _ratio(totals: np.ndarray) -> np.ndarray:
    """[B, 3] → [B]: a product over the square root of both squares; NaN where a square is not above 0."""
    squares = np.where((totals[:, 1:] > 0).all(1), totals[:, 1] * totals[:, 2], np.nan)
    return totals[:, 0] / np.sqrt(squares)


def procrustes(a: CentredLayer, b: CentredLayer, cross: np.ndarray | None = None) -> float:
    """‖X‖² + ‖Y‖² − 2‖XᵀY‖_*, 0 to 2: what is left between them after the best rotation. NaN where a layer has no spread."""
    if a.flat or b.flat:
        return float("nan")
    cross = product(a, b) if cross is None else cross
    nuclear = float(np.linalg.svd(cross, compute_uv=False).sum())
    return max(0.0, float(a.squares.sum() + b.squares.sum()) - 2 * nuclear)


@lru_cache(maxsize=8)
def chosen(items: int, most: int, seed: int = 0) -> np.ndarray:
    """Positions of at most `most` of so many items, drawn under a seed, ascending."""
    sampled = np.arange(items) if items <= most else np.sort(np.random.default_rng(seed).choice(items, most, replace=False))
    sampled.flags.writeable = False
    return sampled


def distance_ranks(vectors: np.ndarray) -> np.ndarray:
    """[M, D] → fp32 [M(M − 1)/2]: the ranks of the cosine distances of all pairs, centred, of unit norm; 0 where all are equal.

    Equal distances share their mean rank; a vector of zeros is at cosine 0 from all. Raises ValueError for more than `MOST_RSA` items.
    """
    if len(vectors) > MOST_RSA:
        raise ValueError(f"{len(vectors)} items are too many for RSA")
    from scipy.stats import rankdata

    x = vectors.astype(np.float64)
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    x = np.divide(x, norms, out=np.zeros_like(x), where=norms > 0)
    cosine = (x @ x.T)[np.triu_indices(len(x), 1)]
    ranks = rankdata(-np.round(cosine, DIGITS))
    ranks -= ranks.mean()
    norm = float(np.linalg.norm(ranks))
    return (ranks / norm if norm else np.zeros_like(ranks)).astype(np.float32)


def rsa(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's correlation of two `distance_ranks`; NaN where one of them orders nothing."""
    if not a.any() or not b.any():
        return float("nan")
    return float(np.clip(np.dot(a.astype(np.float64), b), -1, 1))


SAME = "The same items in the same order, and enough of them: a few times as many as the vectors have numbers."
of_layers = partial(Measure, unit="ratio", sources=("similarity",), better="more", ends=(0, 1))
MEASURES.register(
    of_layers(
        name="cka",
        title="Linear CKA",
        measures="How alike the similarities are that two layers see between the same items: 1 for layers that differ by a "
        "rotation and a scale, 0 for layers that have nothing linear in common.",
        assumes=SAME + " Intervals resample sentences, to first order.",
        misleads="With few items for many dimensions it is far above 0 even for noise: read it beside the debiased form. A few "
        "directions of large variance decide it, so it can stay near 1 while what a probe reads is gone.",
        source="Kornblith, Norouzi, Lee & Hinton 2019, arXiv 1905.00414",
        formula=cka,
        short="CKA, plain",
        menus={"similarity": 2},
    ),
    of_layers(
        name="cka_debiased",
        title="Linear CKA, debiased",
        measures="CKA without what an item's similarity to itself adds: near 0 for unrelated layers however few the items, at "
        "most about 1, and negative by chance.",
        assumes=SAME,
        misleads="Directions of large variance decide it as they decide the plain form. Near 0 its interval is somewhat too "
        "wide.",
        source="Kornblith et al. 2019's reference code; Székely & Rizzo 2014 (unbiased distance covariance)",
        formula=cka,
        short="CKA, debiased",
        menus={"similarity": 1},
    ),
    of_layers(
        name="procrustes",
        title="Procrustes distance",
        measures="What is left between two layers, centred and of unit norm, after the best rotation: 0 is the same up to "
        "rotation and scale, 2 is nothing in common.",
        assumes=SAME + " No interval is given: it is not a sum over pairs of items.",
        misleads="With few items for many dimensions a rotation fits noise, so it is small for unrelated layers too; read it "
        "beside random weights on the same items.",
        source="Ding, Denain & Steinhardt 2021, arXiv 2108.01661",
        formula=procrustes,
        short="Procrustes distance",
        better="less",
        ends=(0, 2),
        menus={"similarity": 3},
    ),
    of_layers(
        name="rsa",
        title="Representational similarity (RSA)",
        measures="Spearman's correlation, -1 to 1, of the cosine distances that two layers put between the same pairs of items.",
        assumes="At most 2,000 items, drawn under a seed; distances from the origin's point of view, since cosines are not "
        "centred. No interval is given: the pairs are not independent.",
        misleads="Where all vectors lean the same way, cosines hardly differ and their order is that of small things. It weighs "
        "every pair alike, CKA the far ones: where the two disagree, neither alone says which layers are alike.",
        source="Kriegeskorte, Mur & Bandettini 2008, Frontiers in Systems Neuroscience 2:4",
        formula=rsa,
        short="RSA",
        menus={"similarity": 4},
    ),
)
