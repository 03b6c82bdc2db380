"""The tree topological probe's numbers: how far squared norms are from the depths of the true tree, and of any tree.

Li, Yin & Lin 2023 (arXiv 2310.12454). Depths begin at 1 here, at the root, and so are called levels: the structural probe's
begin at 0 (measures/trees.py). The bounds are taken at one trained sp probe, sentence by sentence: `ssp_lower` ≤ `sp_sorted` ≤ `sp` ≤
`essp_upper` by construction, for whole trees; a sentence with a word that has no vector has to leave. Every word weighs alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from probing.measures.depths import valid_depths
from probing.measures.gold import Counts, Tree
from probing.measures.measure import MEASURES, Measure, Score
from probing.measures.scoring import ratio, resampled

ROUNDING = 1e-12  # of an error: bounds nearer to each other than this are one
BOUNDS = ("sp", "ssp_lower", "sp_sorted", "essp_upper")


def levels(tree: Tree) -> np.ndarray:
    """[n] fp64: the depths of a tree with the root at 1."""
    return tree.depths + 1.0


def bounds(trees: Sequence[Tree], norms: Iterable[np.ndarray]) -> Counts:
    """Squared errors of one probe's norms, summed over the `words` of each sentence, all fp64: the `BOUNDS`, and `random`, what gold
    levels in a random order are expected to give.

    `norms` [n] a tree, in order. Raises ValueError for a tree that lacks words: its levels need be no valid depths.
    """
    rows = [_row(levels(tree), np.asarray(one, dtype=np.float64)) for tree, one in zip(trees, norms, strict=True)]
    return dict(zip(("words", *BOUNDS, "random"), np.array(rows, dtype=np.float64).reshape(-1, 6).T, strict=True))


def _row(gold: np.ndarray, norms: np.ndarray) -> tuple[float, ...]:
    rising, gold_rising, n = np.sort(norms), np.sort(gold), len(gold)
    if gold.min() != 1 or (gold == 1).sum() != 1 or (np.diff(gold_rising) > 1).any():
        raise ValueError("a tree that lacks words has no bounds: leave its sentence out")
    return (
        n,
        _error(norms, gold),
        _error(norms, valid_depths(norms[None])[0]),
        _error(rising, gold_rising),
        _error(rising, gold_rising[::-1]),
        float(norms @ norms + gold @ gold - 2 * norms.sum() * gold.sum() / n),
    )


def _error(norms: np.ndarray, depths: np.ndarray) -> float:
    return float(((norms - depths) ** 2).sum())


def bound_scores(seeds: Sequence[Counts]) -> dict[str, Score]:
    """`sp`, `ssp_lower`, `sp_sorted`, `essp_upper` (mean squared error of a word) and `place`, means over seeds of the same probe.

    95 % intervals of a bootstrap over sentences; `n` counts words. `place` is NaN where its denominator is 0.
    """
    words = int(seeds[0]["words"].sum())
    found = {name: resampled([np.stack([one[name], one["words"]], 1) for one in seeds], ratio, words) for name in BOUNDS}
    return found | {"place": _place(seeds, "sp")}


def random_place(seeds: Sequence[Counts]) -> Score:
    """What `place` would be if gold levels stood in a random order: its baseline."""
    return _place(seeds, "random")


def _place(seeds: Sequence[Counts], name: str) -> Score:
    sums = []
    for one in seeds:
        width = one["essp_upper"] - one["sp_sorted"]
        open_ = width > ROUNDING * one["essp_upper"]
        sums.append(np.where(open_[:, None], np.stack([one[name] - one["sp_sorted"], width], 1), 0.0))
    return resampled(sums, ratio, int(seeds[0]["words"].sum()))


def own_errors(norms: Iterable[np.ndarray], labels: Callable[[np.ndarray], np.ndarray] = valid_depths) -> np.ndarray:
    """[S, 2]: squared errors of the `norms` [n] of each sentence to the `labels` ([B, n] → [B, n]) that they themselves give, and its words.

    Labels as in measures/depths.py.
    """
    rows = [[_error(one, labels(one[None])[0]), len(one)] for one in norms]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def own_error(seeds: Sequence[np.ndarray]) -> Score:
    """`ssp`, or `essp` as published: the mean squared error of a word, from the `own_errors` under each seed."""
    return resampled(seeds, ratio, int(seeds[0][:, 1].sum()))


def constant_error(train: Sequence[Tree], trees: Sequence[Tree]) -> Score:
    """`sp` of the best constant, the mean level of train's words: a probe without a bias can be worse than it."""
    mean = float(np.concatenate([levels(tree) for tree in train]).mean())
    sums = np.array([[_error(np.full(len(tree), mean), levels(tree)), len(tree)] for tree in trees])
    return resampled([sums], ratio, int(sums[:, 1].sum()))


SOURCE = "Li, Yin & Lin 2023 (arXiv 2310.12454)"
OURS = f"{SOURCE}; the bounds at a trained probe are this project's correction"


of_depths = partial(Measure, source=OURS, unit="depth²", sources=("trees",), formula=bound_scores)
MEASURES.register(
    of_depths(
        name="sp",
        title="Error to the true depths (sp)",
        measures="The mean squared difference of a word's squared norm under the probe and its depth in the gold tree (root 1), "
        "in squared depths.",
        assumes="A probe trained for it until dev stops falling; real words only.",
        misleads="The probe has no bias, so it can be worse than always saying train's mean depth: read it beside that "
        "constant. Longer sentences are deeper and weigh more.",
        source=SOURCE,
        short="Depth error",
        axis="error to the true depths (sp), depth²",
        better="less",
        menus={"trees": 6, "compare": 5},
        otherwise={"compare": "Depth error (sp)"},
        higher="depths are further from true",
        caption="How to read it: the squared error of norms to true depths; low is good. When it misleads: a probe has no bias "
        "and can be worse than a constant.",
    ),
    of_depths(
        name="ssp",
        title="Error to the nearest depths of any tree (ssp)",
        measures="The mean squared difference of a word's squared norm and the depth it has in the valid depth sequence that "
        "fits the sentence's norms best, in squared depths, under a probe trained for that.",
        assumes="Labels by exact dynamic programming, anew at every step; as published they are assigned greedily.",
        misleads="It asks for the shape of some tree, not of the true one, and a probe can make it small trivially: one word at "
        "1, the rest at 2. It is trained apart from sp and bounds nothing: see ssp_lower.",
        source=SOURCE,
        formula=own_error,
        axis="error to any tree's depths (ssp), depth²",
        better="less",
    ),
    of_depths(
        name="essp",
        title="Error to the worst depths (essp)",
        measures="The largest error of sp's norms to the true depths in any order: the bound essp_upper under its published "
        "name. Rows marked as published are, as there, of a probe of its own trained to labels read from the last word to the "
        "first. In squared depths.",
        assumes="As essp_upper; as published, only the labels are the published code's.",
        misleads="As published it is meant as an upper bound of sp and none: it is a minimum over another probe, and turning "
        "positions over is not the worst order.",
        source=SOURCE,
    ),
    of_depths(
        name="ssp_lower",
        title="Lower bound: any tree",
        measures="The least mean squared error that any valid depths have to the norms of the sp probe, in squared depths.",
        assumes="Whole trees with one root; taken at the trained sp probe, sentence by sentence.",
        misleads="How low it is depends on how finely norms can be met by whole numbers, more than on syntax.",
    ),
    of_depths(
        name="sp_sorted",
        title="Lower bound: the true depths, best order",
        measures="The mean squared error of the sp probe's norms to the gold depths when these are given out in the order of "
        "the norms, in squared depths.",
        assumes="Whole trees with one root; taken at the trained sp probe, sentence by sentence.",
        misleads="It knows how many words the tree has at each depth, which the probe was never told.",
    ),
    of_depths(
        name="essp_upper",
        title="Upper bound: the true depths, worst order",
        measures="The mean squared error of the sp probe's norms to the gold depths when these are given out against the order "
        "of the norms, in squared depths: the largest that any order has.",
        assumes="Whole trees with one root; taken at the trained sp probe, sentence by sentence.",
        misleads="It rises with the spread of the norms, so compare place and not this between layers.",
    ),
    of_depths(
        name="place",
        title="Place between the bounds",
        measures="Where sp stands between sp_sorted (0: depths in the right order) and essp_upper (1: in the opposite order); "
        "sums over sentences.",
        assumes="The same sentences in all three; null where the two bounds are one.",
        misleads="It tells order and not size of the depths. A random order is near a half and not at it: its expectation is "
        "shown beside it.",
        unit="fraction",
        short="Place",
        axis="place",
        better="less",
        menus={"trees": 5},
        caption="How to read it: 0 says that depths are in the right order, 1 in the opposite one. When it misleads: a random "
        "order stands near a half and not at it, where the line is.",
    ),
)
