"""The loss-data curve: how much data a probe needs, as surplus description length and sample complexity.

A curve is `sizes` [J], rising numbers of train items n, and `loss` [..., J], the expected loss in bits of a probe trained on so
many; NaN where none could be trained. Between two sizes the loss is taken to be linear in log n, which keeps a falling curve
falling; below the first it is log2 K, since nothing is known there. Voita & Titov 2020 (arXiv 2003.12298) for the sizes;
Whitney et al. 2020 (arXiv 2009.07368) for both numbers.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from probing.measures.measure import MEASURES, Measure

CUTS = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.0625, 0.125, 0.25, 0.5, 1.0)  # shares of train
SHARE = 0.9  # of the best V-information that ε asks for by default
ORDERS = 5  # random orders of train, at least
LEAST = 2  # items of the smallest subset: fewer have nothing to tell apart


def sizes(items: int) -> list[int]:
    """Rising sizes of the nested subsets of `items`, at the cuts; those that fall together, or below LEAST, are left out."""
    return sorted({size for size in (round(items * cut) for cut in CUTS) if size >= LEAST})


def loss_at(sizes: np.ndarray, loss: np.ndarray, n: float, ceiling: float) -> np.ndarray:
    """[...]: the loss at `n` items; `ceiling` is log2 K. NaN beyond the last size, and where a neighbour is missing."""
    place = int(np.searchsorted(sizes, n, side="right")) - 1
    if place < 0:
        return np.full(loss.shape[:-1], ceiling)
    if n > sizes[-1]:
        return np.full(loss.shape[:-1], np.nan)
    if place == len(sizes) - 1:
        return np.asarray(loss[..., -1])
    share = np.log(n / sizes[place]) / np.log(sizes[place + 1] / sizes[place])
    return np.asarray((1 - share) * loss[..., place] + share * loss[..., place + 1])


def up_to(sizes: np.ndarray, loss: np.ndarray, n: float, ceiling: float) -> tuple[np.ndarray, np.ndarray]:
    """The curve of one who has `n` items and no more: its sizes [J'] end at n, where the loss [..., J'] is that of `loss_at`.

    A size beyond the last is the whole curve.
    """
    if n >= sizes[-1]:
        return sizes, loss
    below = sizes < n
    return np.append(sizes[below], n), np.concatenate([loss[..., below], loss_at(sizes, loss, n, ceiling)[..., None]], -1)


def sample_complexity(sizes: np.ndarray, loss: np.ndarray, epsilon: float) -> np.ndarray:
    """[...]: εSC, the least n at which the loss is at most `epsilon`; infinite where sizes[-1] do not reach it.

    Between two sizes where the curve crosses `epsilon`, at a size where it jumps over a hole.
    """
    reached = loss <= epsilon
    first = reached.argmax(-1)  # the first size that reaches it; 0 too where none does
    before = np.take_along_axis(loss, np.maximum(first - 1, 0)[..., None], -1)[..., 0]
    here = np.take_along_axis(loss, first[..., None], -1)[..., 0]
    begin, end = sizes[np.maximum(first - 1, 0)], sizes[first].astype(float)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        crossing = begin * (end / begin) ** ((before - epsilon) / (before - here))
    at = np.where((first > 0) & (before > epsilon), crossing, end)
    return np.where(reached.any(-1), at, np.inf)


def surplus(sizes: np.ndarray, loss: np.ndarray, epsilon: float, ceiling: float) -> np.ndarray:
    """[...], bits: SDL(ε) = Σ over i = 1 … sizes[-1] of [L(i) − ε]₊.

    The sum is the integral of the interpolant, exact in each piece, with the trapezoid's half terms. Missing losses are interpolated
    between their neighbours.
    """
    total = np.full(loss.shape[:-1], max(ceiling - epsilon, 0.0) * (sizes[0] - 1))
    loss = _bridged(sizes, loss, ceiling)
    above = np.maximum(loss - epsilon, 0.0)
    total = total + (above[..., 0] + above[..., -1]) / 2
    for place in range(len(sizes) - 1):
        total = total + _piece(sizes[place], sizes[place + 1], loss[..., place] - epsilon, loss[..., place + 1] - epsilon)
    return total


def _piece(begin: float, end: float, at_begin: np.ndarray, at_end: np.ndarray) -> np.ndarray:
    """∫ of [f]₊ from begin to end, f linear in log n with those values at the ends."""
    slope = (at_end - at_begin) / np.log(end / begin)

    def integral(low: np.ndarray, high: np.ndarray) -> np.ndarray:
        # ∫ (a + s·ln(n/begin)) dn = n·(a + s·(ln(n/begin) − 1))
        upper, lower = (n * (at_begin + slope * (np.log(n / begin) - 1)) for n in (high, low))
        return np.asarray(upper - lower)

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        crossing = np.clip(begin * np.exp(np.where(slope == 0, 0.0, -at_begin / slope)), begin, end)
    low = np.where(at_begin > 0, begin, crossing)
    high = np.where(at_end > 0, end, np.where(at_begin > 0, crossing, begin))
    return np.where((at_begin > 0) | (at_end > 0), integral(np.minimum(low, high), high), 0.0)


def _bridged(sizes: np.ndarray, loss: np.ndarray, ceiling: float) -> np.ndarray:
    """`loss` with its holes filled: linear in log n between neighbours, log2 K before the first known, the last known after."""
    if not np.isnan(loss).any():
        return loss
    flat = loss.reshape(-1, loss.shape[-1]).copy()
    place = np.log(sizes)
    for row in flat:
        known = ~np.isnan(row)
        if known.any() and not known.all():
            row[~known] = np.interp(place[~known], place[known], row[known], left=ceiling)
    return flat.reshape(loss.shape)


def target(best: float, without: float) -> float:
    """ε that asks for SHARE of what the best of those compared can tell: `best` is its loss, `without` that of the prior."""
    return best + (1 - SHARE) * max(without - best, 0.0)


of_curve = partial(Measure, source="Whitney et al. 2020, arXiv 2009.07368", unit="bits", sources=("run",))
MEASURES.register(
    of_curve(
        name="loss_at_n",
        title="Loss at n",
        measures="The mean loss, in bits an item, on one half of dev of probes trained on n items of train; the other half "
        "chose them.",
        assumes="Subsets are beginnings of one random order a seed; the penalty is chosen for each size on the first seed's. "
        "The interval draws sentences and seeds; at all of train a convex probe has one seed.",
        misleads="A subset of some tens of items lacks classes, and what the unseen-class rule gives them is part of the loss. "
        "Curves of tasks with other inventories do not compare.",
        source="Whitney et al. 2020, arXiv 2009.07368; sizes of Voita & Titov 2020, arXiv 2003.12298",
        sources=("curve",),
        formula=loss_at,
        short="Loss",
        axis="loss on dev, bits an item",
        better="less",
    ),
    of_curve(
        name="accuracy_at_n",
        title="Accuracy at n",
        measures="The mean accuracy on one half of dev of probes trained on n items of train: those whose loss at n is told.",
        assumes="As loss at n.",
        misleads="It is read on half of dev, so at all of train it is not the accuracy on test.",
        source="Voita & Titov 2020, arXiv 2003.12298; Whitney et al. 2020, arXiv 2009.07368",
        unit="fraction",
        sources=("curve",),
        formula=loss_at,
        short="Accuracy",
        axis="accuracy on dev",
        better="more",
    ),
    of_curve(
        name="sdl",
        title="Surplus description length",
        measures="SDL(ε): the bits above ε that learning the task costs, summed over the items seen: Σ of [L(n) − ε]₊. Low is "
        "easy.",
        assumes="The loss is linear in log n between the sizes measured, and log2 K below the first. By default ε asks for nine "
        "tenths of the V-information of the best (checkpoint, layer) of the run, so that all have one target.",
        misleads="Where ε is not reached it goes on growing with train: it is a lower bound then. The interpolant lies above a "
        "curve that bends upwards, so the sum is a little high; the sums at either end of each piece bound it.",
        formula=surplus,
        short="SDL",
        axis="surplus description length, bits",
        better="less",
        log=True,
        split="dev",
        menus={"decodability": 6},
        caption="How to read it: the bits above ε that learning costs, summed over the items seen, on a log scale; low is easy. "
        "When it misleads: where ε is not reached it goes on growing with train. Linear in log n between sizes, log2 K below "
        "the first: a little high where the curve bends upwards.",
    ),
    of_curve(
        name="esc",
        title="ε sample complexity",
        measures="εSC: the least number of train items with which the probe's loss is at most ε. Low is easy.",
        assumes="As surplus description length. Its value is empty, and its lower end all of train, where ε is not reached.",
        misleads="Two curves that cross rank differently at another ε: move it and see. Near the end of a flat curve a small "
        "change of ε moves it far.",
        unit="items",
        formula=sample_complexity,
        short="εSC",
        axis="εSC, items of train",
        better="less",
        log=True,
        split="dev",
        menus={"decodability": 5, "compare": 3, "prediction": 3},
        higher="more items of train are needed: harder to read out",
        caption="How to read it: the items of train after which the loss is at most ε, on a log scale; low is easy, a hollow "
        "triangle says that all of train was not enough. When it misleads: curves that cross rank otherwise at another ε.",
    ),
    of_curve(
        name="epsilon",
        title="Target loss ε",
        measures="The loss, in bits an item, that surplus description length and ε sample complexity ask for.",
        assumes="Given with the run, or such that nine tenths of the V-information of its best (checkpoint, layer) are there.",
        misleads="It is one of the run: with another checkpoint in it the default may be another.",
        formula=target,
    ),
)
