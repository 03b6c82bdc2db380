"""The variational codelength of labels given vectors: the message of a probe that is told together with the labels.

Voita & Titov 2020 (arXiv 2003.12298). Everything is in bits: what the probe costs, the divergence of its weights from their prior, and
what the labels of train cost under it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from probing.measures.measure import MEASURES, Measure, Score
from probing.measures.scoring import seed_weights
from probing.measures.statistics import sentence_weights


@dataclass(frozen=True)
class Code:
    """A probe's message. `model`: the bits of its weights; `data` [N]: the expected bits of each train label, NaN where there is none.

    The data are read before the unseen-class rule: what the weights say of every class is paid for in `model`.
    `architecture` counts the units that are left of each layer's inputs, as "384-31-28".
    """

    model: float
    data: np.ndarray
    architecture: str

    @property
    def length(self) -> float:
        return self.model + float(np.nansum(self.data))


def messages(codes: Sequence[Code], sentence: np.ndarray, classes: int) -> dict[str, Score]:
    """Metric → mean over seeds of their `codes`. `sentence` [N]: any id of the sentence that each train item stands in.

    95 % percentile intervals of a bootstrap over sentences, the same for every seed, and seeds; the model is not resampled within one.
    """
    ids, index = np.unique(sentence, return_inverse=True)
    weights = sentence_weights(len(ids))
    seed_shares = seed_weights(len(codes))
    finite = [np.isfinite(code.data) for code in codes]
    counts = np.stack([np.bincount(index, mask, len(ids)) for mask in finite]) * math.log2(classes)
    sums = np.stack([np.bincount(index, np.nan_to_num(code.data), len(ids)) for code in codes])
    model = np.array([code.model for code in codes])
    length, uniform = sums.sum(1) + model, counts.sum(1)
    lengths, uniforms = weights @ sums.T + model, weights @ counts.T
    items = round(float(np.mean([mask.sum() for mask in finite])))

    def score(values: np.ndarray, replicates: np.ndarray) -> Score:
        return Score.of(values.mean(), (replicates * seed_shares).sum(1), items)

    return {
        "variational_codelength": score(length, lengths),
        "variational_model_codelength": score(model, np.broadcast_to(model, lengths.shape)),
        "variational_compression": score(uniform / length, uniforms / lengths),
    }


of_code = partial(
    Measure, sources=("code",), formula=messages, split="train", source="Voita & Titov 2020, arXiv 2003.12298", unit="bits"
)
MEASURES.register(
    of_code(
        name="variational_codelength",
        title="Variational codelength",
        measures="The bits of a message that tells the labels of train to one who has the vectors, in one piece: a probe, and "
        "the labels under it. Low is easy. The labels' part is the expected −log2 p under the probe's posterior, the probe's "
        "part the divergence of the posterior from the prior.",
        assumes="The probe is a Bayesian compression network, trained on the bound itself; nothing is chosen on dev. The "
        "labels' part is a mean over 8 draws of the posterior, an item, before the unseen-class rule. The interval resamples "
        "sentences with the probe as it is, and seeds.",
        misleads="It is a bound, above the shortest message by what the training has missed, and more so for wide networks and "
        "few items: a probe that did not converge looks like a hard task. The scales' prior is improper, and a scale that is "
        "all noise is counted as free. Its network is another than that of an online code, so the two are not to be set against "
        "each other bit by bit.",
        source="Voita & Titov 2020, arXiv 2003.12298; Louizos et al. 2017, arXiv 1705.08665; Molchanov et al. 2017, arXiv "
        "1701.05369",
        short="Variational",
        axis="variational codelength, bits",
        better="less",
        control="variational_codelength",
        menus={"decodability": 9},
        caption="How to read it: the bits of a message that tells train's labels in one piece, a probe that pays for its "
        "weights and the labels under it; low is easy. Dashed: the control task. When it misleads: it is a bound, loose where "
        "the task is very easy or train is small, and its probe is another than that of an online code.",
    ),
    of_code(
        name="variational_model_codelength",
        title="Variational model codelength",
        measures="What of the variational codelength tells the probe and not the labels: the divergence of its weights and "
        "scales from their prior.",
        assumes="As variational codelength.",
        misleads="A short model may say that there is little to be told, or that it is not worth telling: read it beside the "
        "whole.",
        short="Variational model",
        axis="variational model codelength, bits",
        menus={"decodability": 11},
        caption="How to read it: what of the variational message tells the probe. When it misleads: a short model may say that "
        "there is little to tell, or that it is not worth telling.",
    ),
    of_code(
        name="variational_compression",
        title="Variational compression",
        measures="Uniform codelength over variational codelength: 1 where the vectors tell nothing of evenly drawn labels.",
        assumes="As variational codelength; the mean over seeds is that of their ratios.",
        misleads="Labels drawn unevenly compress without any vector, by log2 K over their entropy: read it beside the control's.",
        unit="ratio",
        short="Variational compression",
        axis="variational compression (uniform / codelength)",
        better="more",
        control="variational_compression",
        menus={"decodability": 10},
        caption="How to read it: labels at log2 K each over the variational codelength; high is easy. Dashed: the control task. "
        "When it misleads: uneven labels compress without any vector.",
    ),
)
