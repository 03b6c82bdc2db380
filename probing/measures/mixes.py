"""What scalar mixes of layers say: where a mix looks, what each layer adds to those below it, and the layer expected from that."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from probing.measures.measure import MEASURES, Measure, Score
from probing.measures.micro_f1 import micro_f1
from probing.measures.scoring import seed_weights
from probing.measures.statistics import LEVEL, percentiles, sentence_weights


class Expected(NamedTuple):
    """`gains` [l]: what each layer but the first adds. `reason` is why there is no expected layer, as the end of a sentence, or None."""

    score: Score
    gains: list[Score]
    reason: str | None


def expected(scores: np.ndarray, layers: Sequence[int]) -> np.ndarray:
    """Scores of the mixes up to each layer [..., l + 1] → Σ l·Δ_l / Σ Δ_l [...], Δ_l a mix's score less that of the one below."""
    gains = np.diff(scores, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((gains @ np.asarray(layers[1:], np.float64)) / gains.sum(-1))


def expected_layer(sums: Sequence[Sequence[np.ndarray]], layers: Sequence[int], items: int) -> Expected:
    """`sums[m][s]` [S, 2]: the answers (see `micro_f1.answers`) of the mix up to `layers[m]`, of seed s.

    Intervals are of a bootstrap over sentences and seeds, the same draws for every mix. No layer is given where the mix of all layers is
    not above the first layer's score (its interval reaches 0), where a layer takes away for certain (its interval lies below 0, at 5 %
    over all layers together), or where the mean comes to lie outside the layers.
    """
    weights = sentence_weights(len(sums[0][0]))
    seed_shares = seed_weights(len(sums[0]))
    values = np.array([np.mean([micro_f1(one.sum(0, keepdims=True))[0] for one in seeds]) for seeds in sums])
    columns = np.stack([(np.stack([micro_f1(weights @ one) for one in seeds], 1) * seed_shares).sum(1) for seeds in sums], 1)
    gains = np.diff(values)
    sampled_gains = np.diff(columns, axis=1)
    scores = [Score.of(gain, some, items) for gain, some in zip(gains, sampled_gains.T, strict=True)]
    reason = _doubt(values, columns, layers)
    if reason is not None:
        return Expected(Score.of(np.nan, columns, items), scores, reason)
    return Expected(Score.of(expected(values, layers), expected(columns, layers), items), scores, None)


def _doubt(values: np.ndarray, columns: np.ndarray, layers: Sequence[int]) -> str | None:
    lower, upper = percentiles(columns[:, -1] - columns[:, 0])
    if lower <= 0:
        return f"all layers together add {100 * lower:.1f} to {100 * upper:.1f} points to layer {layers[0]}, which may be nothing"
    most = np.quantile(np.diff(columns, axis=1), 1 - (1 - LEVEL) / 2 / (len(layers) - 1), axis=0)
    if (most < 0).any():
        layer = layers[1 + int(np.argmin(most))]
        return f"layer {layer} takes away for certain, so what layers add is no share of a whole"
    middle = float(expected(values, layers))
    if not layers[0] <= middle <= layers[-1]:
        return f"what layers take away outweighs what they add: the mean would be layer {middle:.1f} of {layers[-1]}"
    return None


def over_seeds(values: np.ndarray, items: int) -> Score:
    """`values` [seeds] → their mean; its interval is over seeds alone, since no sentence is scored, and not known with one."""
    if len(values) < 2:
        return Score(float(values[0]), np.nan, np.nan, items)
    return Score.of(values.mean(), seed_weights(len(values)) @ values, items)


SOURCE = "Tenney et al. 2019 (arXiv 1905.05950)"
of_mixes = partial(Measure, source=SOURCE, sources=("edges",))
MEASURES.register(
    of_mixes(
        name="mix_share",
        title="Share in the mix",
        measures="The share, 0 to 1, that a probe on a learned mix of all probed layers gives to each; they add up to 1.",
        assumes="Layers standardised alike, so that a share is not the inverse of a layer's length.",
        misleads="Neighbouring layers hold nearly the same, and how it is divided between them is chance: look at several seeds.",
        unit="fraction",
        formula=over_seeds,
    ),
    of_mixes(
        name="centre_of_gravity",
        title="Centre of gravity",
        measures="The mean layer, weighted by the shares that a probe on a mix of all probed layers gives them.",
        assumes="Several seeds, which its interval is over: none with one seed.",
        misleads="A mix that cannot choose leaves all layers alike, and the centre in the middle, as for a task that the middle "
        "layers hold: look at the shares. Only checkpoints of one depth compare.",
        unit="layers",
        formula=over_seeds,
    ),
    of_mixes(
        name="mix_gain",
        title="What a layer adds",
        measures="Micro F1 of the mix of the layers up to this one, less that of the mix up to the one below.",
        assumes="Both mixes are scored on the same items, and their interval is paired: over sentences and seeds, the same "
        "draws for both.",
        misleads="A layer that holds what a lower one held adds nothing. A probe trained anew varies by tenths of a point.",
        unit="fraction",
        formula=expected_layer,
        better="more",
    ),
    of_mixes(
        name="expected_layer",
        title="Expected layer",
        measures="The mean layer at which an item's answer is first found: Σ l·Δ_l / Σ Δ_l, Δ_l what layer l adds to the mix of "
        "those below.",
        assumes="Layers add, on the whole. It is refused where all layers together may add nothing (their interval reaches 0), "
        "where one takes away for certain (5 % over all layers), and where the mean lies outside the layers.",
        misleads="What layer 0 answers by itself does not enter: a task that it answers nearly alone has an expected layer from "
        "the few items that are left. Only checkpoints of one depth compare.",
        unit="layers",
        formula=expected_layer,
    ),
)
