"""Usable information: what a probe of a family can tell of the labels from the vectors, and could not tell without them.

Xu et al. 2020 (arXiv 2002.10689); pointwise: Ethayarajh et al. 2022 (arXiv 2110.08420); conditional: Hewitt et al. 2021
(arXiv 2109.09234). Everything is in bits.
"""

from __future__ import annotations

import numpy as np

from probing.measures.loss import unseen_share
from probing.measures.measure import MEASURES, Measure, Score
from probing.measures.statistics import by_sentence, sentence_weights


def prior(labels: np.ndarray, classes: int) -> np.ndarray:
    """log2 of each class's share of the train `labels` [N] (-1: not there) after the unseen-class rule: the probe that sees nothing."""
    known = labels[labels >= 0]
    share = unseen_share(len(known), classes)
    shares = np.bincount(known, minlength=classes) / len(known)
    return np.asarray(np.log2((1 - share) * shares + share / classes))


def pointwise(without: np.ndarray, given: np.ndarray) -> np.ndarray:
    """[N] bits that the vector adds to each item: log2 of the gold class's probability `given` it, less that `without` it.

    Below 0 the probe would have done better to ignore the vector: a hard item, or a wrong label.
    """
    return np.asarray(given, np.float64) - np.asarray(without, np.float64)


def average(bits: np.ndarray, sentence: np.ndarray) -> Score:
    """The mean of `bits` [N] with the 95 % interval of a bootstrap over sentences, the items' own [N]."""
    sums, counts = by_sentence(sentence, bits, np.ones(len(bits))).T
    weights = sentence_weights(len(sums))
    return Score.of(bits.mean(), (weights @ sums) / (weights @ counts), len(bits))


def information(without: np.ndarray, given: np.ndarray, sentence: np.ndarray) -> Score:
    """The mean of `pointwise` [N], with the interval of `average`.

    `without` the prior, it is V-information; the gold's log2 probability under a probe of a baseline's vectors, with `given` under one of both,
    it is conditional V-information. It may be negative, where the probe is over-fitted.
    """
    return average(pointwise(without, given), sentence)


MEASURES.register(
    Measure(
        name="v_entropy",
        title="V-entropy",
        measures="H_V(Y|X): the mean bits that the labels still cost once the vector is known to a probe of this family. At "
        "layer −1 without any vector: what the shares of train cost.",
        assumes="The probe is chosen on dev; the split is read once.",
        misleads="It belongs to the family: another family reads more or less from the same vectors.",
        source="Xu et al. 2020, arXiv 2002.10689",
        unit="bits",
        sources=("decodability",),
        formula=average,
    ),
    Measure(
        name="v_information",
        title="V-information",
        measures="I_V(X→Y), bits an item: what the labels cost without the vector less what they cost with it.",
        assumes="As V-entropy. The interval resamples sentences, paired by item.",
        misleads="It can fall below 0 by over-fitting while accuracy stands, and unlike information it may rise by processing "
        "the vectors: a later layer may hold more of it.",
        source="Xu et al. 2020, arXiv 2002.10689",
        unit="bits",
        sources=("decodability",),
        formula=information,
        short="V-information",
        axis="V-information, bits an item",
        better="more",
        zero=True,
        menus={"decodability": 3},
        caption="How to read it: bits an item that the probe tells and the shares of train do not; high is easy. When it "
        "misleads: it belongs to the family of probes, and an over-fitted probe can fall below 0 while its accuracy stands.",
    ),
    Measure(
        name="conditional_v_information",
        title="Conditional V-information",
        measures="Bits an item that a layer adds to layer 0: the V-entropy of layer 0 less that of both side by side.",
        assumes="The probe of both has twice the dimensions and its own penalty; layer 0 alone is the same family on zeros "
        "beside it.",
        misleads="A probe of twice the width may over-fit where train is small: a value a little below 0 is that.",
        source="Hewitt et al. 2021, arXiv 2109.09234",
        unit="bits",
        sources=("decodability", "conditional"),
        formula=information,
        short="Bits added",
        axis="conditional V-information, bits an item",
        better="more",
        zero=True,
        control="conditional_v_information",
        menus={"conditional": 1, "decodability": 4},
        otherwise={"decodability": "Conditional"},
        caption="How to read it: bits an item that a layer adds to what it is given. When it misleads: the probe of both has "
        "twice the dimensions, so a little below 0 is over-fitting.",
    ),
    Measure(
        name="conditional_accuracy",
        title="Conditional accuracy",
        measures="The accuracy, -1 to 1, that a layer adds to a baseline: that of a probe of both less that of a probe of the "
        "baseline, paired by item.",
        assumes="As conditional V-information; 0.01 is one point.",
        misleads="Accuracy may stand still while bits are gained, and the other way round: read both.",
        source="Hewitt et al. 2021, arXiv 2109.09234",
        unit="fraction",
        sources=("conditional",),
        formula=average,
        short="Points added",
        axis="accuracy added to the baseline",
        better="more",
        zero=True,
        menus={"conditional": 2},
    ),
)
