"""Random values: as many single values as BitFit trains, drawn at random from the whole encoder."""

from __future__ import annotations

from probing.tuning.method import METHODS, Choice, Method, Rate
from probing.tuning.methods.bitfit import biases
from probing.tuning.parameters import Inventory


def choose(_argument: str, model: Inventory) -> Choice:
    """Raises BadInput for a model without biases, whose count would be nought."""
    count = sum(bias.size for bias in biases(model))
    return Choice(tuple(parameter.name for parameter in model.parameters), sampled=count)


METHODS.register(
    Method(
        name="random",
        title="random",
        measures="As many single values as BitFit trains, drawn at random under the seed from all of the encoder, and the head.",
        assumes="The same steps and rate as BitFit: it asks whether biases are special, or any so many values would do.",
        misleads="More than half of a small encoder are embeddings of words, most of which a task never meets: fewer values move than train.",
        source="Ben Zaken, Goldberg & Ravfogel 2022, arXiv 2106.10199 (rand uniform)",
        choose=choose,
        rate=Rate(3e-3, "that of BitFit, so that only which values train differs; on SNIPS dev .79 and .48"),
    )
)
